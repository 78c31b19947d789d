# fmt: off
import numpy as np
from numpy.typing import NDArray

def contrastive_step(
    inputs: NDArray[np.uint64], classes: NDArray[np.intp], sample_weight: NDArray[np.int32],
    layers: list[tuple], prototype_panels: NDArray[np.uint64], prototypes: NDArray[np.uint64],
    bound: float, share: float, noise: int, noise_key: int, numbers: NDArray[np.int64],
    key: int, n_threads: int
) -> tuple[int, int, int]: ...
