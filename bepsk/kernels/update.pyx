"""From errors to new weights: gate, winners, update, saturation, reinforcement (Sec. 3.2, 3.3)."""

from cython.parallel import prange
from libc.stdint cimport INT32_MIN, int16_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from bepsk.kernels.checks cimport (
    check_indices, check_panels, check_shape, check_shape_or_empty, words_of
)
from bepsk.kernels.random cimport random_word

from bepsk.kernels import cpu

cdef extern from "update.h" nogil:
    ctypedef struct neurons:
        const int32_t* values
        Py_ssize_t n
        const uint64_t* actual
        const uint64_t* signs
        const uint64_t* nonzero
    ctypedef struct increments:
        const int32_t* sources
        const int32_t* steps
        Py_ssize_t n
        const uint64_t* inputs
        const uint64_t* known
        Py_ssize_t n_rows
        Py_ssize_t n_words
    void gate_row(
        int path, const int32_t* z, Py_ssize_t n, int32_t gate_width, const uint64_t* nonzero,
        uint64_t* out
    )
    void find_winners(int path, const neurons* layer, Py_ssize_t group_size, int32_t* winners)
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
    const uint64_t[:, ::1] prototypes,  # IN  (n_classes, words of K)
    int32_t[::1] triggered,             # OUT (n_samples,), the first n
    uint64_t[:, ::1] desired,           # OUT (n_samples, words of K), likewise: rho_c
):
    """Find who leads by less than the bound, y_c - max_{c' != c} y_c' < r K (Eq. 1).

    Returns n, and the weights of those samples, of the misclassified samples, and of all.
    Samples of weight 0 are left out.
    """
    cdef Py_ssize_t n_samples = logits.shape[0]
    cdef Py_ssize_t n_words = prototypes.shape[1]
    cdef Py_ssize_t n = 0
    cdef int64_t n_triggered = 0
    cdef int64_t n_wrong = 0
    cdef int64_t n_all = 0
    cdef int64_t y, before, after
    cdef Py_ssize_t i, c
    check_shape("classes", classes.shape, n_samples)
    check_shape("sample_weight", sample_weight.shape, n_samples)
    check_shape("prototypes", prototypes.shape, logits.shape[1], n_words)
    check_shape("triggered", triggered.shape, n_samples)
    check_shape("desired", desired.shape, n_samples, n_words)
    for i in range(n_samples):
        if not 0 <= classes[i] < logits.shape[1]:
            raise ValueError(f"classes must be in 0 .. {logits.shape[1] - 1}.")
    with nogil:
        for i in range(n_samples):
            if sample_weight[i] == 0:
                continue
            before = after = INT32_MIN
            for c in range(classes[i]):
                before = max(before, logits[i, c])
            for c in range(classes[i] + 1, logits.shape[1]):
                after = max(after, logits[i, c])
            y = logits[i, classes[i]]
            n_all += sample_weight[i]
            if y <= before or y < after:
                n_wrong += sample_weight[i]
            if y - max(before, after) < bound:
                n_triggered += sample_weight[i]
                triggered[n] = <int32_t>i
                memcpy(
                    &desired[n, 0], &prototypes[classes[i], 0], n_words * sizeof(uint64_t)
                )
                n += 1
    return n, n_triggered, n_wrong, n_all


