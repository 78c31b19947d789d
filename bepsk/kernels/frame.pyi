import numpy as np
from numpy.typing import NDArray

def descend_frame(
    prototypes: NDArray[np.int8], gram: NDArray[np.int64], key: int | np.uint64, n_proposals: int
) -> None: ...
