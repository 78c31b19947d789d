import numpy as np
import pytest
import reference

from bepsk.network.frame import equiangular_frame


@pytest.mark.parametrize(
    ("n_classes", "n_neurons"), [(1, 7), (2, 1), (2, 16), (3, 9), (5, 12), (9, 3)]
)
def test_equiangular_frame_equals_the_reference(n_classes, n_neurons):
    prototypes = equiangular_frame(n_classes, n_neurons, key=3)
    assert prototypes.dtype == np.int8
    expected = reference.equiangular_frame(n_classes, n_neurons, 3)
    np.testing.assert_array_equal(prototypes, expected)


def test_two_prototypes_are_opposite():
    first, second = equiangular_frame(2, 65, key=0)
    np.testing.assert_array_equal(first, -second)


@pytest.mark.parametrize(("n_classes", "n_neurons"), [(4, 64), (10, 130), (30, 200)])
def test_prototypes_are_equally_and_widely_apart(n_classes, n_neurons):
    prototypes = equiangular_frame(n_classes, n_neurons, key=1).astype(int)
    products = (prototypes @ prototypes.T)[np.triu_indices(n_classes, 1)]
    assert products.mean() <= -0.95 * n_neurons / (n_classes - 1)
    assert products.std() < n_neurons**0.5  # that of random vectors


def test_the_frame_is_better_than_its_random_start():
    start = reference.random_signs(reference.derive_key(8, 0), 6, 40)
    found = equiangular_frame(6, 40, key=8).astype(int)
    assert reference.frame_objective(found) < reference.frame_objective(start)
