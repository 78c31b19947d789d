# fmt: off
import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
I32 = NDArray[np.int32]

PANEL_ROWS: int
def binary_product(
    activations: U64, panels: U64, n_inputs: int, z: I32, signs: U64, n_threads: int
) -> None: ...
def ternary_product(
    signs: U64, nonzero: U64, panels: U64, z: I32, out_signs: U64, out_nonzero: U64, n_threads: int
) -> None: ...
