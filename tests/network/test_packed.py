import numpy as np
import pytest
import reference
from common import WIDTHS, random_signs, rows_of

from bepsk.network import packed


@pytest.mark.parametrize("n_bits", WIDTHS)
def test_packing_and_unpacking_undo_each_other(n_bits):
    values = np.random.default_rng(0).integers(0, 2, size=(5, n_bits), dtype=np.uint8)
    bits = packed.pack_bits(values)
    assert bits.shape == (5, packed.n_words(n_bits))
    np.testing.assert_array_equal(packed.unpack_bits(bits, n_bits), values)


@pytest.mark.parametrize("view", [np.asfortranarray, lambda x: x[:, ::-1], lambda x: x > 0])
def test_pack_bits_takes_any_layout(view):
    values = view(np.random.default_rng(0).integers(0, 2, size=(5, 70), dtype=np.uint8))
    np.testing.assert_array_equal(packed.pack_bits(values), reference.pack(values))


@pytest.mark.parametrize("n_rows", [0, 1, 15, 16, 17, 40])
def test_panels_interleave_16_rows(n_rows):
    bits = reference.pack(random_signs(np.random.default_rng(0), n_rows, 70))
    panels = packed.interleave(bits)
    assert panels.shape == (-(-n_rows // 16), 2, 16)
    np.testing.assert_array_equal(rows_of(panels, n_rows), bits)
    assert not panels.transpose(0, 2, 1).reshape(-1, 2)[n_rows:].any()


def test_transposing_twice_changes_nothing():
    panels = packed.interleave(reference.pack(random_signs(np.random.default_rng(0), 65, 130)))
    transposed = packed.transpose_panels(panels, 65, 130)
    np.testing.assert_array_equal(packed.transpose_panels(transposed, 130, 65), panels)


def test_pack_signs_takes_zero_for_plus_one():
    z = np.array([[-1, 0, 1]], dtype=np.int32)
    assert packed.pack_signs(z).tolist() == [[0b110]]
