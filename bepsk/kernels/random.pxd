from libc.stdint cimport int64_t, uint64_t


cdef extern from "random.h" nogil:
    uint64_t random_word(uint64_t key, uint64_t index)


cdef inline uint64_t mix_keys(uint64_t key, uint64_t counter) noexcept nogil:
    return random_word(random_word(key, 0) ^ counter, 0)

cdef void flip_row(
    const uint64_t* row, int64_t number, Py_ssize_t n_words, Py_ssize_t n_bits, int share,
    uint64_t key, uint64_t* out
) noexcept nogil
