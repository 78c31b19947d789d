import numpy as np
from numpy.typing import NDArray

PANEL_ROWS: int

def preactivation(
    activations: NDArray[np.uint64],
    panels: NDArray[np.uint64],
    n_inputs: int,
    z: NDArray[np.int32],
    signs: NDArray[np.uint64],
    n_threads: int,
) -> None: ...
def desired_activation(
    desired: NDArray[np.uint64],
    z: NDArray[np.int32],
    rows: NDArray[np.int32],
    width: int,
    transposed: NDArray[np.uint64],
    n_inputs: int,
    inertia: int,
    current: NDArray[np.uint64],
    out: NDArray[np.uint64],
    n_threads: int,
) -> None: ...
