import numpy as np
from numpy.typing import NDArray

def fill_random(key: int | np.uint64, out: NDArray[np.uint64]) -> None: ...
