"""Who learns: the paper's winners (Sec. 3.3), or all neurons that are near their threshold.

Entries starts[j] .. starts[j + 1] - 1 of a list belong to neuron j: the sample `sources`, and
2 w t_j, where w is the weight of the sample and t_j the error of the neuron.
"""

from cython.parallel import prange
from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memcpy

from bepsk.kernels.checks cimport check_indices, check_shape, check_starts, words_of

from bepsk.kernels import cpu

cdef extern from "learners.h" nogil:
    int lowest_bit "__builtin_ctzll" (uint64_t word)
    ctypedef struct neurons:
        const int32_t* values
        Py_ssize_t n
        const uint64_t* actual
        const uint64_t* signs
        const uint64_t* nonzero
    ctypedef struct errors:
        const int32_t* z
        const int32_t* rows
        const int32_t* weights
        const uint64_t* nonzero
        Py_ssize_t n
        Py_ssize_t n_neurons
        Py_ssize_t n_words
    ctypedef struct learning_counts:
        int32_t[64] asked
        int32_t[64] learned
        int32_t[64] n
    void transpose_block(int path, uint64_t* block)
    void find_winners(int path, const neurons* layer, Py_ssize_t group_size, int32_t* winners)
    void find_learners(
        int path, const errors* t, const int32_t* windows, Py_ssize_t w, uint64_t* learning,
        learning_counts* counts
    )

cdef int PATH = cpu.PATH
MAX_WINDOW = 2**30
cdef int32_t LARGEST = MAX_WINDOW


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
    """Find in each group the wrong neuron with the smallest |value|; list who won (Sec. 3.3)."""
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


cdef void learners_of_word(
    const errors* t, const int32_t[::1] windows, Py_ssize_t w, uint64_t[:, ::1] learning,
    int32_t[::1] starts, int32_t[::1] asked, int32_t[::1] learned
) noexcept nogil:
    cdef learning_counts counts
    cdef Py_ssize_t n = min(<Py_ssize_t>64, asked.shape[0] - 64 * w)
    find_learners(PATH, t, &windows[0], w, &learning[0, 0], &counts)
    memcpy(&starts[64 * w + 1], counts.n, n * sizeof(int32_t))
    memcpy(&asked[64 * w], counts.asked, n * sizeof(int32_t))
    memcpy(&learned[64 * w], counts.learned, n * sizeof(int32_t))


def choose_learners(
    const int32_t[:, ::1] z,            # IN  (n_rows, n_neurons)
    const int32_t[::1] rows,            # IN  (n,), those of z that have an error
    const uint64_t[:, ::1] nonzero,     # IN  (n, words of n_neurons), 0 where t = 0
    const int32_t[::1] weights,         # IN  (n,)
    const int32_t[::1] windows,         # IN  (n_neurons,)
    uint64_t[:, ::1] learning,          # OUT (n, words of n_neurons), who learns from what
    int32_t[::1] starts,                # OUT (n_neurons + 1,), for `list_learners`
    int32_t[::1] asked,                 # OUT (n_neurons,), weight of the samples with an error
    int32_t[::1] learned,               # OUT likewise, of those that the neuron learns from
    int n_threads,
):
    """Find all neurons with an error and |z_j| <= windows[j]."""
    cdef Py_ssize_t n = rows.shape[0]
    cdef Py_ssize_t n_neurons = z.shape[1]
    cdef Py_ssize_t n_words = words_of(n_neurons)
    cdef Py_ssize_t w, j
    cdef errors t
    check_indices("rows", rows, z.shape[0])
    check_shape("nonzero", nonzero.shape, n, n_words)
    check_shape("weights", weights.shape, n)
    check_shape("windows", windows.shape, n_neurons)
    check_shape("learning", learning.shape, n, n_words)
    check_shape("starts", starts.shape, n_neurons + 1)
    check_shape("asked", asked.shape, n_neurons)
    check_shape("learned", learned.shape, n_neurons)
    t.z = &z[0, 0]
    t.rows = &rows[0]
    t.weights = &weights[0]
    t.nonzero = &nonzero[0, 0]
    t.n = n
    t.n_neurons = n_neurons
    t.n_words = n_words
    for w in prange(n_words, nogil=True, schedule="static", num_threads=n_threads):
        learners_of_word(&t, windows, w, learning, starts, asked, learned)
    starts[0] = 0
    for j in range(n_neurons):
        starts[j + 1] += starts[j]


