"""The update of a recurrent layer: one winner a group for all steps of a series (Sec. 3.5).

Arrays over time are step-major. A series begins at its `first` step; what lies before is padding.
"""

from cython.parallel import prange
from libc.stdint cimport int32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

from bepsk.kernels import cpu

cdef extern from "simd.h" nogil:
    void add_signed(int path, int32_t* delta, const uint64_t* bits, Py_ssize_t n, int32_t step)
    void add_flipped(
        int path, int32_t* total, const int32_t* values, const uint64_t* bits, Py_ssize_t n
    )
    void add_signs_of(int path, int32_t* delta, const int32_t* values, Py_ssize_t n, int32_t step)

cdef int PATH = cpu.PATH


cdef void carry_row(
    const int32_t* previous, int32_t inertia, Py_ssize_t n, int32_t* z
) noexcept nogil:
    cdef Py_ssize_t k
    for k in range(n):
        z[k] += (inertia * previous[k]) >> 8


def carry(
    const int32_t[:, ::1] previous,     # IN    (n_samples, n_neurons), z of the step before
    int32_t inertia,                    # in 256ths
    int32_t[:, ::1] z,                  # INOUT (n_samples, n_neurons)
    int n_threads,
):
    """z_t <- z_t + floor(inertia z_{t-1})."""
    cdef Py_ssize_t i
    for i in prange(z.shape[0], nogil=True, schedule="static", num_threads=n_threads):
        carry_row(&previous[i, 0], inertia, z.shape[1], &z[i, 0])


cdef void stability_of_sample(
    const int32_t[:, :, ::1] z, const uint64_t[:, :, ::1] desired, Py_ssize_t i, Py_ssize_t first,
    int32_t[:, ::1] out
) noexcept nogil:
    cdef Py_ssize_t t
    memset(&out[i, 0], 0, out.shape[1] * sizeof(int32_t))
    for t in range(first, z.shape[0]):
        add_flipped(PATH, &out[i, 0], &z[t, i, 0], &desired[t, i, 0], out.shape[1])


def stability(
    const int32_t[:, :, ::1] z,             # IN  (n_steps, n_samples, n_neurons)
    const uint64_t[:, :, ::1] desired,      # IN  (n_steps, n_samples, words of n_neurons), s*
    const int32_t[::1] first,               # IN  (n_samples,)
    int32_t[:, ::1] out,                    # OUT (n_samples, n_neurons)
    int n_threads,
):
    """S = sum_t s*_t z_t."""
    cdef Py_ssize_t i
    for i in prange(out.shape[0], nogil=True, schedule="static", num_threads=n_threads):
        stability_of_sample(z, desired, i, first[i], out)


cdef int32_t winner(
    const int32_t[:, ::1] stability, Py_ssize_t i, Py_ssize_t first, Py_ssize_t last
) noexcept nogil:
    cdef int32_t best = -1
    cdef Py_ssize_t k
    for k in range(first, last):
        if stability[i, k] < 0 and (best < 0 or stability[i, k] > stability[i, best]):
            best = <int32_t>k
    return best


def winners(
    const int32_t[:, ::1] stability,    # IN  (n_samples, n_neurons)
    Py_ssize_t group_size,
    int32_t[:, ::1] out,                # OUT (n_samples, n_groups)
    int n_threads,
):
    """The unstable neuron (S < 0) nearest to 0 in each group; -1 where all are stable."""
    cdef Py_ssize_t i, g
    for i in prange(stability.shape[0], nogil=True, schedule="static", num_threads=n_threads):
        for g in range(out.shape[1]):
            out[i, g] = winner(
                stability, i, g * group_size, min((g + 1) * group_size, stability.shape[1])
            )


cdef void accumulate_group(
    const int32_t[:, ::1] winners, Py_ssize_t group, const uint64_t[:, :, ::1] desired,
    const uint64_t[:, :, ::1] inputs, const int32_t[::1] first, const int32_t[::1] weights,
    const int32_t[::1] slots, Py_ssize_t group_start, Py_ssize_t group_end, bint clip,
    int32_t* total, int32_t[:, ::1] delta
) noexcept nogil:
    cdef Py_ssize_t i, j, t
    cdef Py_ssize_t n = delta.shape[1]
    cdef int32_t step
    for j in range(group_start, group_end):
        if slots[j] >= 0:
            memset(&delta[slots[j], 0], 0, n * sizeof(int32_t))
    for i in range(winners.shape[0]):
        j = winners[i, group]
        if j < 0:
            continue
        if clip:
            memset(total, 0, n * sizeof(int32_t))
        for t in range(first[i], inputs.shape[0]):
            step = 1 if (desired[t, i, j >> 6] >> (j & 63)) & 1 else -1
            if clip:
                add_signed(PATH, total, &inputs[t, i, 0], n, step)
            else:
                add_signed(PATH, &delta[slots[j], 0], &inputs[t, i, 0], n, 2 * weights[i] * step)
        if clip:
            add_signs_of(PATH, &delta[slots[j], 0], total, n, 2 * weights[i])


def accumulate(
    const int32_t[:, ::1] winners,          # IN  (n_samples, n_groups)
    const uint64_t[:, :, ::1] desired,      # IN  (n_steps, n_samples, words of n_neurons), s*
    const uint64_t[:, :, ::1] inputs,       # IN  (n_steps, n_samples, words of n_inputs)
    const int32_t[::1] first,               # IN  (n_samples,)
    const int32_t[::1] weights,             # IN  (n_samples,), repetitions of each sample
    const int32_t[::1] slots,               # IN  (n_neurons,), row of delta for a winner, or -1
    Py_ssize_t group_size,
    bint clip,
    int32_t[:, ::1] delta,                  # OUT (n_winners, n_inputs)
    int n_threads,
):
    """Sum 2 sum_t s*_t,j x_t, or 2 sign(sum_t s*_t,j x_t), in a row for every winner j."""
    cdef Py_ssize_t group
    cdef Py_ssize_t n = delta.shape[1]
    cdef int32_t* totals = <int32_t*>malloc(winners.shape[1] * n * sizeof(int32_t))
    if totals == NULL:
        raise MemoryError
    # A group's winners are its own rows: no two threads meet.
    for group in prange(
        winners.shape[1], nogil=True, schedule="dynamic", num_threads=n_threads
    ):
        accumulate_group(
            winners, group, desired, inputs, first, weights, slots, group * group_size,
            min((group + 1) * group_size, slots.shape[0]), clip, totals + group * n, delta
        )
    free(totals)
