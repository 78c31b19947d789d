from libc.stdint cimport uint64_t


cdef void transpose_square(
    const uint64_t* panels, Py_ssize_t n_panels, Py_ssize_t n_words, Py_ssize_t b, Py_ssize_t w,
    uint64_t* out, Py_ssize_t n_panels_out, Py_ssize_t n_words_out
) noexcept nogil
