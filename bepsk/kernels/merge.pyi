import numpy as np
from numpy.typing import NDArray

def append_entries(
    starts: NDArray[np.int32],
    sources: NDArray[np.int32],
    steps: NDArray[np.int32],
    shift: int,
    ends: NDArray[np.int32],
    all_sources: NDArray[np.int32],
    all_steps: NDArray[np.int32],
) -> None: ...
def number_named(
    sources: NDArray[np.int32], numbers: NDArray[np.int32], renumbered: NDArray[np.int32]
) -> None: ...
