from libc.stdint cimport uint64_t


cdef extern from "random.h" nogil:
    uint64_t random_word(uint64_t key, uint64_t index)
