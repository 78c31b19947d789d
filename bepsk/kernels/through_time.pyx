"""The update of a recurrent layer: one winner a group for all steps of a series (Sec. 3.5).

Arrays over time are step-major. A series begins at its `first` step; what lies before is padding.
"""

from cython.parallel import prange
from libc.stdint cimport INT32_MAX, int32_t, uint64_t
from libc.string cimport memset

from bepsk.kernels import cpu

cdef extern from "rows.h" nogil:
    void pack_between(
        int path, const int32_t* values, Py_ssize_t n, int32_t low, int32_t high, uint64_t* bits
    )
    void add_flipped(
        int path, int32_t* total, const int32_t* values, const uint64_t* bits, Py_ssize_t n
    )
    void majority_of_steps(
        int path, const uint64_t* desired, Py_ssize_t desired_stride, Py_ssize_t neuron,
        const uint64_t* inputs, Py_ssize_t stride, Py_ssize_t n_steps, Py_ssize_t n_words,
        uint64_t* bits, uint64_t* known
    )

cdef int PATH = cpu.PATH


cdef void advance_row(
    const int32_t* recurrent, const int32_t* previous, int32_t inertia, Py_ssize_t n, int32_t* z
) noexcept nogil:
    cdef Py_ssize_t k
    for k in range(n):
        z[k] += recurrent[k]
    if inertia:
        for k in range(n):
            z[k] += (inertia * previous[k]) >> 8


def advance(
    const int32_t[:, ::1] recurrent,    # IN    (n_samples, n_neurons), Wss s_{t-1}; or no rows
    const int32_t[:, ::1] previous,     # IN    (n_samples, n_neurons), z_{t-1}
    int32_t inertia,                    # in 256ths
    const int32_t[::1] first,           # IN    (n_samples,)
    int32_t t,
    int32_t[:, ::1] z,                  # INOUT (n_samples, n_neurons), Wxs x_t
    uint64_t[:, ::1] states,            # OUT   (n_samples, words of n_neurons)
    int n_threads,
):
    """z_t = Wxs x_t + Wss s_{t-1} + floor(inertia z_{t-1}), and s_t; z_t = 0 in padding."""
    cdef Py_ssize_t i
    for i in prange(z.shape[0], nogil=True, schedule="static", num_threads=n_threads):
        if t < first[i]:
            memset(&z[i, 0], 0, z.shape[1] * sizeof(int32_t))
        elif recurrent.shape[0]:
            advance_row(&recurrent[i, 0], &previous[i, 0], inertia, z.shape[1], &z[i, 0])
        pack_between(PATH, &z[i, 0], z.shape[1], 0, INT32_MAX, &states[i, 0])


cdef void stability_of_sample(
    const int32_t[:, :, ::1] z, Py_ssize_t row, const uint64_t[:, :, ::1] desired, Py_ssize_t i,
    Py_ssize_t first, int32_t[:, ::1] out
) noexcept nogil:
    cdef Py_ssize_t t
    memset(&out[i, 0], 0, out.shape[1] * sizeof(int32_t))
    for t in range(first, z.shape[0]):
        add_flipped(PATH, &out[i, 0], &z[t, row, 0], &desired[t, i, 0], out.shape[1])


def stability(
    const int32_t[:, :, ::1] z,             # IN  (n_steps, n_samples, n_neurons)
    const int32_t[::1] rows,                # IN  (n,), the samples meant
    const uint64_t[:, :, ::1] desired,      # IN  (n_steps, n, words of n_neurons), s*
    const int32_t[::1] first,               # IN  (n,)
    int32_t[:, ::1] out,                    # OUT (n, n_neurons)
    int n_threads,
):
    """S = sum_t s*_t z_t."""
    cdef Py_ssize_t i
    for i in prange(out.shape[0], nogil=True, schedule="static", num_threads=n_threads):
        stability_of_sample(z, rows[i], desired, i, first[i], out)


cdef void majority_of_entry(
    const uint64_t[:, :, ::1] desired, const uint64_t[:, :, ::1] inputs, Py_ssize_t i,
    Py_ssize_t row, Py_ssize_t neuron, Py_ssize_t first, uint64_t* bits, uint64_t* known
) noexcept nogil:
    majority_of_steps(
        PATH, &desired[first, i, 0], desired.shape[1] * desired.shape[2], neuron,
        &inputs[first, row, 0], inputs.shape[1] * inputs.shape[2], inputs.shape[0] - first,
        inputs.shape[2], bits, known
    )


def majority(
    const uint64_t[:, :, ::1] desired,  # IN  (n_steps, m, words of n_neurons), s*
    const uint64_t[:, :, ::1] inputs,   # IN  (n_steps, n_samples, words of n_inputs)
    const int32_t[::1] rows,            # IN  (m,), the samples meant
    const int32_t[::1] first,           # IN  (m,)
    const int32_t[::1] samples,         # IN  (n,), into rows
    const int32_t[::1] neurons,         # IN  (n,)
    uint64_t[:, ::1] bits,              # OUT (n, words of n_inputs)
    uint64_t[:, ::1] known,             # OUT likewise
    int n_threads,
):
    """sign(sum_t s*_t,j x_t) for each sample and neuron j; `known` is 0 where the sum is 0.

    Unused bits of the last words are arbitrary.
    """
    cdef Py_ssize_t e
    for e in prange(bits.shape[0], nogil=True, schedule="static", num_threads=n_threads):
        majority_of_entry(
            desired, inputs, samples[e], rows[samples[e]], neurons[e], first[samples[e]],
            &bits[e, 0], &known[e, 0]
        )
