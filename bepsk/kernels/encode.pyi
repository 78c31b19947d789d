from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Real = TypeVar("_Real", np.float32, np.float64)

def pack_outside(
    values: NDArray[_Real],
    lower: NDArray[_Real],
    upper: NDArray[_Real],
    out: NDArray[np.uint64],
    n_threads: int,
) -> None: ...
def thermometer(
    values: NDArray[np.uint8] | NDArray[np.float32] | NDArray[np.float64],
    thresholds: NDArray[np.float64],
    first_threshold: NDArray[np.intp],
    first_bit: NDArray[np.intp],
    out: NDArray[np.uint64],
    n_threads: int,
) -> None: ...
