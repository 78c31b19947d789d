"""What the callers bring, checked: a kernel reads and writes inside of its arrays alone.

Kernels take arrays as pointers to their data. A typed memoryview would cost 0.2 us per argument,
20 us per mini-batch.
"""

from libc.stdint cimport int32_t, uint32_t, uint64_t
from numpy cimport (
    NPY_ARRAY_ALIGNED, NPY_ARRAY_C_CONTIGUOUS, NPY_ARRAY_WRITEABLE, NPY_INT32, NPY_UINT64,
    PyArray_CHKFLAGS, PyArray_DATA, PyArray_DIM, PyArray_DescrFromType, PyArray_EquivTypenums,
    PyArray_ISNOTSWAPPED, PyArray_NDIM, PyArray_TYPE, ndarray
)

cdef enum:
    READ = NPY_ARRAY_C_CONTIGUOUS | NPY_ARRAY_ALIGNED
    WRITE = READ | NPY_ARRAY_WRITEABLE


cdef inline Py_ssize_t words_of(Py_ssize_t n_bits) noexcept nogil:
    return (n_bits + 63) >> 6


cdef inline int refuse_shape(str name, ndarray array, tuple expected) except -1:
    found = [PyArray_DIM(array, axis) for axis in range(PyArray_NDIM(array))]
    raise ValueError(f"{name} has the shape {found}, not {[n for n in expected if n >= 0]}.")


cdef inline int refuse_memory(str name, object array, int dtype) except -1:
    flags = "read-only" if not array.flags.writeable else f"strides {array.strides}"
    raise ValueError(
        f"{name} is an array of {array.dtype.str}, {flags}; it must be aligned and in C order, "
        f"writeable if it is an output, and of {PyArray_DescrFromType(dtype)}."
    )


cdef inline Py_ssize_t size_of(str name, ndarray array, int axis) except -1:
    if axis >= PyArray_NDIM(array):
        raise ValueError(f"{name} has {PyArray_NDIM(array)} axes, not {axis + 1} or more.")
    return PyArray_DIM(array, axis)


cdef inline void* data_of(
    str name, ndarray array, int dtype, int flags, Py_ssize_t a, Py_ssize_t b=-1, Py_ssize_t c=-1,
    Py_ssize_t d=-1
) except NULL:
    # The array has as many axes as sizes are given.
    cdef int n_axes = 1 + (b >= 0) + (c >= 0) + (d >= 0)
    if (
        PyArray_NDIM(array) != n_axes
        or PyArray_DIM(array, 0) != a
        or (n_axes > 1 and PyArray_DIM(array, 1) != b)
        or (n_axes > 2 and PyArray_DIM(array, 2) != c)
        or (n_axes > 3 and PyArray_DIM(array, 3) != d)
    ):
        refuse_shape(name, array, (a, b, c, d))
    if (
        (PyArray_TYPE(array) != dtype and not PyArray_EquivTypenums(PyArray_TYPE(array), dtype))
        or not PyArray_ISNOTSWAPPED(array)
        or not PyArray_CHKFLAGS(array, flags)
    ):
        refuse_memory(name, array, dtype)
    return PyArray_DATA(array)


cdef inline const int32_t* read_ints(
    str name, ndarray array, Py_ssize_t a, Py_ssize_t b=-1, Py_ssize_t c=-1
) except NULL:
    return <const int32_t*>data_of(name, array, NPY_INT32, READ, a, b, c)


cdef inline int32_t* write_ints(
    str name, ndarray array, Py_ssize_t a, Py_ssize_t b=-1, Py_ssize_t c=-1
) except NULL:
    return <int32_t*>data_of(name, array, NPY_INT32, WRITE, a, b, c)


cdef inline const uint64_t* read_words(
    str name, ndarray array, Py_ssize_t a, Py_ssize_t b=-1, Py_ssize_t c=-1
) except NULL:
    return <const uint64_t*>data_of(name, array, NPY_UINT64, READ, a, b, c)


cdef inline uint64_t* write_words(
    str name, ndarray array, Py_ssize_t a, Py_ssize_t b=-1, Py_ssize_t c=-1
) except NULL:
    return <uint64_t*>data_of(name, array, NPY_UINT64, WRITE, a, b, c)


cdef inline const uint64_t* read_panels(
    str name, ndarray array, Py_ssize_t n_rows, Py_ssize_t n_columns
) except NULL:
    # A matrix of bits, as panels of 16 interleaved rows.
    return read_words(name, array, (n_rows + 15) // 16, words_of(n_columns), 16)


cdef inline int check_indices(
    str name, const int32_t* indices, Py_ssize_t n_indices, Py_ssize_t n
) except -1:
    cdef uint32_t end = <uint32_t>min(n, <Py_ssize_t>1 << 31)
    cdef bint outside = False
    cdef Py_ssize_t i
    for i in range(n_indices):
        outside |= <uint32_t>indices[i] >= end
    if outside:
        raise ValueError(f"{name} must be in 0 .. {n - 1}.")
    return 0


cdef inline const int32_t* read_indices(
    str name, ndarray array, Py_ssize_t n_indices, Py_ssize_t n
) except NULL:
    # Whole numbers in 0 .. n - 1.
    cdef const int32_t* indices = read_ints(name, array, n_indices)
    check_indices(name, indices, n_indices, n)
    return indices


cdef inline const int32_t* read_starts(
    str name, ndarray array, Py_ssize_t n, Py_ssize_t n_entries
) except NULL:
    # Entries starts[j] .. starts[j + 1] - 1 belong to item j of n.
    cdef const int32_t* starts = read_ints(name, array, n + 1)
    cdef bint falls = False
    cdef Py_ssize_t j
    for j in range(n):
        falls |= starts[j] > starts[j + 1]
    if n < 0 or falls or starts[0] != 0 or starts[n] != n_entries:
        raise ValueError(f"{name} must rise from 0 to the {n_entries} entries of sources.")
    return starts
