import numpy as np
from numpy.typing import NDArray

def preactivation(
    activations: NDArray[np.uint64],
    weights: NDArray[np.uint64],
    n_inputs: int,
    out: NDArray[np.int32],
    n_threads: int,
) -> None: ...
def desired_activation(
    desired: NDArray[np.uint64],
    gates: NDArray[np.uint64],
    transposed_weights: NDArray[np.uint64],
    inertia: int,
    current: NDArray[np.uint64],
    out: NDArray[np.uint64],
    n_threads: int,
) -> None: ...