cdef void list_word(
    const uint64_t[:, ::1] learning, const uint64_t[:, ::1] signs, Py_ssize_t w,
    const int32_t[::1] rows, const int32_t[::1] weights, const int32_t[::1] starts,
    int32_t[::1] sources, int32_t[::1] steps
) noexcept nogil:
    cdef Py_ssize_t n = min(<Py_ssize_t>64, starts.shape[0] - 1 - 64 * w)
    cdef Py_ssize_t first, i, j, n_here
    cdef int32_t place, step
    cdef int32_t[64] places
    cdef uint64_t[64] learns
    cdef uint64_t[64] up
    cdef uint64_t left
    memcpy(places, &starts[64 * w], n * sizeof(int32_t))
    for first in range(0, rows.shape[0], 64):
        n_here = min(<Py_ssize_t>64, rows.shape[0] - first)
        for i in range(64):
            learns[i] = learning[first + i, w] if i < n_here else 0
            up[i] = signs[first + i, w] if i < n_here else 0
        # From a word of neurons for each sample to a word of samples for each neuron.
        transpose_block(PATH, learns)
        transpose_block(PATH, up)
        for j in range(n):
            left = learns[j]
            place = places[j]
            while left and place < starts[64 * w + j + 1]:
                i = lowest_bit(left)
                left &= left - 1
                step = 2 * weights[first + i]
                sources[place] = rows[first + i]
                steps[place] = step if (up[j] >> i) & 1 else -step
                place += 1
            places[j] = place


def list_learners(
    const uint64_t[:, ::1] learning,    # IN  (n, words of n_neurons), from `choose_learners`
    const uint64_t[:, ::1] signs,       # IN  likewise, 1 where t = +1
    const int32_t[::1] rows,            # IN  (n,)
    const int32_t[::1] weights,         # IN  (n,)
    const int32_t[::1] starts,          # IN  (n_neurons + 1,), from `choose_learners`
    int32_t[::1] sources,               # OUT (starts[n_neurons],), taken from `rows`
    int32_t[::1] steps,                 # OUT likewise
    int n_threads,
):
    """List who learns from what; `starts` must leave each neuron as many places as it needs."""
    cdef Py_ssize_t n = rows.shape[0]
    cdef Py_ssize_t n_words = words_of(starts.shape[0] - 1)
    cdef Py_ssize_t w
    check_shape("learning", learning.shape, n, n_words)
    check_shape("signs", signs.shape, n, n_words)
    check_shape("weights", weights.shape, n)
    check_starts(starts, sources.shape[0])
    check_shape("steps", steps.shape, sources.shape[0])
    for w in prange(n_words, nogil=True, schedule="static", num_threads=n_threads):
        list_word(learning, signs, w, rows, weights, starts, sources, steps)


def adapt_windows(
    int32_t[::1] windows,               # INOUT (n_neurons,)
    const int32_t[::1] asked,           # IN    (n_neurons,), as from `choose_learners`
    const int32_t[::1] learned,         # IN    likewise
    double share,
):
    """Widen by an eighth, plus 1, where less than this share was learned; narrow where not."""
    cdef Py_ssize_t n = windows.shape[0]
    cdef Py_ssize_t j
    cdef int32_t step
    check_shape("asked", asked.shape, n)
    check_shape("learned", learned.shape, n)
    for j in range(n):
        if asked[j] > 0:
            step = (windows[j] >> 3) + 1
            if learned[j] < share * asked[j]:
                windows[j] = min(windows[j], LARGEST - step) + step
            else:
                windows[j] = max(windows[j] - step, 0)
