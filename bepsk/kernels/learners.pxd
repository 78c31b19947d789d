from libc.stdint cimport int32_t, uint64_t


cdef extern from "learners.h" nogil:
    ctypedef struct errors:
        const int32_t* z
        const int32_t* rows
        const int32_t* weights
        const uint64_t* signs
        const uint64_t* nonzero
        Py_ssize_t n
        Py_ssize_t n_neurons
        Py_ssize_t n_words
    ctypedef struct learning_counts:
        int32_t[64] asked
        int32_t[64] learned
        int32_t[64] n


cdef void find_learners_of_word(
    const errors* t, const int32_t* windows, Py_ssize_t w, uint64_t* learning,
    learning_counts* counts
) noexcept nogil
cdef void list_learners_of_word(
    const errors* t, const uint64_t* learning, Py_ssize_t w, const int32_t* starts,
    int32_t* sources, int32_t* steps
) noexcept nogil
cdef void list_pairs_of_word(
    const errors* t, const uint64_t* learning, Py_ssize_t w, const int32_t* starts,
    int32_t stride, int32_t* sources, int32_t* totals
) noexcept nogil
cdef void adapt_some(
    int32_t* width, const int32_t* asks, const int32_t* learns, Py_ssize_t n, double share
) noexcept nogil
