from itertools import product

import numpy as np
import pytest
import reference
from common import ROWS, THREADS, WIDTHS, dirty_words, random_signs

from bepsk.kernels import bits as kernels
from bepsk.network.packed import interleave

SHAPES = pytest.mark.parametrize(("n_rows", "n_bits"), list(product([*ROWS, 64, 65], WIDTHS)))


@SHAPES
def test_pack_bits_takes_any_nonzero_byte_for_one(n_rows, n_bits):
    values = np.random.default_rng(0).choice([0, 1, 2, 255], size=(n_rows, n_bits))
    for n_threads in THREADS:
        out = dirty_words(n_rows, n_bits)
        kernels.pack_bits(values.astype(np.uint8), out, n_threads)
        np.testing.assert_array_equal(out, reference.pack(values))


@SHAPES
def test_pack_signs_takes_zero_for_plus_one(n_rows, n_bits):
    z = np.random.default_rng(0).integers(-2, 3, size=(n_rows, n_bits), dtype=np.int32)
    for n_threads in THREADS:
        out = dirty_words(n_rows, n_bits)
        kernels.pack_signs(z, out, n_threads)
        np.testing.assert_array_equal(out, reference.pack(reference.sign(z)))


@SHAPES
def test_pack_hidden_weights_packs_their_signs(n_rows, n_bits):
    extremes = np.array([-32767, -1, 1, 32767], dtype=np.int16)
    H = np.random.default_rng(0).choice(extremes, size=(n_rows, n_bits))
    for n_threads in THREADS:
        out = dirty_words(n_rows, n_bits)
        kernels.pack_signs(H, out, n_threads)
        np.testing.assert_array_equal(out, reference.pack(H))


@SHAPES
def test_unpack_bits_undoes_packing(n_rows, n_bits):
    signs = random_signs(np.random.default_rng(0), n_rows, n_bits)
    for n_threads in THREADS:
        out = np.full(signs.shape, 7, dtype=np.uint8)
        kernels.unpack_bits(reference.pack(signs), out, n_threads)
        np.testing.assert_array_equal(out, signs > 0)


@SHAPES
def test_transpose_panels_equals_the_transpose(n_rows, n_bits):
    signs = random_signs(np.random.default_rng(0), n_rows, n_bits)
    expected = interleave(reference.pack(signs.T))
    for n_threads in THREADS:
        out = np.full_like(expected, 2**64 - 1)
        kernels.transpose_panels(interleave(reference.pack(signs)), out, n_threads)
        np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("shape", [(3, 1), (2, 2), (4, 2)])
def test_arrays_that_do_not_fit_are_refused(shape):
    out = np.zeros(shape, dtype=np.uint64)
    with pytest.raises(ValueError, match=r"out has the shape .*, not \[3, 2\]"):
        kernels.pack_bits(np.zeros((3, 70), dtype=np.uint8), out, 1)
    for dtype in (np.int16, np.int32):
        with pytest.raises(ValueError, match=r"out has the shape .*, not \[3, 2\]"):
            kernels.pack_signs(np.zeros((3, 70), dtype=dtype), out, 1)
    with pytest.raises(ValueError, match=r"bits has the shape .*, not \[3, 2\]"):
        kernels.unpack_bits(out, np.zeros((3, 70), dtype=np.uint8), 1)


@pytest.mark.parametrize("shape", [(4, 2, 16), (9, 2, 16), (5, 1, 16), (5, 2, 15)])
def test_panels_that_do_not_fit_are_refused(shape):
    panels = np.zeros((5, 2, 16), dtype=np.uint64)
    with pytest.raises(ValueError, match="has the shape"):
        kernels.transpose_panels(panels, np.zeros(shape, dtype=np.uint64), 1)
