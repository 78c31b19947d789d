import numpy as np
from numpy.typing import NDArray

def trigger(
    logits: NDArray[np.int32],
    classes: NDArray[np.intp],
    sample_weight: NDArray[np.int32],
    bound: float,
    prototypes: NDArray[np.uint64],
    triggered: NDArray[np.int32],
    desired: NDArray[np.uint64],
) -> tuple[int, int, int, int]: ...
def gate(
    z: NDArray[np.int32],
    triggered: NDArray[np.int32],
    gate_width: int,
    nonzero: NDArray[np.uint64],
    out: NDArray[np.uint64],
    n_threads: int,
) -> None: ...
def settle_ties(
    signs: NDArray[np.uint64],
    nonzero: NDArray[np.uint64],
    n_neurons: int,
    activations: NDArray[np.uint64],
    triggered: NDArray[np.int32],
) -> None: ...
def choose_winners(
    values: NDArray[np.int32],
    actual: NDArray[np.uint64],
    triggered: NDArray[np.int32],
    signs: NDArray[np.uint64],
    nonzero: NDArray[np.uint64],
    sample_weight: NDArray[np.int32],
    group_size: int,
    winners: NDArray[np.int32],
    starts: NDArray[np.int32],
    sources: NDArray[np.int32],
    steps: NDArray[np.int32],
    n_threads: int,
) -> None: ...
def update_weights(
    hidden_weights: NDArray[np.int16],
    panels: NDArray[np.uint64],
    starts: NDArray[np.int32],
    sources: NDArray[np.int32],
    steps: NDArray[np.int32],
    inputs: NDArray[np.uint64],
    known: NDArray[np.uint64],
    limit: int,
    survival: NDArray[np.uint32],
    at_least: NDArray[np.uint8],
    key: int,
    n_threads: int,
) -> None: ...
