"""The update of a recurrent layer: one winner a group for all steps of a series (Sec. 3.5).

Arrays over time are step-major. A series begins at its `first` step; what lies before is padding.
"""

from cython.parallel import prange
from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memset

from bepsk.kernels import cpu

cdef extern from "rows.h" nogil:
    void add_flipped(
        int path, int32_t* total, const int32_t* values, const uint64_t* bits, Py_ssize_t n
    )

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


cdef void majority_of_entry(
    const uint64_t[:, :, ::1] desired, const uint64_t[:, :, ::1] inputs, Py_ssize_t sample,
    Py_ssize_t neuron, Py_ssize_t first, uint64_t* bits, uint64_t* known
) noexcept nogil:
    # Counters of agreements in bit planes: plane p of 64 inputs holds bit p of their counts.
    cdef uint64_t[32] planes
    cdef uint64_t carry, full, above, below
    cdef Py_ssize_t w, t
    cdef Py_ssize_t n_steps = inputs.shape[0] - first
    cdef int n_planes = 0
    cdef int p
    while n_steps >> n_planes:
        n_planes += 1
    for w in range(inputs.shape[2]):
        for p in range(n_planes):
            planes[p] = 0
        for t in range(first, inputs.shape[0]):
            carry = inputs[t, sample, w]
            if not (desired[t, sample, neuron >> 6] >> (neuron & 63)) & 1:
                carry = ~carry
            for p in range(n_planes):
                full = planes[p] & carry
                planes[p] ^= carry
                carry = full
        # Twice the count against the number of steps, from the highest bit down.
        above = 0
        below = 0
        for p in range(n_planes - 1, -1, -1):
            full = ~<uint64_t>0 if (n_steps >> (p + 1)) & 1 else 0
            carry = ~(above | below)
            above |= carry & planes[p] & ~full
            below |= carry & ~planes[p] & full
        if n_steps & 1:
            below = ~above
        bits[w] = above
        known[w] = above | below


def majority(
    const uint64_t[:, :, ::1] desired,  # IN  (n_steps, n_samples, words of n_neurons), s*
    const uint64_t[:, :, ::1] inputs,   # IN  (n_steps, n_samples, words of n_inputs)
    const int32_t[::1] first,           # IN  (n_samples,)
    const int32_t[::1] samples,         # IN  (n,)
    const int32_t[::1] neurons,         # IN  (n,)
    uint64_t[:, ::1] bits,              # OUT (n, words of n_inputs)
    uint64_t[:, ::1] known,             # OUT likewise
    int n_threads,
):
    """sign(sum_t s*_t,j x_t) for each sample and neuron j; `known` is 0 where the sum is 0."""
    cdef Py_ssize_t e
    for e in prange(bits.shape[0], nogil=True, schedule="static", num_threads=n_threads):
        majority_of_entry(
            desired, inputs, samples[e], neurons[e], first[samples[e]], &bits[e, 0], &known[e, 0]
        )
