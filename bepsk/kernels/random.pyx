"""A counter-based generator: word `index` of the stream `key`, in any order, from any thread."""

from libc.stdint cimport uint64_t

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


def mix(uint64_t key, uint64_t counter):
    """Return the key of stream number `counter` of those that begin at `key`."""
    return random_word(random_word(key, 0) ^ counter, 0)
