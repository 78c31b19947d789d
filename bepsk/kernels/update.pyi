import numpy as np
from numpy.typing import NDArray

def gate(z: NDArray[np.int32], width: int, out: NDArray[np.uint64], n_threads: int) -> None: ...
def winners(
    z: NDArray[np.int32],
    desired: NDArray[np.uint64],
    group_size: int,
    out: NDArray[np.int32],
    n_threads: int,
) -> None: ...
def accumulate(
    winners: NDArray[np.int32],
    desired: NDArray[np.uint64],
    inputs: NDArray[np.uint64],
    weights: NDArray[np.int32],
    slots: NDArray[np.int32],
    group_size: int,
    delta: NDArray[np.int32],
    n_threads: int,
) -> None: ...
def apply(
    hidden_weights: NDArray[np.int16],
    rows: NDArray[np.int32],
    delta: NDArray[np.int32],
    limit: int,
    visible_weights: NDArray[np.uint64],
    n_threads: int,
) -> None: ...
def reinforce(
    hidden_weights: NDArray[np.int16],
    survival: NDArray[np.uint32],
    key: int | np.uint64,
    limit: int,
    n_threads: int,
) -> None: ...
