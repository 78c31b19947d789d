import numpy as np
import pytest
import reference
from common import WIDTHS, random_signs, rows_of
from reference_training import means_of

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


@pytest.mark.parametrize("n_bits", WIDTHS)
@pytest.mark.parametrize("n_ones", [0, 1, 2, 63, 64, 65, 200])
def test_ones_are_appended(n_bits, n_ones):
    values = random_signs(np.random.default_rng(0), 6, n_bits)
    expected = reference.pack(np.hstack([values, np.ones((6, n_ones), dtype=int)]))
    bits = reference.pack(values)
    for shape in [(6, -1), (2, 3, -1)]:
        longer = packed.append_ones(bits.reshape(*shape), n_bits, n_ones)
        assert longer.dtype == np.uint64
        np.testing.assert_array_equal(longer, expected.reshape(*shape))
    assert packed.append_ones(bits[:0], n_bits, n_ones).shape == (0, expected.shape[1])
    np.testing.assert_array_equal(bits, reference.pack(values))


@pytest.mark.parametrize("n_bits", WIDTHS)
@pytest.mark.parametrize("n_rows", [0, 1, 1023, 1024, 1025, 2500])
def test_ones_are_counted(n_bits, n_rows):
    values = np.random.default_rng(0).integers(0, 2, size=(n_rows, n_bits), dtype=np.uint8)
    counts = packed.count_ones(packed.pack_bits(values), n_bits)
    assert counts.dtype == np.int64
    np.testing.assert_array_equal(counts, values.sum(axis=0, dtype=int))


@pytest.mark.parametrize("n_bias", [0, 1, 5])
@pytest.mark.parametrize("n_rows", [1, 2, 3, 7, 64, 1000])
def test_means_of_bits_equal_the_reference(n_rows, n_bias):
    rows = random_signs(np.random.default_rng(n_rows), n_rows, 20)
    rows[:, 0], rows[:, 1] = 1, -1
    counts = np.append((rows > 0).sum(axis=0), n_rows)
    means = packed.bit_means(counts, n_bias)
    assert means.dtype == np.int32
    assert means.tolist() == means_of(rows, n_bias)
    assert means[:2].tolist() == [2**15, -(2**15)]


def test_means_of_very_many_bits_are_exact():
    n = 2**40
    counts = np.array([n, 0, n // 2, n // 2 + 2**23, n // 2 + 2**23 - 1, n // 2 - 2**23, n])
    assert packed.bit_means(counts, 0).tolist() == [2**15, -(2**15), 0, 1, 0, 0]


@pytest.mark.parametrize("noise", [0, 1, 8, 16, 100, 127, 128])
@pytest.mark.parametrize("n_bias", [0, 2])
def test_noise_shrinks_means(noise, n_bias):
    counts = np.array([7, 0, 3, 4, 1, 6, 2, 7])
    signs = np.array([[1] * one + [-1] * (7 - one) for one in counts[:-1]]).T
    means = packed.bit_means(counts, n_bias, noise)
    assert means.tolist() == means_of(signs, n_bias, noise)
    assert means.dtype == np.int32
    assert means[0] == 256 * (128 - noise)


@pytest.mark.parametrize("slope", [1, 2, 3])
def test_small_means_become_0_by_the_slope_and_those_of_constant_bits_stay(slope):
    n = 60
    counts = np.append(np.arange(n + 1), n)
    exact = [2 * one / n - 1 for one in range(n + 1)]
    expected = [np.sign(m) * max(0, slope * abs(m) - slope + 1) for m in exact]
    means = packed.bit_means(counts, 0, slope=slope) / 2**15
    np.testing.assert_allclose(means, expected, atol=2**-15)
    assert (means[0], means[-1]) == (-1, 1)
    assert (means == 0).sum() == sum(
        slope * abs(2 * one - n) <= (slope - 1) * n for one in range(n + 1)
    )
