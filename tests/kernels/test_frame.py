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
