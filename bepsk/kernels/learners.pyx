"""Who learns: the paper's winners (Sec. 3.3), or all neurons that are near their threshold.

Entries starts[j] .. starts[j + 1] - 1 of a list belong to neuron j: the sample `sources`, and
2 w t_j, where w is the weight of the sample and t_j the error of the neuron.
"""

from cython.parallel import prange
from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memcpy

from numpy cimport ndarray

from bepsk.kernels.checks cimport (
    read_indices, read_ints, read_starts, read_words, size_of, words_of, write_ints, write_words
)

from bepsk.kernels import cpu

cdef extern from "learners.h" nogil:
    ctypedef struct neurons:
        const int32_t* values
        Py_ssize_t n
        const uint64_t* actual
        const uint64_t* signs
        const uint64_t* nonzero
    void find_winners(int path, const neurons* layer, Py_ssize_t group_size, int32_t* winners)
    void find_learners(
        int path, const errors* t, const int32_t* windows, Py_ssize_t w, uint64_t* learning,
        learning_counts* counts
    )
    void list_word(
        int path, const errors* t, const uint64_t* learning, Py_ssize_t w, const int32_t* starts,
        int32_t* sources, int32_t* steps
    )
    void list_pairs(
        int path, const errors* t, const uint64_t* learning, Py_ssize_t w, const int32_t* starts,
        int32_t stride, int32_t* sources, int32_t* totals
    )

cdef int PATH = cpu.PATH
MAX_WINDOW = 2**30
cdef int32_t LARGEST = MAX_WINDOW


cdef struct choice:
    # Who is asked, and who won.
    const int32_t* values
    const uint64_t* actual
    const int32_t* triggered
    const uint64_t* signs
    const uint64_t* nonzero
    const int32_t* weights
    int32_t* winners
    Py_ssize_t n
    Py_ssize_t n_neurons
    Py_ssize_t n_words
    Py_ssize_t n_groups
    Py_ssize_t group_size


cdef void winners_of_sample(const choice* of, Py_ssize_t i) noexcept nogil:
    cdef Py_ssize_t sample = of.triggered[i]
    cdef neurons layer
    layer.values = of.values + sample * of.n_neurons
    layer.n = of.n_neurons
    layer.actual = of.actual + sample * of.n_words
    layer.signs = of.signs + i * of.n_words
    layer.nonzero = of.nonzero + i * of.n_words
    find_winners(PATH, &layer, min(of.group_size, layer.n), of.winners + i * of.n_groups)


cdef void sort_by_neuron(
    const choice* of, int32_t* starts, int32_t* sources, int32_t* steps
) noexcept nogil:
    cdef Py_ssize_t n_neurons = of.n_neurons
    cdef Py_ssize_t i, g, j
    cdef const int32_t* winners
    cdef const uint64_t* signs
    cdef int32_t place, step
    for j in range(n_neurons + 1):
        starts[j] = 0
    for i in range(of.n * of.n_groups):
        if of.winners[i] >= 0:
            starts[of.winners[i] + 1] += 1
    for j in range(n_neurons):
        starts[j + 1] += starts[j]
    # Filling moves each start to the next one's place; afterwards they move back.
    for i in range(of.n):
        step = 2 * of.weights[of.triggered[i]]
        winners = of.winners + i * of.n_groups
        signs = of.signs + i * of.n_words
        for g in range(of.n_groups):
            j = winners[g]
            if j >= 0:
                place = starts[j]
                starts[j] += 1
                sources[place] = of.triggered[i]
                steps[place] = step if (signs[j >> 6] >> (j & 63)) & 1 else -step
    for j in range(n_neurons, 0, -1):
        starts[j] = starts[j - 1]
    starts[0] = 0


