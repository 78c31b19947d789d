"""A counter-based generator: word `index` of the stream `key`, in any order, from any thread."""

from libc.stdint cimport uint64_t

from bepsk.kernels.random cimport random_word


def fill_random(
    uint64_t key,           # IN
    uint64_t[::1] out,      # OUT
):
    """Fill out[i] with word i of the stream `key` (SplitMix64)."""
    cdef Py_ssize_t i
    with nogil:
        for i in range(out.shape[0]):
            out[i] = random_word(key, i)
