import numpy as np
from numpy.typing import NDArray

def fill_random(key: int, out: NDArray[np.uint64], first: int = 0) -> None: ...
def flip_bits(
    bits: NDArray[np.uint64],
    rows: NDArray[np.int64],
    n_bits: int,
    share: int,
    key: int,
    out: NDArray[np.uint64],
) -> None: ...
def mix(key: int, counter: int) -> int: ...