def choose_winners(
    ndarray values not None,            # IN  int32 (n_samples, n_neurons)
    ndarray actual not None,            # IN  uint64 (n_samples, words of n_neurons)
    ndarray triggered not None,         # IN  int32 (n,), the samples that learn
    ndarray signs not None,             # IN  uint64 (n, words of n_neurons), a* of these
    ndarray nonzero not None,           # IN  likewise, 0 where a* = 0: nothing is wrong there
    ndarray sample_weight not None,     # IN  int32 (n_samples,)
    Py_ssize_t group_size,
    ndarray winners not None,           # OUT int32 (n, n_groups), -1 where none is wrong
    ndarray starts not None,            # OUT int32 (n_neurons + 1,)
    ndarray sources not None,           # OUT int32 (n * n_groups,), as many as were won
    ndarray steps not None,             # OUT likewise
    int n_threads,
):
    """Find in each group the wrong neuron with the smallest |value|; list who won (Sec. 3.3)."""
    cdef Py_ssize_t n_samples = size_of("values", values, 0)
    cdef Py_ssize_t n = size_of("triggered", triggered, 0)
    cdef Py_ssize_t i, n_entries
    cdef choice of
    cdef int32_t* starts_data
    cdef int32_t* sources_data
    cdef int32_t* steps_data
    if group_size < 1:
        raise ValueError(f"group_size is {group_size}, not 1 or more.")
    of.n = n
    of.n_neurons = size_of("values", values, 1)
    of.n_words = words_of(of.n_neurons)
    of.group_size = group_size
    of.n_groups = of.n_neurons // group_size + (of.n_neurons % group_size > 0)
    n_entries = n * of.n_groups
    of.values = read_ints("values", values, n_samples, of.n_neurons)
    of.actual = read_words("actual", actual, n_samples, of.n_words)
    of.triggered = read_indices("triggered", triggered, n, n_samples)
    of.signs = read_words("signs", signs, n, of.n_words)
    of.nonzero = read_words("nonzero", nonzero, n, of.n_words)
    of.weights = read_ints("sample_weight", sample_weight, n_samples)
    of.winners = write_ints("winners", winners, n, of.n_groups)
    starts_data = write_ints("starts", starts, of.n_neurons + 1)
    sources_data = write_ints("sources", sources, n_entries)
    steps_data = write_ints("steps", steps, n_entries)
    for i in prange(n, nogil=True, schedule="static", num_threads=n_threads):
        winners_of_sample(&of, i)
    with nogil:
        sort_by_neuron(&of, starts_data, sources_data, steps_data)


cdef void find_learners_of_word(
    const errors* t, const int32_t* windows, Py_ssize_t w, uint64_t* learning,
    learning_counts* counts
) noexcept nogil:
    find_learners(PATH, t, windows, w, learning, counts)


cdef void learners_of_word(
    const errors* t, const int32_t* windows, Py_ssize_t w, uint64_t* learning, int32_t* starts,
    int32_t* asked, int32_t* learned
) noexcept nogil:
    cdef learning_counts counts
    cdef Py_ssize_t n = min(<Py_ssize_t>64, t.n_neurons - 64 * w)
    find_learners_of_word(t, windows, w, learning, &counts)
    memcpy(&starts[64 * w + 1], counts.n, n * sizeof(int32_t))
    memcpy(&asked[64 * w], counts.asked, n * sizeof(int32_t))
    memcpy(&learned[64 * w], counts.learned, n * sizeof(int32_t))


def choose_learners(
    ndarray z not None,             # IN  int32 (n_rows, n_neurons)
    ndarray rows not None,          # IN  int32 (n,), those of z that have an error
    ndarray nonzero not None,       # IN  uint64 (n, words of n_neurons), 0 where t = 0
    ndarray weights not None,       # IN  int32 (n,)
    ndarray windows not None,       # IN  int32 (n_neurons,)
    ndarray learning not None,      # OUT uint64 (n, words of n_neurons), who learns from what
    ndarray starts not None,        # OUT int32 (n_neurons + 1,), for `list_learners`
    ndarray asked not None,         # OUT int32 (n_neurons,), weight of the samples with an error
    ndarray learned not None,       # OUT likewise, of those that the neuron learns from
    int n_threads,
):
    """Find all neurons with an error and |z_j| <= windows[j]."""
    cdef Py_ssize_t n_rows = size_of("z", z, 0)
    cdef Py_ssize_t n_neurons = size_of("z", z, 1)
    cdef Py_ssize_t n = size_of("rows", rows, 0)
    cdef Py_ssize_t n_words = words_of(n_neurons)
    cdef const int32_t* windows_data = read_ints("windows", windows, n_neurons)
    cdef uint64_t* learning_data = write_words("learning", learning, n, n_words)
    cdef int32_t* starts_data = write_ints("starts", starts, n_neurons + 1)
    cdef int32_t* asked_data = write_ints("asked", asked, n_neurons)
    cdef int32_t* learned_data = write_ints("learned", learned, n_neurons)
    cdef Py_ssize_t w, j
    cdef errors t
    t.z = read_ints("z", z, n_rows, n_neurons)
    t.rows = read_indices("rows", rows, n, n_rows)
    t.weights = read_ints("weights", weights, n)
    t.signs = NULL
    t.nonzero = read_words("nonzero", nonzero, n, n_words)
    t.n = n
    t.n_neurons = n_neurons
    t.n_words = n_words
    for w in prange(n_words, nogil=True, schedule="static", num_threads=n_threads):
        learners_of_word(
            &t, windows_data, w, learning_data, starts_data, asked_data, learned_data
        )
    starts_data[0] = 0
    for j in range(n_neurons):
        starts_data[j + 1] += starts_data[j]


