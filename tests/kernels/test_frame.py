import signal

import numpy as np
import pytest
import reference
from common import random_signs

from bepsk.kernels import frame as kernels


def start_of(prototypes, transposed):
    """Return the first three arguments of `descend_frame`."""
    signs = np.ascontiguousarray(prototypes.T if transposed else prototypes)
    gram = (signs.T @ signs).astype(np.int32)
    return signs.astype(np.int8), gram, prototypes.sum(axis=0).astype(np.int32)


@pytest.mark.parametrize("n_classes", [1, 2, 3, 7])
@pytest.mark.parametrize("n_neurons", [1, 5, 16])
@pytest.mark.parametrize("transposed", [False, True])
def test_descend_frame_flips_the_same_bits(n_classes, n_neurons, transposed):
    start = random_signs(np.random.default_rng(0), n_classes, n_neurons)
    arrays = start_of(start, transposed)
    kernels.descend_frame(*arrays, transposed, 17, 200)
    expected = reference.descend_frame(start, 17, 200)
    for array, value in zip(arrays, start_of(expected, transposed), strict=True):
        np.testing.assert_array_equal(array, value)


def test_a_signal_ends_the_descent():
    def handler(*_):
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(KeyboardInterrupt):
            kernels.descend_frame(*start_of(np.ones((3, 5), dtype=int), False), False, 17, 2**60)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


@pytest.mark.parametrize("shape", [(0, 4), (4, 0)])
def test_a_frame_without_entries_is_refused(shape):
    with pytest.raises(ValueError, match=r"^signs "):
        kernels.descend_frame(*start_of(np.ones(shape, dtype=int), False), False, 17, 5)
