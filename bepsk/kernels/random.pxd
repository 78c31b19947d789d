from libc.stdint cimport uint64_t


cdef inline uint64_t random_word(uint64_t key, uint64_t index) noexcept nogil:
    # SplitMix64: a Weyl sequence through a finaliser.
    cdef uint64_t x = key + (index + 1) * <uint64_t>0x9E3779B97F4A7C15
    x = (x ^ (x >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    x = (x ^ (x >> 27)) * <uint64_t>0x94D049BB133111EB
    return x ^ (x >> 31)