cdef void list_learners_of_word(
    const errors* t, const uint64_t* learning, Py_ssize_t w, const int32_t* starts,
    int32_t* sources, int32_t* steps
) noexcept nogil:
    list_word(PATH, t, learning, w, starts, sources, steps)


cdef void list_pairs_of_word(
    const errors* t, const uint64_t* learning, Py_ssize_t w, const int32_t* starts,
    int32_t stride, int32_t* sources, int32_t* totals
) noexcept nogil:
    list_pairs(PATH, t, learning, w, starts, stride, sources, totals)


def list_learners(
    ndarray learning not None,      # IN  uint64 (n, words of n_neurons), from `choose_learners`
    ndarray signs not None,         # IN  likewise, 1 where t = +1
    ndarray rows not None,          # IN  int32 (n,)
    ndarray weights not None,       # IN  int32 (n,)
    ndarray starts not None,        # IN  int32 (n_neurons + 1,), from `choose_learners`
    ndarray sources not None,       # OUT int32 (starts[n_neurons],), taken from `rows`
    ndarray steps not None,         # OUT likewise
    int n_threads,
):
    """List who learns from what; `starts` must leave each neuron as many places as it needs."""
    cdef Py_ssize_t n_entries = size_of("sources", sources, 0)
    cdef Py_ssize_t n_neurons = size_of("starts", starts, 0) - 1
    cdef const int32_t* starts_data = read_starts("starts", starts, n_neurons, n_entries)
    cdef int32_t* sources_data = write_ints("sources", sources, n_entries)
    cdef int32_t* steps_data = write_ints("steps", steps, n_entries)
    cdef Py_ssize_t n = size_of("rows", rows, 0)
    cdef Py_ssize_t n_words = words_of(n_neurons)
    cdef const uint64_t* learns = read_words("learning", learning, n, n_words)
    cdef Py_ssize_t w
    cdef errors t
    t.z = NULL
    t.nonzero = NULL
    t.rows = read_ints("rows", rows, n)
    t.weights = read_ints("weights", weights, n)
    t.signs = read_words("signs", signs, n, n_words)
    t.n = n
    t.n_neurons = n_neurons
    t.n_words = n_words
    for w in prange(n_words, nogil=True, schedule="static", num_threads=n_threads):
        list_learners_of_word(&t, learns, w, starts_data + 64 * w, sources_data, steps_data)


cdef void adapt_some(
    int32_t* width, const int32_t* asks, const int32_t* learns, Py_ssize_t n, double share
) noexcept nogil:
    cdef Py_ssize_t j
    cdef int32_t step, wider, narrower, changed
    for j in range(n):  # without a branch: who learned too little is as good as random
        step = (width[j] >> 3) + 1
        wider = min(width[j], LARGEST - step) + step
        narrower = max(width[j] - step, 0)
        changed = wider if learns[j] < share * asks[j] else narrower
        width[j] = changed if asks[j] > 0 else width[j]


def adapt_windows(
    ndarray windows not None,       # INOUT int32 (n_neurons,)
    ndarray asked not None,         # IN    int32 (n_neurons,), as from `choose_learners`
    ndarray learned not None,       # IN    likewise
    double share,
):
    """Widen by an eighth, plus 1, where less than this share was learned; narrow where not."""
    cdef Py_ssize_t n = size_of("windows", windows, 0)
    cdef int32_t* width = write_ints("windows", windows, n)
    cdef const int32_t* asks = read_ints("asked", asked, n)
    adapt_some(width, asks, read_ints("learned", learned, n), n, share)
