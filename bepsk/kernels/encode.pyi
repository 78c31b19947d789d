# fmt: off
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
I32 = NDArray[np.int32]
I16 = NDArray[np.int16]
I8 = NDArray[np.int8]
U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

_Real = TypeVar('_Real', np.float32, np.float64)

def pack_above(
    values: U8 | F32 | F64, features: I32, thresholds: F64, thresholds32: F32, out: U64,
    n_threads: int
) -> None: ...
def mark_missing(values: NDArray[_Real], features: I32, bits: I32, out: U64) -> None: ...
def round_levels(values: F64, offset: F64, scale: F64, largest: int, out: I16) -> None: ...
def project(levels: I16, panels: I8, lower: I32, upper: I32, out: U64, n_threads: int) -> None: ...
def match_patches(
    pairs: I16, places: I32, patches: I16, row: int, step: int, best: I32, n_threads: int
) -> None: ...
