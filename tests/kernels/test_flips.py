"""Bits that flip at random, word by word."""

import sys

import numpy as np
import pytest
import reference
from common import ROWS, WIDTHS, before_a_guard_page, dirty_words, random_signs
from reference_noise import Flips

from bepsk.kernels.random import flip_bits, mix
from bepsk.network.packed import pack_bits, unpack_bits

SHARES = [0, 1, 2, 3, 8, 16, 100, 127, 128, 129, 254, 255]


def flipped(bits, n_bits, share, key=7, rows=None):
    rows = np.arange(len(bits)) if rows is None else rows
    out = np.full_like(bits, 2**64 - 1)
    flip_bits(bits, rows, n_bits, share, key, out)
    return out


@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("n_bits", WIDTHS)
@pytest.mark.parametrize("share", [0, 1, 16, 100, 128, 255])
def test_flips_equal_the_reference(n_rows, n_bits, share):
    rng = np.random.default_rng(0)
    signs, rows = random_signs(rng, n_rows, n_bits), rng.integers(0, 2**40, size=n_rows)
    bits, out = reference.pack(signs), dirty_words(n_rows, n_bits)
    flip_bits(bits, rows, n_bits, share, mix(mix(5, 2), 3), out)
    noises = [Flips(share, 5, number) for number in rows.tolist()]
    expected = [noise(row, 2, 3) for noise, row in zip(noises, signs, strict=True)]
    np.testing.assert_array_equal(out, reference.pack(np.reshape(expected, signs.shape)))
    np.testing.assert_array_equal(bits, reference.pack(signs))


@pytest.mark.parametrize("share", SHARES)
def test_each_bit_flips_with_its_probability(share):
    n_rows, n_bits = 4000, 128
    flips = unpack_bits(flipped(np.zeros((n_rows, 2), np.uint64), n_bits, share), n_bits)
    p = share / 256
    spread = (p * (1 - p)) ** 0.5
    assert abs(flips.mean() - p) <= 4 * spread / (n_rows * n_bits) ** 0.5
    assert abs(flips.mean(axis=0) - p).max() <= 5 * spread / n_rows**0.5
    of_rows = flips.sum(axis=1).var()  # as of independent bits
    assert abs(of_rows - n_bits * spread**2) <= 0.15 * n_bits * spread**2
    if share > 0:
        pairs = (flips[:, 1:] & flips[:, :-1]).mean()
        assert abs(pairs - p * p) < 0.01


@pytest.mark.parametrize("n_bits", [0, 1, 63, 64, 65, 127, 128, 150, 192])
@pytest.mark.parametrize("share", [1, 128, 255])
def test_bits_past_the_first_ones_never_flip(n_bits, share):
    rng = np.random.default_rng(0)
    bits = rng.integers(2**64, size=(200, 3), dtype=np.uint64)
    changed = unpack_bits(bits ^ flipped(bits, n_bits, share), 192)
    assert not changed[:, n_bits:].any()
    assert n_bits == 0 or changed[:, :n_bits].any()


@pytest.mark.parametrize("n_bits", [1, 63, 65, 100])
def test_unused_bits_of_the_last_word_stay_0(n_bits):
    out = flipped(pack_bits(np.zeros((300, n_bits), np.uint8)), n_bits, 255)
    whole = unpack_bits(out, 64 * out.shape[1])
    assert whole[:, :n_bits].mean() > 0.9
    assert not whole[:, n_bits:].any()


def test_a_share_of_0_flips_nothing():
    bits = np.random.default_rng(0).integers(2**64, size=(50, 3), dtype=np.uint64)
    np.testing.assert_array_equal(flipped(bits, 192, 0), bits)


@pytest.mark.parametrize("n_bits", [64, 70, 192])
def test_the_bits_and_how_many_flip_do_not_matter(n_bits):
    """What flips depends on the key and the number of the row alone, not on other rows."""
    bits = np.random.default_rng(0).integers(2**64, size=(9, 3), dtype=np.uint64)
    numbers = np.array([5, 0, 8, 2**50, 1, 2, 2**40, 7, 6])
    whole = bits ^ flipped(bits, 192, 100, rows=numbers)
    part = bits ^ flipped(bits, n_bits, 100, rows=numbers)
    whole_bits, part_bits = (unpack_bits(flips, 192)[:, :n_bits] for flips in (whole, part))
    np.testing.assert_array_equal(whole_bits, part_bits)
    order = np.array([3, 8, 1])
    some = flipped(bits[order], 192, 100, rows=numbers[order])
    np.testing.assert_array_equal(some, flipped(bits, 192, 100, rows=numbers)[order])
    assert not (whole == bits ^ flipped(bits, 192, 100, key=8, rows=numbers)).any()


def test_a_larger_share_flips_at_least_the_same_bits():
    bits = np.zeros((20, 2), np.uint64)
    smaller = flipped(bits, 128, 0)
    for share in range(1, 256):
        larger = flipped(bits, 128, share)
        assert not (smaller & ~larger).any()
        smaller = larger


def test_in_place_is_the_same():
    bits = np.random.default_rng(0).integers(2**64, size=(9, 3), dtype=np.uint64)
    expected = flipped(bits, 150, 100)
    flip_bits(bits, np.arange(9), 150, 100, 7, bits)
    np.testing.assert_array_equal(bits, expected)


@pytest.mark.skipif(sys.platform != "linux", reason="protects memory by a call to Linux's libc")
@pytest.mark.parametrize("n_bits", [0, 1, 64, 65, 128])
def test_nothing_past_the_arrays_is_touched(n_bits):
    bits = before_a_guard_page(np.zeros((3, 2), np.uint64))
    rows = before_a_guard_page(np.arange(3))
    flip_bits(bits, rows, n_bits, 100, 7, bits)
    np.testing.assert_array_equal(bits, flipped(np.zeros((3, 2), np.uint64), n_bits, 100))


def arguments():
    return {
        "bits": np.zeros((4, 2), np.uint64),
        "rows": np.arange(4),
        "n_bits": 70,
        "share": 255,
        "key": 0,
        "out": np.zeros((4, 2), np.uint64),
    }


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("rows", np.arange(3)),
        ("rows", np.arange(5)),
        ("rows", np.arange(0)),
        ("n_bits", 129),
        ("n_bits", -1),
        ("n_bits", -64),
        ("n_bits", -1000),
        ("n_bits", 2**62),
        ("n_bits", 2**63 - 1),
        ("n_bits", -(2**63)),
        ("share", 256),
        ("share", -1),
        ("share", 2**31 - 1),
        ("out", np.zeros((3, 2), np.uint64)),
        ("out", np.zeros((5, 2), np.uint64)),
        ("out", np.zeros((4, 1), np.uint64)),
        ("out", np.zeros((4, 3), np.uint64)),
        ("out", np.zeros((0, 2), np.uint64)),
    ],
)
def test_flips_that_do_not_fit_are_refused_before_anything_is_written(name, bad):
    given = {**arguments(), name: bad}
    with pytest.raises(ValueError, match=f"^{name} "):
        flip_bits(**given)
    assert not given["out"].any()
    flip_bits(**arguments())
