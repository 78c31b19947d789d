import numpy as np
from numpy.typing import NDArray

def trigger(
    logits: NDArray[np.int32],
    classes: NDArray[np.intp],
    weights: NDArray[np.int32],
    bound: float,
    prototypes: NDArray[np.uint64],
    rows: NDArray[np.int32],
    desired: NDArray[np.uint64],
) -> tuple[int, int, int, int]: ...
def choose(
    values: NDArray[np.int32],
    actual: NDArray[np.uint64],
    rows: NDArray[np.int32],
    desired: NDArray[np.uint64],
    weights: NDArray[np.int32],
    group_size: int,
    winners: NDArray[np.int32],
    starts: NDArray[np.int32],
    sources: NDArray[np.int32],
    steps: NDArray[np.int32],
    n_threads: int,
) -> None: ...
def renew(
    hidden_weights: NDArray[np.int16],
    panels: NDArray[np.uint64],
    starts: NDArray[np.int32],
    sources: NDArray[np.int32],
    steps: NDArray[np.int32],
    inputs: NDArray[np.uint64],
    known: NDArray[np.uint64],
    limit: int,
    survival: NDArray[np.uint32],
    at_least: NDArray[np.uint8],
    key: int,
    n_threads: int,
) -> None: ...
