"""Lists of entries per neuron: appended to each other, and without the rows that none names."""

from libc.stdint cimport int32_t
from numpy cimport ndarray

from bepsk.kernels.checks cimport read_indices, read_ints, read_starts, size_of, write_ints


def append_entries(
    ndarray starts not None,        # IN int32 (K + 1,), entries starts[j] .. starts[j + 1] - 1 of j
    ndarray sources not None,       # IN int32 (n,)
    ndarray steps not None,         # IN int32 (n,)
    int32_t shift,
    ndarray ends not None,          # INOUT int32 (K,), where the next entry of each neuron goes
    ndarray all_sources not None,   # OUT int32 (m,), sources + shift
    ndarray all_steps not None,     # OUT int32 (m,)
):
    """Append the entries of each neuron to those that it has."""
    cdef Py_ssize_t n_neurons = size_of("starts", starts, 0) - 1
    cdef Py_ssize_t n = size_of("sources", sources, 0)
    cdef Py_ssize_t room = size_of("all_sources", all_sources, 0)
    cdef const int32_t* first = read_starts("starts", starts, n_neurons, n)
    cdef const int32_t* sources_data = read_ints("sources", sources, n)
    cdef const int32_t* steps_data = read_ints("steps", steps, n)
    cdef int32_t* places = write_ints("ends", ends, n_neurons)
    cdef int32_t* sources_out = write_ints("all_sources", all_sources, room)
    cdef int32_t* steps_out = write_ints("all_steps", all_steps, room)
    cdef Py_ssize_t j, entry, place
    for j in range(n_neurons):
        if not 0 <= places[j] <= room - (first[j + 1] - first[j]):
            raise ValueError(f"ends must leave room for the entries; found {places[j]} of {room}.")
    with nogil:
        for j in range(n_neurons):
            place = places[j] - first[j]
            for entry in range(first[j], first[j + 1]):
                sources_out[place + entry] = sources_data[entry] + shift
                steps_out[place + entry] = steps_data[entry]
            places[j] += first[j + 1] - first[j]


def number_named(
    ndarray sources not None,       # IN  int32 (n,), in 0 .. m - 1
    ndarray numbers not None,       # OUT int32 (m,), among the rows that are named; -1 of others
    ndarray renumbered not None,    # OUT int32 (n,), the numbers of the sources
):
    """Number the rows that sources name, in order."""
    cdef Py_ssize_t n = size_of("sources", sources, 0)
    cdef Py_ssize_t n_rows = size_of("numbers", numbers, 0)
    cdef const int32_t* names = read_indices("sources", sources, n, n_rows)
    cdef int32_t* numbers_out = write_ints("numbers", numbers, n_rows)
    cdef int32_t* renumbered_out = write_ints("renumbered", renumbered, n)
    cdef int32_t n_named = 0
    cdef Py_ssize_t i
    with nogil:
        for i in range(n_rows):
            numbers_out[i] = -1
        for i in range(n):
            numbers_out[names[i]] = 0
        for i in range(n_rows):
            if numbers_out[i] == 0:
                numbers_out[i] = n_named
                n_named += 1
        for i in range(n):
            renumbered_out[i] = numbers_out[names[i]]
