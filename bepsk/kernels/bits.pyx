"""Bits in rows of 64-bit words: bit k of a row is bit k % 64 of word k // 64, 1 stands for +1.

The unused bits of a row's last word are always 0.
"""

from cython.parallel import prange
from libc.stdint cimport int16_t, int32_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

from bepsk.kernels.checks cimport check_shape, words_of

from bepsk.kernels import cpu

cdef extern from "bits.h" nogil:
    void pack_signs_row(int path, const int32_t* values, Py_ssize_t n, uint64_t* bits)
    void transpose_block(int path, uint64_t* block)

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
    check_shape("out", out.shape, values.shape[0], words_of(values.shape[1]))
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
    check_shape("out", out.shape, values.shape[0], words_of(values.shape[1]))
    for i in prange(values.shape[0], nogil=True, schedule="static", num_threads=n_threads):
        if signed_integer is int32_t:
            pack_signs_row(PATH, &values[i, 0], values.shape[1], &out[i, 0])
        else:
            pack_row(&values[i, 0], values.shape[1], <int16_t>0, &out[i, 0])


def unpack_bits(
    const uint64_t[:, ::1] bits,    # IN
    uint8_t[:, ::1] out,            # OUT
    int n_threads,
):
    """Unpack rows of bits to bytes 0 and 1."""
    cdef Py_ssize_t i, k
    check_shape("bits", bits.shape, out.shape[0], words_of(out.shape[1]))
    for i in prange(out.shape[0], nogil=True, schedule="static", num_threads=n_threads):
        for k in range(out.shape[1]):
            out[i, k] = (bits[i, k >> 6] >> (k & 63)) & 1


cdef void transpose_square(
    const uint64_t[:, :, ::1] panels, Py_ssize_t b, Py_ssize_t w, uint64_t[:, :, ::1] out
) noexcept nogil:
    # Word w of rows 64 b .. 64 b + 63, in 4 panels, becomes word b of 64 rows of `out`.
    cdef uint64_t[64] block
    cdef Py_ssize_t p
    for p in range(4):
        if 4 * b + p < panels.shape[0]:
            memcpy(&block[16 * p], &panels[4 * b + p, w, 0], 16 * sizeof(uint64_t))
        else:
            memset(&block[16 * p], 0, 16 * sizeof(uint64_t))
    transpose_block(PATH, block)
    for p in range(min(4, out.shape[0] - 4 * w)):
        memcpy(&out[4 * w + p, b, 0], &block[16 * p], 16 * sizeof(uint64_t))


def transpose_panels(
    const uint64_t[:, :, ::1] panels,   # IN
    uint64_t[:, :, ::1] out,            # OUT
    int n_threads,
):
    """Transpose a matrix of bits kept as panels of 16 interleaved rows."""
    cdef Py_ssize_t n_blocks = out.shape[1]
    cdef Py_ssize_t i
    check_shape("panels", panels.shape, panels.shape[0], words_of(16 * out.shape[0]), 16)
    check_shape("out", out.shape, out.shape[0], words_of(16 * panels.shape[0]), 16)
    for i in prange(
        panels.shape[1] * n_blocks, nogil=True, schedule="static", num_threads=n_threads
    ):
        transpose_square(panels, i % n_blocks, i // n_blocks, out)
