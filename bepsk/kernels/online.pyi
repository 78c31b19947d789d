import numpy as np
from numpy.typing import NDArray

DIGITS: int

def draw_changes(
    state: int,
    row: NDArray[np.uint64],
    means: NDArray[np.uint64],
    n_bits: int,
    changes: NDArray[np.uint64],
) -> int: ...
