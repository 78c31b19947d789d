"""Products of bit matrices by XOR and popcount.

Weights come as panels, uint64 (n_panels, words, 16): word w of row r is [r // 16, w, r % 16], and
rows past the last are 0.
"""

from cython.parallel import prange
from libc.stdint cimport int32_t, uint64_t

from numpy cimport ndarray

from bepsk.kernels.checks cimport (
    read_panels, read_words, size_of, words_of, write_ints, write_words
)

from bepsk.kernels import cpu

cdef extern from "product.h" nogil:
    void multiply_rows(
        int path, const ternary_rows* t, Py_ssize_t first, Py_ssize_t last,
        const uint64_t* panels, const product_rows* out
    )

cdef int PATH = cpu.PATH
PANEL_ROWS = TILE_NEURONS


cdef void multiply_some(
    const ternary_rows* t, Py_ssize_t first, Py_ssize_t last, const uint64_t* panels,
    const product_rows* out
) noexcept nogil:
    multiply_rows(PATH, t, first, last, panels, out)


cdef void multiply(
    const ternary_rows* t, Py_ssize_t n_rows, const uint64_t* panels, const product_rows* out,
    int n_threads
) noexcept nogil:
    cdef Py_ssize_t i
    cdef Py_ssize_t n_tiles = (n_rows + TILE_SAMPLES - 1) // TILE_SAMPLES
    n_threads = <int>max(1, min(n_threads, n_tiles))
    # A thread keeps its rows from layer to layer, so that they stay in its cache.
    for i in prange(n_threads, schedule="static", num_threads=n_threads):
        multiply_some(
            t, first_row(n_rows, i, n_threads), first_row(n_rows, i + 1, n_threads),
            panels, out
        )


def binary_product(
    ndarray activations not None,   # IN  uint64 (n_samples, words of n_inputs)
    ndarray panels not None,        # IN  uint64 (n_panels, words of n_inputs, 16)
    int32_t n_inputs,
    ndarray z not None,             # OUT int32 (n_samples, n_outputs), or no rows
    ndarray signs not None,         # OUT uint64 (n_samples, words of n_outputs), or no rows
    int n_threads,
):
    """z = W a = n_inputs - 2 popcount(W xor a), and sign(z) (Sec. 3.1)."""
    cdef Py_ssize_t n = size_of("activations", activations, 0)
    cdef Py_ssize_t n_outputs = size_of("z", z, 1)
    cdef const uint64_t* weights = read_panels("panels", panels, n_outputs, n_inputs)
    cdef ternary_rows a
    cdef product_rows out
    a.signs = read_words("activations", activations, n, words_of(n_inputs))
    a.nonzero = NULL
    a.n_words = words_of(n_inputs)
    a.n_inputs = n_inputs
    out.z = write_ints("z", z, n, n_outputs) if size_of("z", z, 0) else NULL
    out.signs = NULL
    if size_of("signs", signs, 0):
        out.signs = write_words("signs", signs, n, words_of(n_outputs))
    out.nonzero = NULL
    out.n_outputs = n_outputs
    with nogil:
        multiply(&a, n, weights, &out, n_threads)


def ternary_product(
    ndarray signs not None,         # IN  uint64 (n, words of n_inputs), 1 where t is +1
    ndarray nonzero not None,       # IN  likewise, 0 where t is 0 and in unused bits
    ndarray panels not None,        # IN  uint64 (n_panels, words of n_inputs, 16)
    ndarray z not None,             # OUT int32 (n, n_outputs), or no rows
    ndarray out_signs not None,     # OUT uint64 (n, words of n_outputs), or no rows
    ndarray out_nonzero not None,   # OUT likewise
    int n_threads,
):
    """v = W t, sign(v) and [ v is not 0 ]; sign(0) = +1 (Eq. 7)."""
    cdef Py_ssize_t n = size_of("signs", signs, 0)
    cdef Py_ssize_t n_words = size_of("signs", signs, 1)
    cdef Py_ssize_t n_outputs = size_of("z", z, 1)
    cdef const uint64_t* weights = read_panels("panels", panels, n_outputs, 64 * n_words)
    cdef ternary_rows t
    cdef product_rows out
    t.signs = read_words("signs", signs, n, n_words)
    t.nonzero = read_words("nonzero", nonzero, n, n_words)
    t.n_words = n_words
    t.n_inputs = 0
    out.z = write_ints("z", z, n, n_outputs) if size_of("z", z, 0) else NULL
    out.signs = out.nonzero = NULL
    if size_of("out_signs", out_signs, 0):
        out.signs = write_words("out_signs", out_signs, n, words_of(n_outputs))
    if size_of("out_nonzero", out_nonzero, 0):
        out.nonzero = write_words("out_nonzero", out_nonzero, n, words_of(n_outputs))
    out.n_outputs = n_outputs
    with nogil:
        multiply(&t, n, weights, &out, n_threads)
