import numpy as np
import pytest
import reference
from common import ROWS, THREADS, WIDTHS, dirty_words, random_signs

from bepsk.kernels import product as kernels
from bepsk.network.packed import interleave

NEURONS = [1, 15, 16, 17, 63, 64, 65, 129]


@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("n_neurons", NEURONS)
@pytest.mark.parametrize("n_inputs", WIDTHS)
def test_preactivation_equals_the_matrix_product(n_rows, n_inputs, n_neurons):
    rng = np.random.default_rng(n_rows)
    a, W = random_signs(rng, n_rows, n_inputs), random_signs(rng, n_neurons, n_inputs)
    panels, expected = interleave(reference.pack(W)), a @ W.T
    for n_threads in THREADS:
        for with_z, with_signs in [(True, True), (True, False), (False, True)]:
            z = np.full((n_rows * with_z, n_neurons), -9, dtype=np.int32)
            signs = dirty_words(n_rows * with_signs, n_neurons)
            kernels.preactivation(reference.pack(a), panels, n_inputs, z, signs, n_threads)
            np.testing.assert_array_equal(z, expected[: len(z)])
            np.testing.assert_array_equal(
                signs, reference.pack(reference.sign(expected))[: len(signs)]
            )


WIDTH = 5
"""Of the gate: it is open where |z| <= WIDTH."""


def desired_activation(W, desired, z, n_threads, inertia=0, current=None):
    out = dirty_words(len(desired), W.shape[1])
    current = out[:0].copy() if current is None else reference.pack(current)
    kernels.desired_activation(
        reference.pack(desired),
        np.asarray(z, dtype=np.int32)[::-1].copy(),
        np.arange(len(desired), dtype=np.int32)[::-1].copy(),
        WIDTH,
        interleave(reference.pack(W.T)),
        W.shape[1],
        inertia,
        current,
        out,
        n_threads,
    )
    return out


@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("n_neurons", NEURONS)
@pytest.mark.parametrize("n_inputs", WIDTHS)
def test_desired_activation_equals_equation_7(n_rows, n_inputs, n_neurons):
    rng = np.random.default_rng(n_rows)
    W = random_signs(rng, n_neurons, n_inputs)
    desired = random_signs(rng, n_rows, n_neurons)
    z = rng.integers(-2 * WIDTH, 2 * WIDTH + 1, size=(n_rows, n_neurons))
    z[:1] = WIDTH + 1  # nothing comes back: ties everywhere
    gates = reference.gate(z, WIDTH, 1)
    current = random_signs(rng, n_rows, n_inputs)
    for ties in (None, current):
        expected = [
            reference.desired_activation(W, g, rho, current=1 if ties is None else s)
            for g, rho, s in zip(gates, desired, current, strict=True)
        ]
        expected = reference.pack(np.array(expected).reshape(n_rows, n_inputs))
        for n_threads in THREADS:
            out = desired_activation(W, desired, z, n_threads, current=ties)
            np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("n_neurons", WIDTHS)
@pytest.mark.parametrize("inertia", [1, 6, 1000])
def test_inertia_adds_a_gated_diagonal(n_neurons, inertia):
    rng = np.random.default_rng(0)
    W, desired = random_signs(rng, n_neurons, n_neurons), random_signs(rng, 5, n_neurons)
    z, current = rng.integers(3, 8, size=desired.shape), random_signs(rng, 5, n_neurons)
    gates = reference.gate(z, WIDTH, 1)
    expected = [
        reference.desired_activation(W, g, rho, inertia, s)
        for g, rho, s in zip(gates, desired, current, strict=True)
    ]
    for n_threads in THREADS:
        out = desired_activation(W, desired, z, n_threads, inertia, current)
        np.testing.assert_array_equal(out, reference.pack(expected))


def test_a_tie_in_the_back_projection_is_plus_one_or_the_current_bit():
    W, ones, z = np.array([[1, -1], [-1, 1]]), np.ones((1, 2)), [[0, -WIDTH]]
    assert desired_activation(W, ones, z, 1).tolist() == [[0b11]]
    assert desired_activation(W, ones, z, 1, current=[[-1, 1]]).tolist() == [[0b10]]


def test_widths_that_do_not_fit_are_refused():
    panels = interleave(reference.pack(np.ones((3, 70))))
    z, signs = np.zeros((1, 3), dtype=np.int32), dirty_words(1, 3)
    with pytest.raises(ValueError, match="activations have 1 words, panels 2"):
        kernels.preactivation(dirty_words(1, 64), panels, 70, z, signs, 1)
