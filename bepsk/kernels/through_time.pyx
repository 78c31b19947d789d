"""The update of a recurrent layer: one winner a group for all steps of a series (Sec. 3.5).

Arrays over time are step-major. A series begins at its `first` step; what lies before is padding.
"""

from cython.parallel import prange
from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memset

from numpy cimport ndarray

from bepsk.kernels.checks cimport (
    read_indices, read_ints, read_words, size_of, words_of, write_ints, write_words
)

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
    ndarray recurrent not None,     # IN    int32 (n_samples, n_neurons), Wss s_{t-1}; or no rows
    ndarray previous not None,      # IN    int32 (n_samples, n_neurons), z_{t-1}
    int32_t inertia,                # in 256ths
    ndarray first not None,         # IN    int32 (n_samples,)
    int32_t t,
    ndarray z not None,             # INOUT int32 (n_samples, n_neurons), Wxs x_t
    ndarray states not None,        # OUT   uint64 (n_samples, words of n_neurons)
    int n_threads,
):
    """z_t = Wxs x_t + Wss s_{t-1} + floor(inertia z_{t-1}), and s_t; z_t = 0 in padding."""
    cdef Py_ssize_t n = size_of("z", z, 0)
    cdef Py_ssize_t n_neurons = size_of("z", z, 1)
    cdef Py_ssize_t n_words = words_of(n_neurons)
    cdef int32_t* sums = write_ints("z", z, n, n_neurons)
    cdef const int32_t* fed_back = NULL
    cdef const int32_t* before = read_ints("previous", previous, n, n_neurons)
    cdef const int32_t* begins = read_ints("first", first, n)
    cdef uint64_t* signs = write_words("states", states, n, n_words)
    cdef Py_ssize_t i
    if size_of("recurrent", recurrent, 0):
        fed_back = read_ints("recurrent", recurrent, n, n_neurons)
    for i in prange(n, nogil=True, schedule="static", num_threads=n_threads):
        if t < begins[i]:
            memset(sums + i * n_neurons, 0, n_neurons * sizeof(int32_t))
        advance_row(
            PATH, sums + i * n_neurons, n_neurons,
            fed_back + i * n_neurons if fed_back and t >= begins[i] else NULL,
            before + i * n_neurons, inertia, signs + i * n_words
        )


def carry_back(
    ndarray sums not None,          # IN  int32 (n, n_neurons), Wss^T t of the step after
    ndarray signs not None,         # IN  uint64 (n, words of n_neurons), t = +-1
    ndarray nonzero not None,       # IN  likewise, 0 where t = 0
    int32_t inertia,
    ndarray out_signs not None,     # OUT likewise
    ndarray out_nonzero not None,   # OUT likewise
    int n_threads,
):
    """v = (Wss^T + inertia) t, as sign(v) with sign(0) = +1, and [ v is not 0 ]."""
    cdef Py_ssize_t n = size_of("sums", sums, 0)
    cdef Py_ssize_t n_neurons = size_of("sums", sums, 1)
    cdef Py_ssize_t n_words = words_of(n_neurons)
    cdef const int32_t* v = read_ints("sums", sums, n, n_neurons)
    cdef const uint64_t* up = read_words("signs", signs, n, n_words)
    cdef const uint64_t* known = read_words("nonzero", nonzero, n, n_words)
    cdef uint64_t* up_before = write_words("out_signs", out_signs, n, n_words)
    cdef uint64_t* known_before = write_words("out_nonzero", out_nonzero, n, n_words)
    cdef Py_ssize_t i
    for i in prange(n, nogil=True, schedule="static", num_threads=n_threads):
        carry_back_row(
            PATH, v + i * n_neurons, n_neurons, up + i * n_words, known + i * n_words, inertia,
            up_before + i * n_words, known_before + i * n_words
        )


cdef void stability_of_sample(
    const int32_t* z, Py_ssize_t z_stride, const uint64_t* desired, Py_ssize_t desired_stride,
    Py_ssize_t first, Py_ssize_t n_steps, Py_ssize_t n_neurons, int32_t* out
) noexcept nogil:
    cdef Py_ssize_t t
    memset(out, 0, n_neurons * sizeof(int32_t))
    for t in range(first, n_steps):
        add_flipped(PATH, out, z + t * z_stride, desired + t * desired_stride, n_neurons)


