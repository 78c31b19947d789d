import numpy as np
import pytest
import reference
from common import ROWS, THREADS, WIDTHS, dirty_words, random_signs

from bepsk.kernels import bits as kernels
from bepsk.network.packed import interleave

pytestmark = [
    pytest.mark.parametrize("n_rows", [*ROWS, 64, 65]),
    pytest.mark.parametrize("n_bits", WIDTHS),
]


def test_pack_bits_takes_any_nonzero_byte_for_one(n_rows, n_bits):
    values = np.random.default_rng(0).choice([0, 1, 2, 255], size=(n_rows, n_bits))
    for n_threads in THREADS:
        out = dirty_words(n_rows, n_bits)
        kernels.pack_bits(values.astype(np.uint8), out, n_threads)
        np.testing.assert_array_equal(out, reference.pack(values))


def test_pack_signs_takes_zero_for_plus_one(n_rows, n_bits):
    z = np.random.default_rng(0).integers(-2, 3, size=(n_rows, n_bits), dtype=np.int32)
    for n_threads in THREADS:
        out = dirty_words(n_rows, n_bits)
        kernels.pack_signs(z, out, n_threads)
        np.testing.assert_array_equal(out, reference.pack(reference.sign(z)))


def test_pack_hidden_weights_packs_their_signs(n_rows, n_bits):
    extremes = np.array([-32767, -1, 1, 32767], dtype=np.int16)
    H = np.random.default_rng(0).choice(extremes, size=(n_rows, n_bits))
    for n_threads in THREADS:
        out = dirty_words(n_rows, n_bits)
        kernels.pack_signs(H, out, n_threads)
        np.testing.assert_array_equal(out, reference.pack(H))


def test_unpack_bits_undoes_packing(n_rows, n_bits):
    signs = random_signs(np.random.default_rng(0), n_rows, n_bits)
    for n_threads in THREADS:
        out = np.full(signs.shape, 7, dtype=np.uint8)
        kernels.unpack_bits(reference.pack(signs), out, n_threads)
        np.testing.assert_array_equal(out, signs > 0)


def test_transpose_panels_equals_the_transpose(n_rows, n_bits):
    signs = random_signs(np.random.default_rng(0), n_rows, n_bits)
    expected = interleave(reference.pack(signs.T))
    for n_threads in THREADS:
        out = np.full_like(expected, 2**64 - 1)
        kernels.transpose_panels(interleave(reference.pack(signs)), out, n_threads)
        np.testing.assert_array_equal(out, expected)
