import numpy as np
from numpy.typing import NDArray

def carry(
    previous: NDArray[np.int32], inertia: int, z: NDArray[np.int32], n_threads: int
) -> None: ...
def stability(
    z: NDArray[np.int32],
    desired: NDArray[np.uint64],
    first: NDArray[np.int32],
    out: NDArray[np.int32],
    n_threads: int,
) -> None: ...
def winners(
    stability: NDArray[np.int32], group_size: int, out: NDArray[np.int32], n_threads: int
) -> None: ...
def accumulate(
    winners: NDArray[np.int32],
    desired: NDArray[np.uint64],
    inputs: NDArray[np.uint64],
    first: NDArray[np.int32],
    weights: NDArray[np.int32],
    slots: NDArray[np.int32],
    group_size: int,
    clip: bool,
    delta: NDArray[np.int32],
    n_threads: int,
) -> None: ...
