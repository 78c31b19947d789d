import numpy as np
import pytest
import reference
from common import ROWS, THREADS, WIDTHS, dirty_words, random_signs

from bepsk.kernels import product as kernels

NEURONS = [1, 15, 16, 17, 63, 64, 65, 129]


@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("n_neurons", NEURONS)
@pytest.mark.parametrize("n_inputs", WIDTHS)
def test_preactivation_equals_the_matrix_product(n_rows, n_inputs, n_neurons):
    rng = np.random.default_rng(n_rows)
    a, W = random_signs(rng, n_rows, n_inputs), random_signs(rng, n_neurons, n_inputs)
    for n_threads in THREADS:
        z = np.full((n_rows, n_neurons), -9, dtype=np.int32)
        kernels.preactivation(reference.pack(a), reference.pack(W), n_inputs, z, n_threads)
        np.testing.assert_array_equal(z, a @ W.T)


@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("n_neurons", NEURONS)
@pytest.mark.parametrize("n_inputs", WIDTHS)
def test_desired_activation_equals_equation_7(n_rows, n_inputs, n_neurons):
    rng = np.random.default_rng(n_rows)
    W = random_signs(rng, n_neurons, n_inputs)
    desired = random_signs(rng, n_rows, n_neurons)
    gates = rng.integers(0, 2, size=(n_rows, n_neurons))
    gates[:1] = 0  # nothing comes back: ties everywhere
    expected = np.array(
        [reference.desired_activation(W, g, rho) for g, rho in zip(gates, desired, strict=True)]
    ).reshape(n_rows, n_inputs)
    for n_threads in THREADS:
        out = dirty_words(n_rows, n_inputs)
        kernels.desired_activation(*map(reference.pack, (desired, gates, W.T)), out, n_threads)
        np.testing.assert_array_equal(out, reference.pack(expected))


def test_a_tie_in_the_back_projection_is_plus_one():
    W = np.array([[1, -1], [-1, 1]])
    out = dirty_words(1, 2)
    ones = reference.pack([[1, 1]])
    kernels.desired_activation(ones, ones, reference.pack(W.T), out, 1)
    assert out.tolist() == [[0b11]]
