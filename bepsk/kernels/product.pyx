"""Products of bit matrices by XOR and popcount.

Weights come as panels, uint64 (n_panels, words, 16): word w of row r is [r // 16, w, r % 16], and
rows past the last are 0.
"""

from cython.parallel import prange
from libc.stdint cimport int32_t, uint64_t

from bepsk.kernels.checks cimport check_panels, check_shape, check_shape_or_empty, words_of

from bepsk.kernels import cpu

cdef extern from "product.h" nogil:
    enum:
        TILE_SAMPLES
        TILE_NEURONS
    ctypedef struct ternary_rows:
        const uint64_t* signs
        const uint64_t* nonzero
        Py_ssize_t n_words
        int32_t n_inputs
    ctypedef struct product_rows:
        int32_t* z
        uint64_t* signs
        uint64_t* nonzero
        Py_ssize_t n_outputs
    void multiply_rows(
        int path, const ternary_rows* t, Py_ssize_t first, Py_ssize_t last,
        const uint64_t* panels, const product_rows* out
    )

cdef int PATH = cpu.PATH
PANEL_ROWS = TILE_NEURONS


cdef inline Py_ssize_t first_row(Py_ssize_t n, Py_ssize_t t, int n_threads) noexcept nogil:
    # Where the rows of thread t begin: at a whole tile.
    cdef Py_ssize_t n_tiles = (n + TILE_SAMPLES - 1) // TILE_SAMPLES
    return min(n, TILE_SAMPLES * (n_tiles * t // n_threads))


cdef void multiply(
    const ternary_rows* t, Py_ssize_t n_rows, const uint64_t[:, :, ::1] panels,
    const product_rows* out, int n_threads
) noexcept nogil:
    cdef Py_ssize_t i
    cdef Py_ssize_t n_tiles = (n_rows + TILE_SAMPLES - 1) // TILE_SAMPLES
    n_threads = <int>max(1, min(n_threads, n_tiles))
    # A thread keeps its rows from layer to layer, so that they stay in its cache.
    for i in prange(n_threads, schedule="static", num_threads=n_threads):
        multiply_rows(
            PATH, t, first_row(n_rows, i, n_threads), first_row(n_rows, i + 1, n_threads),
            &panels[0, 0, 0], out
        )


def binary_product(
    const uint64_t[:, ::1] activations,     # IN  (n_samples, words of n_inputs)
    const uint64_t[:, :, ::1] panels,       # IN  (n_panels, words of n_inputs, 16)
    int32_t n_inputs,
    int32_t[:, ::1] z,                      # OUT (n_samples, n_outputs), or no rows
    uint64_t[:, ::1] signs,                 # OUT (n_samples, words of n_outputs), or no rows
    int n_threads,
):
    """z = W a = n_inputs - 2 popcount(W xor a), and sign(z) (Sec. 3.1)."""
    cdef Py_ssize_t n_rows = activations.shape[0]
    cdef ternary_rows a
    cdef product_rows out
    check_shape("activations", activations.shape, n_rows, words_of(n_inputs))
    check_panels("panels", panels.shape, z.shape[1], n_inputs)
    check_shape_or_empty("z", z.shape, n_rows, z.shape[1])
    check_shape_or_empty("signs", signs.shape, n_rows, words_of(z.shape[1]))
    a.signs = &activations[0, 0]
    a.nonzero = NULL
    a.n_words = activations.shape[1]
    a.n_inputs = n_inputs
    out.z = &z[0, 0] if z.shape[0] else NULL
    out.signs = &signs[0, 0] if signs.shape[0] else NULL
    out.nonzero = NULL
    out.n_outputs = z.shape[1]
    with nogil:
        multiply(&a, n_rows, panels, &out, n_threads)


def ternary_product(
    const uint64_t[:, ::1] signs,           # IN  (n, words of n_inputs), 1 where t is +1
    const uint64_t[:, ::1] nonzero,         # IN  likewise, 0 where t is 0 and in unused bits
    const uint64_t[:, :, ::1] panels,       # IN  (n_panels, words of n_inputs, 16)
    int32_t[:, ::1] z,                      # OUT (n, n_outputs), or no rows
    uint64_t[:, ::1] out_signs,             # OUT (n, words of n_outputs), or no rows
    uint64_t[:, ::1] out_nonzero,           # OUT likewise
    int n_threads,
):
    """v = W t, sign(v) and [ v is not 0 ]; sign(0) = +1 (Eq. 7)."""
    cdef Py_ssize_t n_rows = signs.shape[0]
    cdef Py_ssize_t n_words = signs.shape[1]
    cdef ternary_rows t
    cdef product_rows out
    check_shape("nonzero", nonzero.shape, n_rows, n_words)
    check_panels("panels", panels.shape, z.shape[1], 64 * n_words)
    check_shape_or_empty("z", z.shape, n_rows, z.shape[1])
    check_shape_or_empty("out_signs", out_signs.shape, n_rows, words_of(z.shape[1]))
    check_shape_or_empty("out_nonzero", out_nonzero.shape, n_rows, words_of(z.shape[1]))
    t.signs = &signs[0, 0]
    t.nonzero = &nonzero[0, 0]
    t.n_words = n_words
    t.n_inputs = 0
    out.z = &z[0, 0] if z.shape[0] else NULL
    out.signs = &out_signs[0, 0] if out_signs.shape[0] else NULL
    out.nonzero = &out_nonzero[0, 0] if out_nonzero.shape[0] else NULL
    out.n_outputs = z.shape[1]
    with nogil:
        multiply(&t, n_rows, panels, &out, n_threads)
