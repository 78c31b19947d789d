# fmt: off
import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
I32 = NDArray[np.int32]
I16 = NDArray[np.int16]
U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
Intp = NDArray[np.intp]

def trigger(
    logits: I32, classes: Intp, sample_weight: I32, bound: float, triggered: I32, rivals: I32
) -> tuple[int, int, int, int]: ...
def gate(
    z: I32, triggered: I32, widths: I32, nonzero: U64, out: U64, n_threads: int
) -> None: ...
def settle_ties(
    signs: U64, nonzero: U64, n_neurons: int, activations: U64, triggered: I32
) -> None: ...
def draw_centring(means: I32, key: int, centring: U16) -> None: ...
def update_weights(
    hidden_weights: I16, panels: U64, starts: I32, sources: I32, steps: I32, inputs: U64,
    known: U64, centring: U16, limit: int, survival: U32, at_least: U8, key: int, n_threads: int,
    first_row: int = 0
) -> None: ...
