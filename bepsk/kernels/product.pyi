import numpy as np
from numpy.typing import NDArray

PANEL_ROWS: int

def binary_product(
    activations: NDArray[np.uint64],
    panels: NDArray[np.uint64],
    n_inputs: int,
    z: NDArray[np.int32],
    signs: NDArray[np.uint64],
    n_threads: int,
) -> None: ...
def ternary_product(
    signs: NDArray[np.uint64],
    nonzero: NDArray[np.uint64],
    panels: NDArray[np.uint64],
    z: NDArray[np.int32],
    out_signs: NDArray[np.uint64],
    out_nonzero: NDArray[np.uint64],
    n_threads: int,
) -> None: ...
