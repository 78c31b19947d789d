"""Arrays of packed bits: rows of 64-bit words, bit k of a row in word k // 64, 1 for +1."""

from functools import lru_cache
from math import prod

import numpy as np

from bepsk.kernels import bits as kernels
from bepsk.kernels import product
from bepsk.kernels.product import PANEL_ROWS

COUNTED_ROWS = 1024


def n_words(n_bits):
    """Return how many 64-bit words hold `n_bits` bits."""
    return (n_bits + 63) // 64


def empty_bits(n_rows, n_bits):
    """Allocate rows for `n_bits` bits each, uint64 (n_rows, words)."""
    return np.empty((n_rows, n_words(n_bits)), dtype=np.uint64)


def aligned_words(*shape):
    """Allocate words that begin at a cache line, as products read panels best; uint64."""
    n = prod(shape)
    room = np.empty(n + 7, dtype=np.uint64)
    start = -room.ctypes.data // 8 % 8
    return room[start : start + n].reshape(shape)


def all_ones(n_rows, n_bits):
    """Return rows of `n_bits` ones, uint64 (n_rows, words); unused bits are 0."""
    bits = empty_bits(n_rows, n_bits)
    bits[:] = 2**64 - 1
    bits[:, -1] = 2**64 - 1 >> -n_bits % 64
    return bits


def append_ones(bits, n_bits, n_ones):
    """Append ones to rows of `n_bits` bits each, uint64 (..., words of both)."""
    longer = np.zeros((*bits.shape[:-1], n_words(n_bits + n_ones)), dtype=np.uint64)
    longer[..., : bits.shape[-1]] = bits
    longer |= ones_between(n_bits, n_bits + n_ones)
    return longer


@lru_cache(maxsize=64)
def ones_between(start, end):
    """Return a row with ones at start .. end - 1, uint64 (words of end,)."""
    ones = np.zeros(end, dtype=np.uint8)
    ones[start:] = 1
    return pack_bits(ones[np.newaxis])[0]


def count_ones(bits, n_bits):
    """Count in how many of the rows each bit is 1, int64 (n_bits,)."""
    counts = np.zeros(n_bits, dtype=np.int64)
    for start in range(0, len(bits), COUNTED_ROWS):
        block = unpack_bits(bits[start : start + COUNTED_ROWS], n_bits)
        counts += block.sum(axis=0, dtype=np.int64)
    return counts


def bit_means(counts, n_bias, noise=0, slope=1):
    """Return the means of +-1 bits in units of 2^-15, int32 (n_bits,).

    Parameters
    ----------
    counts : int array, shape (n_bits + 1,)
        In how many rows each bit is 1, and then the number of rows.
    n_bias : int
        Of this many last bits 0 is returned.
    noise : int, default=0
        Share of the other bits that are flipped, in 256ths.
    slope : int, default=1
        A mean m becomes sign(m) max(0, slope |m| - slope + 1): of a constant bit it stays what it
        is, and small ones become 0 if this is above 1.
    """
    *ones, n = counts.tolist()
    scale = (128 - noise) << 9
    means = []
    for one in ones[: len(ones) - n_bias]:
        sign = 1 if 2 * one >= n else -1
        rest = max(0, slope * sign * (2 * one - n) - (slope - 1) * n)
        means.append((sign * rest * scale + n) // (2 * n))
    return np.array([*means, *[0] * n_bias], dtype=np.int32)


def pack_bits(values, n_threads=1):
    """Pack a matrix of 0 / nonzero or bool into bits.

    Parameters
    ----------
    values : array of uint8 or bool, shape (n_rows, n_bits)
        Anything but 0 becomes a 1.
    n_threads : int, default=1
        Number of threads.

    Returns
    -------
    bits : uint64 array, shape (n_rows, ceil(n_bits / 64))
        Packed rows; unused bits are 0.

    Examples
    --------
    >>> pack_bits(np.array([[1, 0, 1, 1]], dtype=np.uint8))
    array([[13]], dtype=uint64)
    """
    values = np.ascontiguousarray(values).view(np.uint8)
    bits = empty_bits(*values.shape)
    kernels.pack_bits(values, bits, n_threads)
    return bits


def unpack_bits(bits, n_bits, n_threads=1):
    """Unpack rows of bits into uint8 0 / 1, shape (n_rows, n_bits).

    Examples
    --------
    >>> unpack_bits(np.array([[13]], dtype=np.uint64), 4)
    array([[1, 0, 1, 1]], dtype=uint8)
    """
    values = np.empty((len(bits), n_bits), dtype=np.uint8)
    kernels.unpack_bits(bits, values, n_threads)
    return values


def pack_signs(values, n_threads=1):
    """Pack the signs of an int16 or int32 matrix, with sign(0) = +1 (Sec. 3.1)."""
    bits = empty_bits(*values.shape)
    kernels.pack_signs(values, bits, n_threads)
    return bits


def interleave(bits):
    """Interleave rows of bits, 16 at a time, into the panels that the products read.

    Parameters
    ----------
    bits : uint64 array, shape (n_rows, words)
        Packed rows.

    Returns
    -------
    panels : uint64 array, shape (ceil(n_rows / 16), words, 16)
        Word w of row r is at [r // 16, w, r % 16]; rows past the last are 0.
    """
    n_rows, n_words = bits.shape
    n_panels = -(-n_rows // PANEL_ROWS)
    padded = np.zeros((n_panels * PANEL_ROWS, n_words), dtype=np.uint64)
    padded[:n_rows] = bits
    panels = aligned_words(n_panels, n_words, PANEL_ROWS)
    panels[:] = padded.reshape(n_panels, PANEL_ROWS, n_words).transpose(0, 2, 1)
    return panels


def multiply(inputs, panels, n_inputs, n_neurons, n_threads, *, sums=True, signs=True):
    """Multiply packed inputs by weights kept as panels.

    Parameters
    ----------
    inputs : uint64 array, shape (n_samples, words of n_inputs)
        Packed rows a.
    panels : uint64 array, shape (ceil(n_neurons / 16), words of n_inputs, 16)
        W, as `interleave` returns it.
    n_inputs, n_neurons : int
        Columns and rows of W.
    n_threads : int
        Number of threads.
    sums, signs : bool, default=True
        Whether to compute z, and sign(z).

    Returns
    -------
    z : int32 array, shape (n_samples, n_neurons), or (0, n_neurons) without `sums`
        W a for each row.
    signs : uint64 array, shape (n_samples, words of n_neurons), or no rows without `signs`
        Packed sign(z), with sign(0) = +1.
    """
    z = np.empty((len(inputs) if sums else 0, n_neurons), dtype=np.int32)
    bits = empty_bits(len(inputs) if signs else 0, n_neurons)
    product.binary_product(inputs, panels, n_inputs, z, bits, n_threads)
    return z, bits


def transpose_panels(panels, n_rows, n_columns, n_threads=1):
    """Transpose a matrix of bits (n_rows, n_columns) kept as panels."""
    transposed = aligned_words(-(-n_columns // PANEL_ROWS), n_words(n_rows), PANEL_ROWS)
    kernels.transpose_panels(panels, transposed, n_threads)
    return transposed
