"""Lists of entries per neuron, appended to each other."""

from libc.stdint cimport int32_t

from bepsk.kernels.checks cimport check_shape, check_starts


def append_entries(
    const int32_t[::1] starts,      # IN (K + 1,), entries starts[j] .. starts[j + 1] - 1 are of j
    const int32_t[::1] sources,     # IN (n,)
    const int32_t[::1] steps,       # IN (n,)
    int32_t shift,
    int32_t[::1] ends,              # INOUT (K,), where the next entry of each neuron goes
    int32_t[::1] all_sources,       # OUT (m,), sources + shift
    int32_t[::1] all_steps,         # OUT (m,)
):
    """Append the entries of each neuron to those that it has."""
    cdef Py_ssize_t n_neurons = starts.shape[0] - 1
    cdef Py_ssize_t room = all_sources.shape[0]
    cdef Py_ssize_t j, entry, place
    check_starts(starts, sources.shape[0])
    check_shape("steps", steps.shape, sources.shape[0])
    check_shape("ends", ends.shape, n_neurons)
    check_shape("all_steps", all_steps.shape, room)
    for j in range(n_neurons):
        if not 0 <= ends[j] <= room - (starts[j + 1] - starts[j]):
            raise ValueError(f"ends must leave room for the entries; found {ends[j]} of {room}.")
    with nogil:
        for j in range(n_neurons):
            place = ends[j] - starts[j]
            for entry in range(starts[j], starts[j + 1]):
                all_sources[place + entry] = sources[entry] + shift
                all_steps[place + entry] = steps[entry]
            ends[j] += starts[j + 1] - starts[j]
