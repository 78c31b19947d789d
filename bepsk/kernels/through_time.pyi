# fmt: off
import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
I32 = NDArray[np.int32]

def advance(
    recurrent: I32, previous: I32, inertia: int, first: I32, t: int, z: I32, states: U64,
    n_threads: int
) -> None: ...
def carry_back(
    sums: I32, signs: U64, nonzero: U64, inertia: int, out_signs: U64, out_nonzero: U64,
    n_threads: int
) -> None: ...
def stability(
    z: I32, triggered: I32, desired: U64, first: I32, out: I32, n_threads: int
) -> None: ...
def majority(
    desired: U64, inputs: U64, triggered: I32, first: I32, samples: I32, neurons: I32, bits: U64,
    known: U64, n_threads: int
) -> None: ...
