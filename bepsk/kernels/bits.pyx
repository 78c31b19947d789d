"""Bits in rows of 64-bit words: bit k of a row is bit k % 64 of word k // 64, 1 stands for +1.

The unused bits of a row's last word are always 0.
"""

from cython.parallel import prange
from libc.stdint cimport int16_t, int32_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

from numpy cimport NPY_INT16, NPY_UINT8, PyArray_TYPE, ndarray

from bepsk.kernels.checks cimport (
    READ, WRITE, data_of, read_ints, read_words, size_of, words_of, write_words
)

from bepsk.kernels import cpu

cdef extern from "bits.h" nogil:
    void pack_signs_row(int path, const int32_t* values, Py_ssize_t n, uint64_t* bits)
    void transpose_block(int path, uint64_t* block)

cdef int PATH = cpu.PATH

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
    ndarray values not None,    # IN  uint8 (n, n_bits)
    ndarray out not None,       # OUT uint64 (n, words of n_bits)
    int n_threads,
):
    """Pack rows of 0 / nonzero bytes."""
    cdef Py_ssize_t n = size_of("values", values, 0)
    cdef Py_ssize_t n_bits = size_of("values", values, 1)
    cdef Py_ssize_t n_words = words_of(n_bits)
    cdef const uint8_t* bytes = <const uint8_t*>data_of(
        "values", values, NPY_UINT8, READ, n, n_bits
    )
    cdef uint64_t* bits = write_words("out", out, n, n_words)
    cdef Py_ssize_t i
    for i in prange(n, nogil=True, schedule="static", num_threads=n_threads):
        pack_row(bytes + i * n_bits, n_bits, <uint8_t>1, bits + i * n_words)


def pack_signs(
    ndarray values not None,    # IN  int16 or int32 (n, n_bits)
    ndarray out not None,       # OUT uint64 (n, words of n_bits)
    int n_threads,
):
    """Pack sign(values), with sign(0) = +1."""
    cdef Py_ssize_t n = size_of("values", values, 0)
    cdef Py_ssize_t n_bits = size_of("values", values, 1)
    cdef Py_ssize_t n_words = words_of(n_bits)
    cdef uint64_t* bits = write_words("out", out, n, n_words)
    cdef const int16_t* shorts = NULL
    cdef const int32_t* ints = NULL
    cdef Py_ssize_t i
    if PyArray_TYPE(values) == NPY_INT16:
        shorts = <const int16_t*>data_of("values", values, NPY_INT16, READ, n, n_bits)
    else:
        ints = read_ints("values", values, n, n_bits)
    for i in prange(n, nogil=True, schedule="static", num_threads=n_threads):
        if shorts:
            pack_row(shorts + i * n_bits, n_bits, <int16_t>0, bits + i * n_words)
        else:
            pack_signs_row(PATH, ints + i * n_bits, n_bits, bits + i * n_words)


def unpack_bits(
    ndarray bits not None,      # IN  uint64 (n, words of n_bits)
    ndarray out not None,       # OUT uint8 (n, n_bits)
    int n_threads,
):
    """Unpack rows of bits to bytes 0 and 1."""
    cdef Py_ssize_t n = size_of("out", out, 0)
    cdef Py_ssize_t n_bits = size_of("out", out, 1)
    cdef Py_ssize_t n_words = words_of(n_bits)
    cdef const uint64_t* words = read_words("bits", bits, n, n_words)
    cdef uint8_t* bytes = <uint8_t*>data_of("out", out, NPY_UINT8, WRITE, n, n_bits)
    cdef Py_ssize_t i, k
    for i in prange(n, nogil=True, schedule="static", num_threads=n_threads):
        for k in range(n_bits):
            bytes[i * n_bits + k] = (words[i * n_words + (k >> 6)] >> (k & 63)) & 1


cdef void transpose_square(
    const uint64_t* panels, Py_ssize_t n_panels, Py_ssize_t n_words, Py_ssize_t b, Py_ssize_t w,
    uint64_t* out, Py_ssize_t n_panels_out, Py_ssize_t n_words_out
) noexcept nogil:
    # Word w of rows 64 b .. 64 b + 63, in 4 panels, becomes word b of 64 rows of `out`.
    cdef uint64_t[64] block
    cdef Py_ssize_t p
    for p in range(4):
        if 4 * b + p < n_panels:
            memcpy(
                &block[16 * p], panels + 16 * ((4 * b + p) * n_words + w), 16 * sizeof(uint64_t)
            )
        else:
            memset(&block[16 * p], 0, 16 * sizeof(uint64_t))
    transpose_block(PATH, block)
    for p in range(min(4, n_panels_out - 4 * w)):
        memcpy(out + 16 * ((4 * w + p) * n_words_out + b), &block[16 * p], 16 * sizeof(uint64_t))


def transpose_panels(
    ndarray panels not None,    # IN  uint64 (n_panels, words, 16)
    ndarray out not None,       # OUT uint64 (n_panels, words, 16) of the columns
    int n_threads,
):
    """Transpose a matrix of bits kept as panels of 16 interleaved rows."""
    cdef Py_ssize_t n_panels = size_of("panels", panels, 0)
    cdef Py_ssize_t n_panels_out = size_of("out", out, 0)
    cdef Py_ssize_t n_words = words_of(16 * n_panels_out)
    cdef Py_ssize_t n_words_out = words_of(16 * n_panels)
    cdef const uint64_t* rows = read_words("panels", panels, n_panels, n_words, 16)
    cdef uint64_t* columns = write_words("out", out, n_panels_out, n_words_out, 16)
    cdef Py_ssize_t i
    for i in prange(
        n_words * n_words_out, nogil=True, schedule="static", num_threads=n_threads
    ):
        transpose_square(
            rows, n_panels, n_words, i % n_words_out, i // n_words_out, columns, n_panels_out,
            n_words_out
        )
