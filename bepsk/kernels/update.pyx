"""Errors, and how they change weights: trigger, gate, update, reinforcement (Sec. 3.2, 3.3)."""

from cython.parallel import prange
from libc.stdint cimport (
    INT32_MIN, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
)

from bepsk.kernels.checks cimport (
    check_indices, check_panels, check_shape, check_shape_or_empty, check_starts, words_of
)
from bepsk.kernels.random cimport random_word

from bepsk.kernels import cpu

cdef extern from "update.h" nogil:
    ctypedef struct increments:
        const int32_t* sources
        const int32_t* steps
        Py_ssize_t n
        const uint64_t* inputs
        const uint64_t* known
        Py_ssize_t n_rows
        Py_ssize_t n_words
        const uint16_t* sizes
        const uint16_t* minus
        const uint16_t* dither
        uint16_t shift
    void gate_row(
        int path, const int32_t* z, Py_ssize_t n, const int32_t* widths, const uint64_t* nonzero,
        uint64_t* out
    )
    void add_to_row(
        int path, int16_t* hidden, Py_ssize_t n, const increments* row, int32_t limit,
        uint64_t* signs, Py_ssize_t signs_stride
    )
    void reinforce_row(
        int path, int16_t* hidden, Py_ssize_t n, const uint32_t* survival,
        const uint8_t* at_least, uint64_t key, int32_t limit
    )

cdef int PATH = cpu.PATH


def trigger(
    const int32_t[:, ::1] logits,       # IN  (n_samples, n_classes)
    const Py_ssize_t[:] classes,        # IN  (n_samples,)
    const int32_t[:] sample_weight,     # IN  (n_samples,)
    double bound,                       # r K
    int32_t[::1] triggered,             # OUT (n_samples,), the first n
    int32_t[::1] rivals,                # OUT likewise: the first strongest other class
):
    """Find who leads by less than the bound, y_c - max_{c' != c} y_c' < r K (Eq. 1).

    Returns n, and the weights of those samples, of the misclassified samples, and of all.
    Samples of weight 0 are left out.
    """
    cdef Py_ssize_t n_samples = logits.shape[0]
    cdef Py_ssize_t n = 0
    cdef int64_t n_triggered = 0
    cdef int64_t n_wrong = 0
    cdef int64_t n_all = 0
    cdef int64_t y, highest
    cdef Py_ssize_t i, c, rival
    check_shape("classes", classes.shape, n_samples)
    check_shape("sample_weight", sample_weight.shape, n_samples)
    check_shape("triggered", triggered.shape, n_samples)
    check_shape("rivals", rivals.shape, n_samples)
    for i in range(n_samples):
        if not 0 <= classes[i] < logits.shape[1]:
            raise ValueError(f"classes must be in 0 .. {logits.shape[1] - 1}.")
    with nogil:
        for i in range(n_samples):
            if sample_weight[i] == 0:
                continue
            highest = INT32_MIN
            rival = 0
            for c in range(logits.shape[1]):
                if c != classes[i] and logits[i, c] > highest:
                    highest = logits[i, c]
                    rival = c
            y = logits[i, classes[i]]
            n_all += sample_weight[i]
            if y < highest or (y == highest and rival < classes[i]):
                n_wrong += sample_weight[i]
            if y - highest < bound:
                n_triggered += sample_weight[i]
                triggered[n] = <int32_t>i
                rivals[n] = <int32_t>rival
                n += 1
    return n, n_triggered, n_wrong, n_all


