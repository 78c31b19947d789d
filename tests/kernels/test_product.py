from itertools import product

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
def test_binary_product_equals_the_matrix_product(n_rows, n_inputs, n_neurons):
    rng = np.random.default_rng(n_rows)
    a, W = random_signs(rng, n_rows, n_inputs), random_signs(rng, n_neurons, n_inputs)
    panels, expected = interleave(reference.pack(W)), a @ W.T
    for n_threads in THREADS:
        for with_z, with_signs in [(True, True), (True, False), (False, True)]:
            z = np.full((n_rows * with_z, n_neurons), -9, dtype=np.int32)
            signs = dirty_words(n_rows * with_signs, n_neurons)
            kernels.binary_product(reference.pack(a), panels, n_inputs, z, signs, n_threads)
            np.testing.assert_array_equal(z, expected[: len(z)])
            np.testing.assert_array_equal(
                signs, reference.pack(reference.sign(expected))[: len(signs)]
            )


@pytest.mark.parametrize("n_rows", [*ROWS, 300])
@pytest.mark.parametrize("n_outputs", NEURONS)
@pytest.mark.parametrize("n_inputs", WIDTHS)
def test_ternary_product_equals_the_matrix_product(n_rows, n_outputs, n_inputs):
    rng = np.random.default_rng(n_rows)
    W = random_signs(rng, n_outputs, n_inputs)
    signs, nonzero = random_signs(rng, n_rows, n_inputs), rng.integers(2, size=(n_rows, n_inputs))
    nonzero[:1] = 0
    expected = (signs * nonzero) @ W.T
    for n_threads in THREADS:
        for with_z, with_signs, with_nonzero in product([True, False], repeat=3):
            z = np.full((n_rows * with_z, n_outputs), -9, dtype=np.int32)
            out_signs = dirty_words(n_rows * with_signs, n_outputs)
            out_nonzero = dirty_words(n_rows * with_nonzero, n_outputs)
            kernels.ternary_product(
                reference.pack(signs),
                reference.pack(2 * nonzero - 1),
                interleave(reference.pack(W)),
                z,
                out_signs,
                out_nonzero,
                n_threads,
            )
            np.testing.assert_array_equal(z, expected[: len(z)])
            np.testing.assert_array_equal(
                out_signs, reference.pack(reference.sign(expected))[: len(out_signs)]
            )
            np.testing.assert_array_equal(
                out_nonzero, reference.pack(expected != 0)[: len(out_nonzero)]
            )


def words(n_rows, n_words=1):
    return np.zeros((n_rows, n_words), dtype=np.uint64)


PANELS = np.zeros((1, 2, 16), dtype=np.uint64)
"""3 outputs, 70 inputs."""

Z = np.zeros((4, 3), dtype=np.int32)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("activations", words(4)),
        ("panels", PANELS[:, :1].copy()),
        ("panels", PANELS[:0]),
        ("panels", PANELS[:, :, :15].copy()),
        ("z", Z[:3]),
        ("signs", words(5)),
        ("signs", words(4, 2)),
    ],
)
def test_binary_products_that_do_not_fit_are_refused(name, bad):
    arrays = {"activations": words(4, 2), "panels": PANELS, "z": Z, "signs": words(4)}
    with pytest.raises(ValueError, match=f"^{name} has the shape"):
        kernels.binary_product(**{**arrays, name: bad}, n_inputs=70, n_threads=1)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("nonzero", words(3, 2)),
        ("nonzero", words(0, 2)),
        ("panels", PANELS[:, :1].copy()),
        ("z", Z[:3]),
        ("out_signs", words(5)),
        ("out_nonzero", words(4, 2)),
    ],
)
def test_ternary_products_that_do_not_fit_are_refused(name, bad):
    arrays = {
        "signs": words(4, 2),
        "nonzero": words(4, 2),
        "panels": PANELS,
        "z": Z,
        "out_signs": words(4),
        "out_nonzero": words(4),
    }
    with pytest.raises(ValueError, match=f"^{name} has the shape"):
        kernels.ternary_product(**{**arrays, name: bad}, n_threads=1)
