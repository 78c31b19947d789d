"""Bits in rows of 64-bit words: bit k of a row is bit k % 64 of word k // 64, 1 stands for +1.

The unused bits of a row's last word are always 0.
"""

from cython.parallel import prange
from libc.stdint cimport INT32_MAX, int16_t, int32_t, uint8_t, uint64_t

from bepsk.kernels import cpu

cdef extern from "simd.h" nogil:
    void pack_between(
        int path, const int32_t* values, Py_ssize_t n, int32_t low, int32_t high, uint64_t* bits
    )

cdef int PATH = cpu.PATH

ctypedef fused signed_integer:
    int16_t
    int32_t

ctypedef fused small_integer:
    uint8_t
    int16_t


cdef void pack_row(
    const small_integer* values, Py_ssize_t n, small_integer lowest, uint64_t* out
) noexcept nogil:
    cdef Py_ssize_t start, k
    cdef uint64_t word
    for start in range(0, n, 64):
        word = 0
        for k in range(start, min(start + 64, n)):
            word |= <uint64_t>(values[k] >= lowest) << (k - start)
        out[start >> 6] = word


def pack_bits(
    const uint8_t[:, ::1] values,   # IN
    uint64_t[:, ::1] out,           # OUT
    int n_threads,
):
    """Pack rows of 0 / nonzero bytes."""
    cdef Py_ssize_t i
    if values.shape[1]:
        for i in prange(values.shape[0], nogil=True, schedule="static", num_threads=n_threads):
            pack_row(&values[i, 0], values.shape[1], <uint8_t>1, &out[i, 0])


def pack_signs(
    const signed_integer[:, ::1] values,    # IN
    uint64_t[:, ::1] out,                   # OUT
    int n_threads,
):
    """Pack sign(values), with sign(0) = +1."""
    cdef Py_ssize_t i
    for i in prange(values.shape[0], nogil=True, schedule="static", num_threads=n_threads):
        if signed_integer is int32_t:
            pack_between(PATH, &values[i, 0], values.shape[1], 0, INT32_MAX, &out[i, 0])
        else:
            pack_row(&values[i, 0], values.shape[1], <int16_t>0, &out[i, 0])


def unpack_bits(
    const uint64_t[:, ::1] bits,    # IN
    uint8_t[:, ::1] out,            # OUT
    int n_threads,
):
    """Unpack rows of bits to bytes 0 and 1."""
    cdef Py_ssize_t i, k
    for i in prange(out.shape[0], nogil=True, schedule="static", num_threads=n_threads):
        for k in range(out.shape[1]):
            out[i, k] = (bits[i, k >> 6] >> (k & 63)) & 1


cdef void transpose_block(uint64_t* block) noexcept nogil:
    # 64 x 64 bits in place: swap ever smaller off-diagonal squares.
    cdef uint64_t mask = 0x00000000FFFFFFFF
    cdef uint64_t swapped
    cdef int width = 32
    cdef int row
    while width:
        row = 0
        while row < 64:
            swapped = ((block[row] >> width) ^ block[row + width]) & mask
            block[row] ^= swapped << width
            block[row + width] ^= swapped
            row = (row + width + 1) & ~width
        width >>= 1
        mask ^= mask << width


cdef void transpose_strip(
    const uint64_t[:, ::1] bits, Py_ssize_t column, uint64_t[:, ::1] out
) noexcept nogil:
    # Word column `column` of every row becomes 64 rows of `out`.
    cdef uint64_t[64] block
    cdef Py_ssize_t n_rows = bits.shape[0]
    cdef Py_ssize_t n_out = out.shape[0] - 64 * column
    cdef Py_ssize_t start, i
    if n_out > 64:
        n_out = 64
    for start in range(0, n_rows, 64):
        for i in range(64):
            block[i] = bits[start + i, column] if start + i < n_rows else 0
        transpose_block(block)
        for i in range(n_out):
            out[64 * column + i, start >> 6] = block[i]


def transpose_bits(
    const uint64_t[:, ::1] bits,    # IN
    uint64_t[:, ::1] out,           # OUT
    int n_threads,
):
    """Transpose a matrix of bits; `out` has a row for every column of `bits`."""
    cdef Py_ssize_t column
    for column in prange(
        (out.shape[0] + 63) // 64, nogil=True, schedule="static", num_threads=n_threads
    ):
        transpose_strip(bits, column, out)
