from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Real = TypeVar("_Real", np.float32, np.float64)

def pack_above(
    values: NDArray[np.uint8] | NDArray[np.float32] | NDArray[np.float64],
    features: NDArray[np.int32],
    thresholds: NDArray[np.float64],
    thresholds32: NDArray[np.float32],
    out: NDArray[np.uint64],
    n_threads: int,
) -> None: ...
def mark_missing(
    values: NDArray[_Real],
    features: NDArray[np.int32],
    bits: NDArray[np.int32],
    out: NDArray[np.uint64],
) -> None: ...
def project(
    levels: NDArray[np.int16],
    panels: NDArray[np.int8],
    lower: NDArray[np.int32],
    upper: NDArray[np.int32],
    out: NDArray[np.uint64],
    n_threads: int,
) -> None: ...
def match_patches(
    pairs: NDArray[np.int16],
    places: NDArray[np.int32],
    patches: NDArray[np.int16],
    row: int,
    step: int,
    best: NDArray[np.int32],
    n_threads: int,
) -> None: ...
