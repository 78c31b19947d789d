import numpy as np
from numpy.typing import NDArray

def descend_frame(
    signs: NDArray[np.int8],
    gram: NDArray[np.int32],
    sums: NDArray[np.int32],
    transposed: bool,
    key: int | np.uint64,
    n_proposals: int,
) -> None: ...