def gate(
    const int32_t[:, ::1] z,            # IN  (n_samples, n_neurons)
    const int32_t[::1] triggered,       # IN  (n,), the samples meant
    const int32_t[::1] widths,          # IN  (n_neurons,), floor(nu K), K the fan-in
    const uint64_t[:, ::1] nonzero,     # IN  (n, words of n_neurons); no rows stand for all ones
    uint64_t[:, ::1] out,               # OUT (n, words of n_neurons)
    int n_threads,
):
    """Where a* is not 0, and |z_j| <= widths[j] (Eq. 5)."""
    cdef Py_ssize_t n = triggered.shape[0]
    cdef Py_ssize_t n_words = words_of(z.shape[1])
    cdef Py_ssize_t i
    check_indices("triggered", triggered, z.shape[0])
    check_shape("widths", widths.shape, z.shape[1])
    check_shape_or_empty("nonzero", nonzero.shape, n, n_words)
    check_shape("out", out.shape, n, n_words)
    for i in prange(n, nogil=True, schedule="static", num_threads=n_threads):
        gate_row(
            PATH, &z[triggered[i], 0], z.shape[1], &widths[0],
            &nonzero[i, 0] if nonzero.shape[0] else NULL, &out[i, 0]
        )


def settle_ties(
    uint64_t[:, ::1] signs,                 # INOUT (n, words of n_neurons), sign(0) = +1
    uint64_t[:, ::1] nonzero,               # INOUT likewise; all ones afterwards
    Py_ssize_t n_neurons,
    const uint64_t[:, ::1] activations,     # IN    (n_samples, words of n_neurons), or no rows
    const int32_t[::1] triggered,           # IN    (n,), rows of the activations
):
    """Leave no error 0: where it is, it becomes the present activation, or +1 without these."""
    cdef Py_ssize_t n = triggered.shape[0]
    cdef Py_ssize_t n_words = words_of(n_neurons)
    cdef uint64_t last = ~<uint64_t>0 >> (-n_neurons & 63)
    cdef Py_ssize_t i, w
    check_shape("signs", signs.shape, n, n_words)
    check_shape("nonzero", nonzero.shape, n, n_words)
    if activations.shape[0]:
        check_shape("activations", activations.shape, activations.shape[0], n_words)
        check_indices("triggered", triggered, activations.shape[0])
    with nogil:
        for i in range(n):
            for w in range(n_words):
                if activations.shape[0]:
                    signs[i, w] &= nonzero[i, w] | activations[triggered[i], w]
                nonzero[i, w] = last if w == n_words - 1 else ~<uint64_t>0


def draw_centring(
    const int32_t[::1] means,       # IN  (n_inputs,), of the inputs, in 2^-15
    uint64_t key,
    uint16_t[:, ::1] centring,      # OUT (3, 64 words of n_inputs), for `update_weights`
):
    """Split the means into sizes, and all ones where one is negative; draw 15 bits for each.

    The bits of input k are those of word k // 4 of the stream, as twice the number.
    """
    cdef Py_ssize_t n = means.shape[0]
    cdef Py_ssize_t n_padded = 64 * words_of(n)
    cdef bint outside = False
    cdef uint64_t word = 0
    cdef int32_t mean
    cdef Py_ssize_t k
    check_shape("centring", centring.shape, 3, n_padded)
    for k in range(n_padded):
        mean = means[k] if k < n else 0
        outside |= not -32768 <= mean <= 32768
        word = word >> 16 if k & 3 else random_word(key, k >> 2)
        centring[0, k] = <uint16_t>(0 - <uint32_t>mean if mean < 0 else <uint32_t>mean)
        centring[1, k] = <uint16_t>(mean >> 31)
        centring[2, k] = <uint16_t>(word & 0xFFFE)
    if outside:
        raise ValueError("means must be in -32768 .. 32768.")


