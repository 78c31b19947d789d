"""A counter-based generator: word `index` of the stream `key`, in any order, from any thread."""

from libc.stdint cimport int64_t, uint64_t

from bepsk.kernels.checks cimport check_shape, words_of
from bepsk.kernels.random cimport random_word


def fill_random(
    uint64_t key,           # IN
    uint64_t[::1] out,      # OUT
    uint64_t first=0,
):
    """Fill out[i] with word first + i of the stream `key` (SplitMix64)."""
    cdef Py_ssize_t i
    with nogil:
        for i in range(out.shape[0]):
            out[i] = random_word(key, first + i)


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


def flip_bits(
    const uint64_t[:, ::1] bits,    # IN  (n, words)
    const int64_t[:] rows,          # IN  (n,), numbers that tell the rows apart
    Py_ssize_t n_bits,              # that may flip, the first ones of a row
    int share,                      # in 256ths, 0 .. 255
    uint64_t key,
    uint64_t[:, ::1] out,           # OUT (n, words)
):
    """Flip each bit with probability share / 256, by the stream `key` and the number of its row."""
    cdef Py_ssize_t n = bits.shape[0]
    cdef Py_ssize_t n_words = bits.shape[1]
    cdef Py_ssize_t i, w, n_noisy
    cdef uint64_t flips, last
    check_shape("rows", rows.shape, n)
    check_shape("out", out.shape, n, n_words)
    if not 0 <= n_bits <= 64 * n_words:
        raise ValueError(f"n_bits is {n_bits}, not within rows of {n_words} words.")
    if not 0 <= share <= 255:
        raise ValueError(f"share is {share}, not in 0 .. 255.")
    n_noisy = words_of(n_bits)
    last = ~<uint64_t>0 >> (-n_bits & 63)
    with nogil:
        for i in range(n):
            for w in range(n_words):
                flips = 0
                if w < n_noisy:
                    flips = noisy_word(key, <uint64_t>(rows[i] * n_words + w), share)
                if w == n_noisy - 1:
                    flips &= last
                out[i, w] = bits[i, w] ^ flips


def mix(uint64_t key, uint64_t counter):
    """Return the key of stream number `counter` of those that begin at `key`."""
    return random_word(random_word(key, 0) ^ counter, 0)
