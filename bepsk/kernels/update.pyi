import numpy as np
from numpy.typing import NDArray

def gate(z: NDArray[np.int32], width: int, out: NDArray[np.uint64], n_threads: int) -> None: ...
def winners(
    values: NDArray[np.int32],
    marked: NDArray[np.uint64],
    group_size: int,
    out: NDArray[np.int32],
    n_threads: int,
) -> None: ...
def sort_by_neuron(
    winners: NDArray[np.int32],
    starts: NDArray[np.int32],
    samples: NDArray[np.int32],
    neurons: NDArray[np.int32],
) -> None: ...
def apply(
    hidden_weights: NDArray[np.int16],
    starts: NDArray[np.int32],
    sources: NDArray[np.int32],
    steps: NDArray[np.int32],
    inputs: NDArray[np.uint64],
    known: NDArray[np.uint64],
    limit: int,
    visible_weights: NDArray[np.uint64],
    n_threads: int,
) -> None: ...
def reinforce(
    hidden_weights: NDArray[np.int16],
    survival: NDArray[np.uint32],
    at_least: NDArray[np.uint8],
    key: int | np.uint64,
    limit: int,
    n_threads: int,
) -> None: ...
