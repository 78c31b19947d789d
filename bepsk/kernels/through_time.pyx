"""The update of a recurrent layer: one winner a group for all steps of a series (Sec. 3.5).

Arrays over time are step-major. A series begins at its `first` step; what lies before is padding.
"""

from cython.parallel import prange
from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memset

from bepsk.kernels.checks cimport check_indices, check_shape, check_shape_or_empty, words_of

from bepsk.kernels import cpu

cdef extern from "through_time.h" nogil:
    void advance_row(
        int path, int32_t* z, Py_ssize_t n, const int32_t* recurrent, const int32_t* previous,
        int32_t inertia, uint64_t* states
    )
    void carry_back_row(
        int path, const int32_t* sums, Py_ssize_t n, const uint64_t* signs,
        const uint64_t* nonzero, int32_t inertia, uint64_t* out_signs, uint64_t* out_nonzero
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
    cdef Py_ssize_t n = z.shape[0]
    cdef Py_ssize_t n_neurons = z.shape[1]
    cdef bint recurs = recurrent.shape[0] > 0
    cdef Py_ssize_t i
    check_shape_or_empty("recurrent", recurrent.shape, n, n_neurons)
    check_shape("previous", previous.shape, n, n_neurons)
    check_shape("first", first.shape, n)
    check_shape("states", states.shape, n, words_of(n_neurons))
    for i in prange(n, nogil=True, schedule="static", num_threads=n_threads):
        if t < first[i]:
            memset(&z[i, 0], 0, n_neurons * sizeof(int32_t))
        advance_row(
            PATH, &z[i, 0], n_neurons, &recurrent[i, 0] if recurs and t >= first[i] else NULL,
            &previous[i, 0], inertia, &states[i, 0]
        )


def carry_back(
    const int32_t[:, ::1] sums,         # IN  (n, n_neurons), Wss^T t of the step after
    const uint64_t[:, ::1] signs,       # IN  (n, words of n_neurons), t = +-1
    const uint64_t[:, ::1] nonzero,     # IN  likewise, 0 where t = 0
    int32_t inertia,
    uint64_t[:, ::1] out_signs,         # OUT likewise
    uint64_t[:, ::1] out_nonzero,       # OUT likewise
    int n_threads,
):
    """v = (Wss^T + inertia) t, as sign(v) with sign(0) = +1, and [ v is not 0 ]."""
    cdef Py_ssize_t n = sums.shape[0]
    cdef Py_ssize_t n_words = words_of(sums.shape[1])
    cdef Py_ssize_t i
    check_shape("signs", signs.shape, n, n_words)
    check_shape("nonzero", nonzero.shape, n, n_words)
    check_shape("out_signs", out_signs.shape, n, n_words)
    check_shape("out_nonzero", out_nonzero.shape, n, n_words)
    for i in prange(n, nogil=True, schedule="static", num_threads=n_threads):
        carry_back_row(
            PATH, &sums[i, 0], sums.shape[1], &signs[i, 0], &nonzero[i, 0], inertia,
            &out_signs[i, 0], &out_nonzero[i, 0]
        )


cdef void stability_of_sample(
    const int32_t[:, :, ::1] z, Py_ssize_t sample, const uint64_t[:, :, ::1] desired, Py_ssize_t i,
    Py_ssize_t first, int32_t[:, ::1] out
) noexcept nogil:
    cdef Py_ssize_t t
    memset(&out[i, 0], 0, out.shape[1] * sizeof(int32_t))
    for t in range(first, z.shape[0]):
        add_flipped(PATH, &out[i, 0], &z[t, sample, 0], &desired[t, i, 0], out.shape[1])


def stability(
    const int32_t[:, :, ::1] z,             # IN  (n_steps, n_samples, n_neurons)
    const int32_t[::1] triggered,           # IN  (n,), the samples meant
    const uint64_t[:, :, ::1] desired,      # IN  (n_steps, n, words of n_neurons), s*
    const int32_t[::1] first,               # IN  (n,)
    int32_t[:, ::1] out,                    # OUT (n, n_neurons)
    int n_threads,
):
    """S = sum_t s*_t z_t."""
    cdef Py_ssize_t n = triggered.shape[0]
    cdef Py_ssize_t n_neurons = z.shape[2]
    cdef Py_ssize_t i
    check_indices("triggered", triggered, z.shape[1])
    check_shape("desired", desired.shape, z.shape[0], n, words_of(n_neurons))
    check_shape("first", first.shape, n)
    check_indices("first", first, z.shape[0] + 1)
    check_shape("out", out.shape, n, n_neurons)
    for i in prange(n, nogil=True, schedule="static", num_threads=n_threads):
        stability_of_sample(z, triggered[i], desired, i, first[i], out)


cdef void majority_of_entry(
    const uint64_t[:, :, ::1] desired, const uint64_t[:, :, ::1] inputs, Py_ssize_t i,
    Py_ssize_t sample, Py_ssize_t neuron, Py_ssize_t first, uint64_t* bits, uint64_t* known
) noexcept nogil:
    majority_of_steps(
        PATH, &desired[first, i, 0], desired.shape[1] * desired.shape[2], neuron,
        &inputs[first, sample, 0], inputs.shape[1] * inputs.shape[2], inputs.shape[0] - first,
        inputs.shape[2], bits, known
    )


def majority(
    const uint64_t[:, :, ::1] desired,  # IN  (n_steps, m, words of n_neurons), s*
    const uint64_t[:, :, ::1] inputs,   # IN  (n_steps, n_samples, words of n_inputs)
    const int32_t[::1] triggered,       # IN  (m,), the samples meant
    const int32_t[::1] first,           # IN  (m,)
    const int32_t[::1] samples,         # IN  (n,), into triggered
    const int32_t[::1] neurons,         # IN  (n,)
    uint64_t[:, ::1] bits,              # OUT (n, words of n_inputs)
    uint64_t[:, ::1] known,             # OUT likewise
    int n_threads,
):
    """sign(sum_t s*_t,j x_t) for each sample and neuron j; `known` is 0 where the sum is 0.

    Unused bits of the last words are arbitrary.
    """
    cdef Py_ssize_t m = triggered.shape[0]
    cdef Py_ssize_t n = samples.shape[0]
    cdef Py_ssize_t e
    check_shape("desired", desired.shape, inputs.shape[0], m)
    check_indices("triggered", triggered, inputs.shape[1])
    check_shape("first", first.shape, m)
    check_indices("first", first, inputs.shape[0] + 1)
    check_indices("samples", samples, m)
    check_shape("neurons", neurons.shape, n)
    check_indices("neurons", neurons, 64 * desired.shape[2])
    check_shape("bits", bits.shape, n, inputs.shape[2])
    check_shape("known", known.shape, n, inputs.shape[2])
    for e in prange(n, nogil=True, schedule="static", num_threads=n_threads):
        majority_of_entry(
            desired, inputs, samples[e], triggered[samples[e]], neurons[e], first[samples[e]],
            &bits[e, 0], &known[e, 0]
        )
