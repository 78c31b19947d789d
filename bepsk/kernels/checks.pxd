"""Comparison of what the callers bring: a kernel reads and writes inside of its arrays alone."""

from libc.stdint cimport int32_t, uint32_t


cdef inline Py_ssize_t words_of(Py_ssize_t n_bits) noexcept nogil:
    return (n_bits + 63) >> 6


cdef inline int check_shape(
    str name, const Py_ssize_t* shape, Py_ssize_t a, Py_ssize_t b=-1, Py_ssize_t c=-1,
    Py_ssize_t d=-1
) except -1:
    # As many dimensions are compared as are given.
    cdef bint same = shape[0] == a
    same &= b < 0 or shape[1] == b
    same &= c < 0 or shape[2] == c
    same &= d < 0 or shape[3] == d
    if not same:
        expected = [size for size in (a, b, c, d) if size >= 0]
        found = [shape[axis] for axis in range(len(expected))]
        raise ValueError(f"{name} has the shape {found}, not {expected}.")
    return 0


cdef inline int check_shape_or_empty(
    str name, const Py_ssize_t* shape, Py_ssize_t a, Py_ssize_t b
) except -1:
    # No rows say that an array is not there.
    return check_shape(name, shape, a, b) if shape[0] else 0


cdef inline int check_panels(
    str name, const Py_ssize_t* shape, Py_ssize_t n_rows, Py_ssize_t n_columns
) except -1:
    # A matrix of bits, as panels of 16 interleaved rows.
    return check_shape(name, shape, (n_rows + 15) // 16, words_of(n_columns), 16)


cdef inline int check_indices(str name, const int32_t[::1] indices, Py_ssize_t n) except -1:
    cdef uint32_t end = <uint32_t>min(n, <Py_ssize_t>1 << 31)
    cdef bint outside = False
    cdef Py_ssize_t i
    for i in range(indices.shape[0]):
        outside |= <uint32_t>indices[i] >= end
    if outside:
        raise ValueError(f"{name} must be in 0 .. {n - 1}.")
    return 0


cdef inline int check_starts(const int32_t[::1] starts, Py_ssize_t n_entries) except -1:
    cdef Py_ssize_t n = starts.shape[0] - 1
    cdef bint falls = False
    cdef Py_ssize_t j
    for j in range(n):
        falls |= starts[j] > starts[j + 1]
    if n < 0 or falls or starts[0] != 0 or starts[n] != n_entries:
        raise ValueError(f"starts must rise from 0 to the {n_entries} entries of sources.")
    return 0
