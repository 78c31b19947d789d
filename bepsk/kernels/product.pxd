from libc.stdint cimport int32_t, uint64_t


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


cdef inline Py_ssize_t first_row(Py_ssize_t n, Py_ssize_t t, int n_threads) noexcept nogil:
    # Where the rows of thread t begin: at a whole tile.
    cdef Py_ssize_t n_tiles = (n + TILE_SAMPLES - 1) // TILE_SAMPLES
    return min(n, TILE_SAMPLES * (n_tiles * t // n_threads))


cdef void multiply_some(
    const ternary_rows* t, Py_ssize_t first, Py_ssize_t last, const uint64_t* panels,
    const product_rows* out
) noexcept nogil
