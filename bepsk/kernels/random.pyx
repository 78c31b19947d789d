"""A counter-based generator: word `index` of the stream `key`, in any order, from any thread."""

from libc.stdint cimport int64_t, uint64_t
from numpy cimport NPY_INT64, ndarray

from bepsk.kernels.checks cimport READ, data_of, read_words, size_of, words_of, write_words
from bepsk.kernels.random cimport mix_keys, random_word


def fill_random(
    uint64_t key,               # IN
    ndarray out not None,       # OUT uint64 (n,)
    uint64_t first=0,
):
    """Fill out[i] with word first + i of the stream `key` (SplitMix64)."""
    cdef Py_ssize_t n = size_of("out", out, 0)
    cdef uint64_t* words = write_words("out", out, n)
    cdef Py_ssize_t i
    with nogil:
        for i in range(n):
            words[i] = random_word(key, first + i)


cdef inline uint64_t noisy_word(uint64_t key, uint64_t place, int share) noexcept nogil:
    # A word whose bits are 1 with probability share / 256: a fraction in binary, the last digit
    # that is 1 first.
    cdef uint64_t word = 0
    cdef int digit
    for digit in range(8):
        if word or share >> digit & 1:
            if share >> digit & 1:
                word |= random_word(key, 8 * place + digit)
            else:
                word &= random_word(key, 8 * place + digit)
    return word


cdef void flip_row(
    const uint64_t* row, int64_t number, Py_ssize_t n_words, Py_ssize_t n_bits, int share,
    uint64_t key, uint64_t* out
) noexcept nogil:
    cdef Py_ssize_t n_noisy = words_of(n_bits)
    cdef Py_ssize_t w
    cdef uint64_t flips
    for w in range(n_words):
        flips = 0
        if w < n_noisy:
            flips = noisy_word(key, <uint64_t>(number * n_words + w), share)
        if w == n_noisy - 1:
            flips &= ~<uint64_t>0 >> (-n_bits & 63)
        out[w] = row[w] ^ flips


def flip_bits(
    ndarray bits not None,      # IN  uint64 (n, words)
    ndarray rows not None,      # IN  int64 (n,), numbers that tell the rows apart
    Py_ssize_t n_bits,          # that may flip, the first ones of a row
    int share,                  # in 256ths, 0 .. 255
    uint64_t key,
    ndarray out not None,       # OUT uint64 (n, words)
):
    """Flip each bit with probability share / 256, by the stream `key` and the number of its row."""
    cdef Py_ssize_t n = size_of("bits", bits, 0)
    cdef Py_ssize_t n_words = size_of("bits", bits, 1)
    cdef const uint64_t* row = read_words("bits", bits, n, n_words)
    cdef const int64_t* numbers = <const int64_t*>data_of("rows", rows, NPY_INT64, READ, n)
    cdef uint64_t* flipped = write_words("out", out, n, n_words)
    cdef Py_ssize_t i
    if not 0 <= n_bits <= 64 * n_words:
        raise ValueError(f"n_bits is {n_bits}, not within rows of {n_words} words.")
    if not 0 <= share <= 255:
        raise ValueError(f"share is {share}, not in 0 .. 255.")
    with nogil:
        for i in range(n):
            flip_row(row, numbers[i], n_words, n_bits, share, key, flipped)
            row += n_words
            flipped += n_words


def mix(uint64_t key, uint64_t counter):
    """Return the key of stream number `counter` of those that begin at `key`."""
    return mix_keys(key, counter)