def stability(
    ndarray z not None,             # IN  int32 (n_steps, n_samples, n_neurons)
    ndarray triggered not None,     # IN  int32 (n,), the samples meant
    ndarray desired not None,       # IN  uint64 (n_steps, n, words of n_neurons), s*
    ndarray first not None,         # IN  int32 (n,)
    ndarray out not None,           # OUT int32 (n, n_neurons)
    int n_threads,
):
    """S = sum_t s*_t z_t."""
    cdef Py_ssize_t n_steps = size_of("z", z, 0)
    cdef Py_ssize_t n_samples = size_of("z", z, 1)
    cdef Py_ssize_t n_neurons = size_of("z", z, 2)
    cdef Py_ssize_t n_words = words_of(n_neurons)
    cdef Py_ssize_t n = size_of("triggered", triggered, 0)
    cdef const int32_t* sums = read_ints("z", z, n_steps, n_samples, n_neurons)
    cdef const int32_t* samples = read_indices("triggered", triggered, n, n_samples)
    cdef const uint64_t* wanted = read_words("desired", desired, n_steps, n, n_words)
    cdef const int32_t* begins = read_indices("first", first, n, n_steps + 1)
    cdef int32_t* total = write_ints("out", out, n, n_neurons)
    cdef Py_ssize_t i
    for i in prange(n, nogil=True, schedule="static", num_threads=n_threads):
        stability_of_sample(
            sums + samples[i] * n_neurons, n_samples * n_neurons, wanted + i * n_words,
            n * n_words, begins[i], n_steps, n_neurons, total + i * n_neurons
        )


cdef struct entries:
    # What all entries of `majority` share.
    const uint64_t* desired
    const uint64_t* inputs
    const int32_t* triggered
    const int32_t* first
    const int32_t* samples
    const int32_t* neurons
    Py_ssize_t n_steps
    Py_ssize_t n_words
    Py_ssize_t desired_words
    Py_ssize_t desired_stride
    Py_ssize_t stride


cdef void majority_of_entry(
    const entries* of, Py_ssize_t e, uint64_t* bits, uint64_t* known
) noexcept nogil:
    cdef Py_ssize_t i = of.samples[e]
    cdef Py_ssize_t first = of.first[i]
    majority_of_steps(
        PATH, of.desired + first * of.desired_stride + i * of.desired_words, of.desired_stride,
        of.neurons[e], of.inputs + first * of.stride + of.triggered[i] * of.n_words, of.stride,
        of.n_steps - first, of.n_words, bits + e * of.n_words, known + e * of.n_words
    )


def majority(
    ndarray desired not None,       # IN  uint64 (n_steps, m, words of n_neurons), s*
    ndarray inputs not None,        # IN  uint64 (n_steps, n_samples, words of n_inputs)
    ndarray triggered not None,     # IN  int32 (m,), the samples meant
    ndarray first not None,         # IN  int32 (m,)
    ndarray samples not None,       # IN  int32 (n,), into triggered
    ndarray neurons not None,       # IN  int32 (n,)
    ndarray bits not None,          # OUT uint64 (n, words of n_inputs)
    ndarray known not None,         # OUT likewise
    int n_threads,
):
    """sign(sum_t s*_t,j x_t) for each sample and neuron j; `known` is 0 where the sum is 0.

    Unused bits of the last words are arbitrary.
    """
    cdef Py_ssize_t n_samples = size_of("inputs", inputs, 1)
    cdef Py_ssize_t m = size_of("triggered", triggered, 0)
    cdef Py_ssize_t n = size_of("samples", samples, 0)
    cdef Py_ssize_t e
    cdef uint64_t* bits_out
    cdef uint64_t* known_out
    cdef entries of
    of.n_steps = size_of("inputs", inputs, 0)
    of.n_words = size_of("inputs", inputs, 2)
    of.desired_words = size_of("desired", desired, 2)
    of.desired_stride = m * of.desired_words
    of.stride = n_samples * of.n_words
    of.desired = read_words("desired", desired, of.n_steps, m, of.desired_words)
    of.inputs = read_words("inputs", inputs, of.n_steps, n_samples, of.n_words)
    of.triggered = read_indices("triggered", triggered, m, n_samples)
    of.first = read_indices("first", first, m, of.n_steps + 1)
    of.samples = read_indices("samples", samples, n, m)
    of.neurons = read_indices("neurons", neurons, n, 64 * of.desired_words)
    bits_out = write_words("bits", bits, n, of.n_words)
    known_out = write_words("known", known, n, of.n_words)
    for e in prange(n, nogil=True, schedule="static", num_threads=n_threads):
        majority_of_entry(&of, e, bits_out, known_out)
