"""From errors to new weights: gate, winners, update, saturation, reinforcement (Sec. 3.2, 3.3)."""

from cython.parallel import prange
from libc.stdint cimport INT32_MIN, int16_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from bepsk.kernels.random cimport random_word

from bepsk.kernels import cpu

cdef extern from "rows.h" nogil:
    ctypedef struct increments:
        const int32_t* sources
        const int32_t* steps
        Py_ssize_t n
        const uint64_t* inputs
        const uint64_t* known
        Py_ssize_t n_rows
        Py_ssize_t n_words
    int32_t winner(
        int path, const int32_t* values, Py_ssize_t n, const uint64_t* actual,
        const uint64_t* desired, Py_ssize_t first, Py_ssize_t last
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
    const int32_t[:, ::1] logits,   # IN  (n_samples, n_classes)
    const Py_ssize_t[:] classes,    # IN  (n_samples,)
    const int32_t[:] weights,       # IN  (n_samples,)
    double bound,                   # r K
    const uint64_t[:, ::1] prototypes,  # IN  (n_classes, words of K)
    int32_t[::1] rows,              # OUT (n_samples,), the first n_rows
    uint64_t[:, ::1] desired,       # OUT (n_samples, words of K), likewise: rho_c
):
    """Find who leads by less than the bound, y_c - max_{c' != c} y_c' < r K (Eq. 1).

    Returns n_rows, and the weights of those rows, of the misclassified samples, and of all.
    Samples of weight 0 are left out.
    """
    cdef Py_ssize_t n_rows = 0
    cdef int64_t n_triggered = 0
    cdef int64_t n_wrong = 0
    cdef int64_t n_all = 0
    cdef int64_t y, before, after
    cdef Py_ssize_t i, c
    with nogil:
        for i in range(logits.shape[0]):
            if weights[i] == 0:
                continue
            before = after = INT32_MIN
            for c in range(classes[i]):
                before = max(before, logits[i, c])
            for c in range(classes[i] + 1, logits.shape[1]):
                after = max(after, logits[i, c])
            y = logits[i, classes[i]]
            n_all += weights[i]
            if y <= before or y < after:
                n_wrong += weights[i]
            if y - max(before, after) < bound:
                n_triggered += weights[i]
                rows[n_rows] = <int32_t>i
                memcpy(
                    &desired[n_rows, 0], &prototypes[classes[i], 0],
                    prototypes.shape[1] * sizeof(uint64_t)
                )
                n_rows += 1
    return n_rows, n_triggered, n_wrong, n_all


cdef void winners_of_sample(
    const int32_t[:, ::1] values, const uint64_t[:, ::1] actual, Py_ssize_t row,
    const uint64_t[:, ::1] desired, Py_ssize_t i, Py_ssize_t group_size, int32_t[:, ::1] winners
) noexcept nogil:
    cdef Py_ssize_t n = values.shape[1]
    cdef Py_ssize_t g
    for g in range(winners.shape[1]):
        winners[i, g] = winner(
            PATH, &values[row, 0], n, &actual[row, 0], &desired[i, 0], g * group_size,
            min((g + 1) * group_size, n)
        )


cdef void sort_by_neuron(
    const int32_t[:, ::1] winners, const int32_t[::1] rows, const uint64_t[:, ::1] desired,
    const int32_t[:] weights, int32_t[::1] starts, int32_t[::1] sources, int32_t[::1] steps
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
        step = 2 * weights[rows[i]]
        for g in range(winners.shape[1]):
            j = winners[i, g]
            if j >= 0:
                place = starts[j]
                starts[j] += 1
                sources[place] = rows[i]
                steps[place] = step if (desired[i, j >> 6] >> (j & 63)) & 1 else -step
    for j in range(n_neurons, 0, -1):
        starts[j] = starts[j - 1]
    starts[0] = 0


def choose(
    const int32_t[:, ::1] values,       # IN  (n_samples, n_neurons)
    const uint64_t[:, ::1] actual,      # IN  (n_samples, words of n_neurons)
    const int32_t[::1] rows,            # IN  (n,), the samples that learn
    const uint64_t[:, ::1] desired,     # IN  (n, words of n_neurons), a* of these
    const int32_t[:] weights,           # IN  (n_samples,)
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
    cdef Py_ssize_t i
    for i in prange(rows.shape[0], nogil=True, schedule="static", num_threads=n_threads):
        winners_of_sample(values, actual, rows[i], desired, i, group_size, winners)
    with nogil:
        sort_by_neuron(winners, rows, desired, weights, starts, sources, steps)


cdef void renew_row(
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


def renew(
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
    cdef Py_ssize_t j
    for j in prange(
        hidden_weights.shape[0], nogil=True, schedule="static", num_threads=n_threads
    ):
        renew_row(
            hidden_weights, panels, j, starts, sources, steps, inputs, known, limit, survival,
            at_least, key
        )