def gate(
    const int32_t[:, ::1] z,            # IN  (n_samples, n_neurons)
    const int32_t[::1] triggered,       # IN  (n,), the samples meant
    int32_t gate_width,                 # floor(nu K), K the fan-in
    const uint64_t[:, ::1] nonzero,     # IN  (n, words of n_neurons); no rows stand for all ones
    uint64_t[:, ::1] out,               # OUT (n, words of n_neurons)
    int n_threads,
):
    """Where a* is not 0, and |z| <= nu K (Eq. 5)."""
    cdef Py_ssize_t n = triggered.shape[0]
    cdef Py_ssize_t n_words = words_of(z.shape[1])
    cdef Py_ssize_t i
    check_indices("triggered", triggered, z.shape[0])
    check_shape_or_empty("nonzero", nonzero.shape, n, n_words)
    check_shape("out", out.shape, n, n_words)
    for i in prange(n, nogil=True, schedule="static", num_threads=n_threads):
        gate_row(
            PATH, &z[triggered[i], 0], z.shape[1], gate_width,
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


cdef void winners_of_sample(
    const int32_t[:, ::1] values, const uint64_t[:, ::1] actual, Py_ssize_t sample,
    const uint64_t[:, ::1] signs, const uint64_t[:, ::1] nonzero, Py_ssize_t i,
    Py_ssize_t group_size, int32_t[:, ::1] winners
) noexcept nogil:
    cdef neurons layer
    layer.values = &values[sample, 0]
    layer.n = values.shape[1]
    layer.actual = &actual[sample, 0]
    layer.signs = &signs[i, 0]
    layer.nonzero = &nonzero[i, 0]
    find_winners(PATH, &layer, min(group_size, layer.n), &winners[i, 0])


cdef void sort_by_neuron(
    const int32_t[:, ::1] winners, const int32_t[::1] triggered, const uint64_t[:, ::1] signs,
    const int32_t[:] sample_weight, int32_t[::1] starts, int32_t[::1] sources, int32_t[::1] steps
) noexcept nogil:
    cdef Py_ssize_t n_neurons = starts.shape[0] - 1
    cdef Py_ssize_t i, g, j
    cdef int32_t place, step
    for j in range(n_neurons + 1):
        starts[j] = 0
    for i in range(winners.shape[0]):
        for g in range(winners.shape[1]):
            if winners[i, g] >= 0:
                starts[winners[i, g] + 1] += 1
    for j in range(n_neurons):
        starts[j + 1] += starts[j]
    # Filling moves each start to the next one's place; afterwards they move back.
    for i in range(winners.shape[0]):
        step = 2 * sample_weight[triggered[i]]
        for g in range(winners.shape[1]):
            j = winners[i, g]
            if j >= 0:
                place = starts[j]
                starts[j] += 1
                sources[place] = triggered[i]
                steps[place] = step if (signs[i, j >> 6] >> (j & 63)) & 1 else -step
    for j in range(n_neurons, 0, -1):
        starts[j] = starts[j - 1]
    starts[0] = 0


def choose_winners(
    const int32_t[:, ::1] values,       # IN  (n_samples, n_neurons)
    const uint64_t[:, ::1] actual,      # IN  (n_samples, words of n_neurons)
    const int32_t[::1] triggered,       # IN  (n,), the samples that learn
    const uint64_t[:, ::1] signs,       # IN  (n, words of n_neurons), a* of these
    const uint64_t[:, ::1] nonzero,     # IN  likewise, 0 where a* = 0: nothing is wrong there
    const int32_t[:] sample_weight,     # IN  (n_samples,)
    Py_ssize_t group_size,
    int32_t[:, ::1] winners,            # OUT (n, n_groups), -1 where none is wrong
    int32_t[::1] starts,                # OUT (n_neurons + 1,)
    int32_t[::1] sources,               # OUT (n * n_groups,), as many as were won
    int32_t[::1] steps,                 # OUT likewise
    int n_threads,
):
    """Find in each group the wrong neuron with the smallest |value|, and list who won (Sec. 3.3).

    Entries starts[j] .. starts[j + 1] - 1 are neuron j's: the sample `sources`, and 2 w a*_j.
    """
    cdef Py_ssize_t n_samples = values.shape[0]
    cdef Py_ssize_t n_neurons = values.shape[1]
    cdef Py_ssize_t n = triggered.shape[0]
    cdef Py_ssize_t n_words = words_of(n_neurons)
    cdef Py_ssize_t n_groups, i
    if group_size < 1:
        raise ValueError(f"group_size is {group_size}, not 1 or more.")
    n_groups = n_neurons // group_size + (n_neurons % group_size > 0)
    check_shape("actual", actual.shape, n_samples, n_words)
    check_indices("triggered", triggered, n_samples)
    check_shape("signs", signs.shape, n, n_words)
    check_shape("nonzero", nonzero.shape, n, n_words)
    check_shape("sample_weight", sample_weight.shape, n_samples)
    check_shape("winners", winners.shape, n, n_groups)
    check_shape("starts", starts.shape, n_neurons + 1)
    check_shape("sources", sources.shape, n * n_groups)
    check_shape("steps", steps.shape, n * n_groups)
    for i in prange(n, nogil=True, schedule="static", num_threads=n_threads):
        winners_of_sample(values, actual, triggered[i], signs, nonzero, i, group_size, winners)
    with nogil:
        sort_by_neuron(winners, triggered, signs, sample_weight, starts, sources, steps)


cdef int check_starts(const int32_t[::1] starts, Py_ssize_t n_entries) except -1:
    cdef Py_ssize_t n = starts.shape[0] - 1
    cdef bint falls = False
    cdef Py_ssize_t j
    for j in range(n):
        falls |= starts[j] > starts[j + 1]
    if falls or starts[0] != 0 or starts[n] != n_entries:
        raise ValueError(f"starts must rise from 0 to the {n_entries} entries of sources.")
    return 0


cdef void update_row(
    int16_t[:, ::1] hidden_weights, uint64_t[:, :, ::1] panels, Py_ssize_t j,
    const int32_t[::1] starts, const int32_t[::1] sources, const int32_t[::1] steps,
    const uint64_t[:, ::1] inputs, const uint64_t[:, ::1] known, int32_t limit,
    const uint32_t[::1] survival, const uint8_t[::1] at_least, uint64_t key
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
    int32_t limit,
    const uint32_t[::1] survival,       # IN    (256,), P(gap > i) in units of 2^-32; or empty
    const uint8_t[::1] at_least,        # IN    (4096,), how many exceed all u of these 12 bits
    uint64_t key,
    int n_threads,
):
    """H <- saturate(H + sum of increments) to [-limit, limit], W <- sign(H); then reinforcement.

    That is h <- h + 2 sign(h), saturated, at gaps drawn from a geometric law (Sec. 3.3). A row is
    read and written once for all of this.
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
    if survival.shape[0]:
        check_shape("survival", survival.shape, 256)
        check_shape("at_least", at_least.shape, 4096)
        if survival[255] != 0:
            raise ValueError("survival must end with a 0.")
    for j in prange(n_neurons, nogil=True, schedule="static", num_threads=n_threads):
        update_row(
            hidden_weights, panels, j, starts, sources, steps, inputs, known, limit, survival,
            at_least, key
        )