cdef void update_row(
    int16_t[:, ::1] hidden_weights, uint64_t[:, :, ::1] panels, Py_ssize_t j,
    const int32_t[::1] starts, const int32_t[::1] sources, const int32_t[::1] steps,
    const uint64_t[:, ::1] inputs, const uint64_t[:, ::1] known,
    const uint16_t[:, ::1] centring, int32_t limit, const uint32_t[::1] survival,
    const uint8_t[::1] at_least, uint64_t key
) noexcept nogil:
    cdef increments row
    row.n = starts[j + 1] - starts[j]
    if row.n:
        row.sources = &sources[starts[j]]
        row.steps = &steps[starts[j]]
        row.inputs = &inputs[0, 0]
        row.known = &known[0, 0] if known.shape[0] else NULL
        row.n_rows = inputs.shape[0]
        row.n_words = inputs.shape[1]
        row.sizes = row.minus = row.dither = NULL
        if centring.shape[0]:
            row.sizes = &centring[0, 0]
            row.minus = &centring[1, 0]
            row.dither = &centring[2, 0]
        row.shift = <uint16_t>(2 * random_word(~key, j))
        add_to_row(
            PATH, &hidden_weights[j, 0], hidden_weights.shape[1], &row, limit,
            &panels[j >> 4, 0, j & 15], panels.shape[2]
        )
    if survival.shape[0]:
        reinforce_row(
            PATH, &hidden_weights[j, 0], hidden_weights.shape[1], &survival[0], &at_least[0],
            random_word(key, j), limit
        )


def update_weights(
    int16_t[:, ::1] hidden_weights,     # INOUT (n_neurons, n_inputs), odd
    uint64_t[:, :, ::1] panels,         # INOUT visible weights
    const int32_t[::1] starts,          # IN    (n_neurons + 1,), first increment of each neuron
    const int32_t[::1] sources,         # IN    (n,), the row of `inputs` that is added
    const int32_t[::1] steps,           # IN    (n,), and how many times
    const uint64_t[:, ::1] inputs,      # IN    (m, words of n_inputs)
    const uint64_t[:, ::1] known,       # IN    likewise, 0 where an input counts as 0; or no rows
    const uint16_t[:, ::1] centring,    # IN    (3, 64 words of n_inputs); or no rows
    int32_t limit,
    const uint32_t[::1] survival,       # IN    (256,), P(gap > i) in units of 2^-32; or empty
    const uint8_t[::1] at_least,        # IN    (4096,), how many exceed all u of these 12 bits
    uint64_t key,
    int n_threads,
):
    """H <- saturate(H + sum of increments) to [-limit, limit], W <- sign(H); then reinforcement.

    With means m the increments are those of centred inputs, steps_i (s_i - m / 2^15), rounded to
    even numbers at random: down after 15 random bits are added, those of `draw_centring` plus a
    number drawn for the row. Reinforcement is h <- h + 2 sign(h), saturated, at gaps drawn from a
    geometric law (Sec. 3.3). A row is read and written once for all of this.
    """
    cdef Py_ssize_t n_neurons = hidden_weights.shape[0]
    cdef Py_ssize_t n_inputs = hidden_weights.shape[1]
    cdef Py_ssize_t j
    check_panels("panels", panels.shape, n_neurons, n_inputs)
    check_shape("starts", starts.shape, n_neurons + 1)
    check_starts(starts, sources.shape[0])
    check_indices("sources", sources, inputs.shape[0])
    check_shape("steps", steps.shape, sources.shape[0])
    check_shape("inputs", inputs.shape, inputs.shape[0], words_of(n_inputs))
    check_shape_or_empty("known", known.shape, inputs.shape[0], inputs.shape[1])
    check_shape_or_empty("centring", centring.shape, 3, 64 * inputs.shape[1])
    if centring.shape[0] and known.shape[0]:
        raise ValueError("centring and known exclude each other.")
    if survival.shape[0]:
        check_shape("survival", survival.shape, 256)
        check_shape("at_least", at_least.shape, 4096)
        if survival[255] != 0:
            raise ValueError("survival must end with a 0.")
    for j in prange(n_neurons, nogil=True, schedule="static", num_threads=n_threads):
        update_row(
            hidden_weights, panels, j, starts, sources, steps, inputs, known, centring, limit,
            survival, at_least, key
        )
