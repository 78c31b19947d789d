import signal

import numpy as np
import pytest
import reference
from common import random_signs

from bepsk.kernels import frame as kernels


@pytest.mark.parametrize("n_classes", [1, 2, 3, 7])
@pytest.mark.parametrize("n_neurons", [1, 5, 16])
def test_descend_frame_flips_the_same_bits(n_classes, n_neurons):
    start = random_signs(np.random.default_rng(0), n_classes, n_neurons)
    prototypes, gram = start.astype(np.int8), start @ start.T
    kernels.descend_frame(prototypes, gram, 17, 200)
    expected = reference.descend_frame(start, 17, 200)
    np.testing.assert_array_equal(prototypes, expected)
    np.testing.assert_array_equal(gram, expected @ expected.T)


def test_a_signal_ends_the_descent():
    def handler(*_):
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(KeyboardInterrupt):
            kernels.descend_frame(
                np.ones((3, 5), dtype=np.int8), np.full((3, 3), 5, dtype=np.int64), 17, 2**60
            )
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
