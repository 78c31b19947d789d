import numpy as np
from numpy.typing import NDArray

def advance(
    recurrent: NDArray[np.int32],
    previous: NDArray[np.int32],
    inertia: int,
    first: NDArray[np.int32],
    t: int,
    z: NDArray[np.int32],
    states: NDArray[np.uint64],
    n_threads: int,
) -> None: ...
def carry_back(
    sums: NDArray[np.int32],
    signs: NDArray[np.uint64],
    nonzero: NDArray[np.uint64],
    inertia: int,
    out_signs: NDArray[np.uint64],
    out_nonzero: NDArray[np.uint64],
    n_threads: int,
) -> None: ...
def stability(
    z: NDArray[np.int32],
    triggered: NDArray[np.int32],
    desired: NDArray[np.uint64],
    first: NDArray[np.int32],
    out: NDArray[np.int32],
    n_threads: int,
) -> None: ...
def majority(
    desired: NDArray[np.uint64],
    inputs: NDArray[np.uint64],
    triggered: NDArray[np.int32],
    first: NDArray[np.int32],
    samples: NDArray[np.int32],
    neurons: NDArray[np.int32],
    bits: NDArray[np.uint64],
    known: NDArray[np.uint64],
    n_threads: int,
) -> None: ...
