# fmt: off
import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
I32 = NDArray[np.int32]

MAX_WINDOW: int

def choose_winners(
    values: I32, actual: U64, triggered: I32, signs: U64, nonzero: U64, sample_weight: I32,
    group_size: int, winners: I32, starts: I32, sources: I32, steps: I32, n_threads: int
) -> None: ...
def choose_learners(
    z: I32, rows: I32, nonzero: U64, weights: I32, windows: I32, learning: U64, starts: I32,
    asked: I32, learned: I32, n_threads: int
) -> None: ...
def list_learners(
    learning: U64, signs: U64, rows: I32, weights: I32, starts: I32, sources: I32, steps: I32,
    n_threads: int
) -> None: ...
def adapt_windows(windows: I32, asked: I32, learned: I32, share: float) -> None: ...
