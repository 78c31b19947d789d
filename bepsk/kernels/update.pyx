"""Errors, and how they change weights: trigger, gate, update, reinforcement (Sec. 3.2, 3.3)."""

from cython.parallel import prange
from libc.stdint cimport (
    INT32_MIN, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
)
from libc.string cimport memcpy, memset
from numpy cimport NPY_INT16, NPY_INTP, NPY_UINT8, NPY_UINT16, NPY_UINT32, ndarray

from bepsk.kernels.checks cimport (
    READ, WRITE, data_of, read_indices, read_ints, read_starts, read_words, size_of, words_of,
    write_ints, write_words
)
from bepsk.kernels.random cimport random_word

from bepsk.kernels import cpu

cdef extern from "update.h" nogil:
    void gate_row(
        int path, const int32_t* z, Py_ssize_t n, const int32_t* widths, const uint64_t* nonzero,
        uint64_t* out
    )
    void add_to_row(
        int path, int16_t* hidden, Py_ssize_t n, const input_rows* of, const increments* row,
        int32_t limit, uint64_t* signs, Py_ssize_t signs_stride
    )
    void reinforce_row(
        int path, int16_t* hidden, Py_ssize_t n, const uint32_t* survival,
        const uint8_t* at_least, uint64_t key, int32_t limit
    )

cdef int PATH = cpu.PATH


cdef void find_triggered(
    const int32_t* logits, const Py_ssize_t* labels, const int32_t* weights, Py_ssize_t first,
    Py_ssize_t last, Py_ssize_t n_classes, double bound, int32_t* found, int32_t* others,
    trigger_counts* counts
) noexcept nogil:
    # The labels are classes.
    cdef const int32_t* row = logits + first * n_classes
    cdef int64_t y, highest
    cdef Py_ssize_t i, c, rival
    cdef int64_t higher
    counts.n = counts.n_triggered = counts.n_wrong = counts.n_all = 0
    for i in range(first, last):
        if weights[i] != 0:
            highest = INT32_MIN
            rival = 0
            for c in range(n_classes):
                higher = -((c != labels[i]) & (row[c] > highest))  # all ones, or none
                highest ^= (highest ^ row[c]) & higher
                rival ^= (rival ^ c) & higher
            y = row[labels[i]]
            counts.n_all += weights[i]
            if y < highest or (y == highest and rival < labels[i]):
                counts.n_wrong += weights[i]
            if y - highest < bound:
                counts.n_triggered += weights[i]
                found[counts.n] = <int32_t>i
                others[counts.n] = <int32_t>rival
                counts.n += 1
        row += n_classes


cdef const Py_ssize_t* read_classes(
    ndarray classes, Py_ssize_t n_samples, Py_ssize_t n_classes
) except NULL:
    cdef const Py_ssize_t* labels = <const Py_ssize_t*>data_of(
        "classes", classes, NPY_INTP, READ, n_samples
    )
    cdef Py_ssize_t i
    for i in range(n_samples):
        if not 0 <= labels[i] < n_classes:
            raise ValueError(f"classes must be in 0 .. {n_classes - 1}.")
    return labels


def trigger(
    ndarray logits not None,            # IN  int32 (n_samples, n_classes)
    ndarray classes not None,           # IN  intp (n_samples,)
    ndarray sample_weight not None,     # IN  int32 (n_samples,)
    double bound,                       # r K
    ndarray triggered not None,         # OUT int32 (n_samples,), the first n
    ndarray rivals not None,            # OUT likewise: the first strongest other class
):
    """Find who leads by less than the bound, y_c - max_{c' != c} y_c' < r K (Eq. 1).

    Returns n, and the weights of those samples, of the misclassified samples, and of all.
    Samples of weight 0 are left out.
    """
    cdef Py_ssize_t n_samples = size_of("logits", logits, 0)
    cdef Py_ssize_t n_classes = size_of("logits", logits, 1)
    cdef const int32_t* row = read_ints("logits", logits, n_samples, n_classes)
    cdef const Py_ssize_t* labels = read_classes(classes, n_samples, n_classes)
    cdef const int32_t* weights = read_ints("sample_weight", sample_weight, n_samples)
    cdef int32_t* found = write_ints("triggered", triggered, n_samples)
    cdef int32_t* others = write_ints("rivals", rivals, n_samples)
    cdef trigger_counts counts
    with nogil:
        find_triggered(
            row, labels, weights, 0, n_samples, n_classes, bound, found, others, &counts
        )
    return counts.n, counts.n_triggered, counts.n_wrong, counts.n_all


def gate(
    ndarray z not None,             # IN  int32 (n_samples, n_neurons)
    ndarray triggered not None,     # IN  int32 (n,), the samples meant
    ndarray widths not None,        # IN  int32 (n_neurons,), floor(nu K), K the fan-in
    ndarray nonzero not None,       # IN  uint64 (n, words of n_neurons); no rows: all ones
    ndarray out not None,           # OUT uint64 (n, words of n_neurons)
    int n_threads,
):
    """Where a* is not 0, and |z_j| <= widths[j] (Eq. 5)."""
    cdef Py_ssize_t n_samples = size_of("z", z, 0)
    cdef Py_ssize_t n_neurons = size_of("z", z, 1)
    cdef Py_ssize_t n_words = words_of(n_neurons)
    cdef Py_ssize_t n = size_of("triggered", triggered, 0)
    cdef const int32_t* sums = read_ints("z", z, n_samples, n_neurons)
    cdef const int32_t* samples = read_indices("triggered", triggered, n, n_samples)
    cdef const int32_t* bounds = read_ints("widths", widths, n_neurons)
    cdef const uint64_t* known = NULL
    cdef uint64_t* gated = write_words("out", out, n, n_words)
    cdef Py_ssize_t i
    if size_of("nonzero", nonzero, 0):
        known = read_words("nonzero", nonzero, n, n_words)
    for i in prange(n, nogil=True, schedule="static", num_threads=n_threads):
        gate_row(
            PATH, sums + samples[i] * n_neurons, n_neurons, bounds,
            known + i * n_words if known else NULL, gated + i * n_words
        )


def settle_ties(
    ndarray signs not None,         # INOUT uint64 (n, words of n_neurons), sign(0) = +1
    ndarray nonzero not None,       # INOUT likewise; all ones afterwards
    Py_ssize_t n_neurons,
    ndarray activations not None,   # IN    uint64 (n_samples, words of n_neurons), or no rows
    ndarray triggered not None,     # IN    int32 (n,), rows of the activations
):
    """Leave no error 0: where it is, it becomes the present activation, or +1 without these."""
    cdef Py_ssize_t n = size_of("triggered", triggered, 0)
    cdef Py_ssize_t n_samples = size_of("activations", activations, 0)
    cdef Py_ssize_t n_words = words_of(n_neurons)
    cdef uint64_t* up = write_words("signs", signs, n, n_words)
    cdef uint64_t* known = write_words("nonzero", nonzero, n, n_words)
    cdef const uint64_t* present = NULL
    cdef const int32_t* samples = NULL
    cdef uint64_t last = ~<uint64_t>0 >> (-n_neurons & 63)
    cdef Py_ssize_t i, w
    if n_samples:
        present = read_words("activations", activations, n_samples, n_words)
        samples = read_indices("triggered", triggered, n, n_samples)
    with nogil:
        for i in range(n):
            for w in range(n_words):
                if n_samples:
                    up[w] &= known[w] | present[samples[i] * n_words + w]
                known[w] = last if w == n_words - 1 else ~<uint64_t>0
            up += n_words
            known += n_words


cdef int draw_rounding(
    const int32_t* means, Py_ssize_t n, uint64_t key, uint16_t* place
) except -1:
    # As in `draw_centring`; says whether any mean wraps.
    cdef int32_t[64] means_here
    cdef bint outside = False
    cdef bint wraps = False
    cdef uint64_t word
    cdef Py_ssize_t w, k, n_here
    for w in range(words_of(n)):
        n_here = min(<Py_ssize_t>64, n - 64 * w)
        memset(means_here, 0, sizeof(means_here))
        memcpy(means_here, means + 64 * w, n_here * sizeof(int32_t))
        for k in range(64):
            outside |= (means_here[k] < -32768) | (means_here[k] > 32768)
            wraps |= means_here[k] == 32768
            place[k] = <uint16_t>means_here[k]
            place[64 + k] = <uint16_t>-(means_here[k] == 32768)
        for k in range(16):
            word = random_word(key, 16 * w + k) & <uint64_t>0xFFFE_FFFE_FFFE_FFFE
            memcpy(&place[128 + 4 * k], &word, sizeof(word))
        place += 192
    if outside:
        raise ValueError("means must be in -32768 .. 32768.")
    return wraps


def draw_centring(
    ndarray means not None,         # IN  int32 (n_inputs,), of the inputs, in 2^-15
    uint64_t key,
    ndarray centring not None,      # OUT uint16 (words of n_inputs, 3, 64), for `update_weights`
):
    """Write for each word the means as int16, where 2^15 wraps to -2^15, and 15 random bits each.

    The bits of input k are those of word k // 4 of the stream, as twice the number.
    """
    cdef Py_ssize_t n = size_of("means", means, 0)
    cdef uint16_t* place = <uint16_t*>data_of(
        "centring", centring, NPY_UINT16, WRITE, words_of(n), 3, 64
    )
    draw_rounding(read_ints("means", means, n), n, key, place)


cdef int read_weights(weight_update* of, ndarray hidden_weights, ndarray panels) except -1:
    # Pointers into the arrays of a layer, from its row 0 on; without centring or reinforcement.
    cdef Py_ssize_t n_neurons = size_of("hidden_weights", hidden_weights, 0)
    cdef Py_ssize_t n_inputs = size_of("hidden_weights", hidden_weights, 1)
    cdef Py_ssize_t n_words = words_of(n_inputs)
    of.n_inputs = n_inputs
    of.hidden_weights = <int16_t*>data_of(
        "hidden_weights", hidden_weights, NPY_INT16, WRITE, n_neurons, n_inputs
    )
    of.panels = write_words("panels", panels, (n_neurons + 15) // 16, n_words, 16)
    of.rows.n_words = n_words
    of.rows.known = NULL
    of.rows.centring = NULL
    of.rows.wraps = True  # perhaps
    of.survival = NULL
    of.at_least = NULL
    of.first_row = 0
    return 0


cdef void update_row(
    const weight_update* of, Py_ssize_t j, const int32_t* sources, const int32_t* steps,
    Py_ssize_t n, int32_t total
) noexcept nogil:
    cdef int16_t* hidden = of.hidden_weights + j * of.n_inputs
    cdef increments row
    if n:
        row.sources = sources
        row.steps = steps
        row.n = n
        row.total = total
        row.shift = 0
        if of.rows.centring:
            row.shift = <uint16_t>(2 * random_word(~of.key, of.first_row + j))
        add_to_row(
            PATH, hidden, of.n_inputs, &of.rows, &row, of.limit,
            of.panels + 16 * (j >> 4) * of.rows.n_words + (j & 15), 16
        )
    if of.survival:
        reinforce_row(
            PATH, hidden, of.n_inputs, of.survival, of.at_least,
            random_word(of.key, of.first_row + j), of.limit
        )


def update_weights(
    ndarray hidden_weights not None,    # INOUT int16 (n_neurons, n_inputs), odd
    ndarray panels not None,            # INOUT uint64, visible weights
    ndarray starts not None,            # IN    int32 (n_neurons + 1,), first increment of each
    ndarray sources not None,           # IN    int32 (n,), the row of `inputs` that is added
    ndarray steps not None,             # IN    int32 (n,), and how many times
    ndarray inputs not None,            # IN    uint64 (m, words of n_inputs)
    ndarray known not None,             # IN    likewise, 0 where an input counts as 0; or no rows
    ndarray centring not None,          # IN    uint16 (words of n_inputs, 3, 64); or no rows
    int32_t limit,
    ndarray survival not None,          # IN    uint32 (256,), P(gap > i) in 2^-32; or empty
    ndarray at_least not None,          # IN    uint8 (4096,), how many exceed all of these 12 bits
    uint64_t key,
    int n_threads,
    Py_ssize_t first_row=0,             # of the layer, where these are some of its rows
):
    """H <- saturate(H + sum of increments) to [-limit, limit], W <- sign(H); then reinforcement.

    With means m the increments are those of centred inputs, steps_i (s_i - m / 2^15), rounded to
    even numbers at random: down after 15 random bits are added, those of `draw_centring` plus a
    number drawn for the row. Reinforcement is h <- h + 2 sign(h), saturated, at gaps drawn from a
    geometric law (Sec. 3.3). A row is read and written once for all of this.
    """
    cdef Py_ssize_t n_neurons = size_of("hidden_weights", hidden_weights, 0)
    cdef Py_ssize_t n_inputs = size_of("hidden_weights", hidden_weights, 1)
    cdef Py_ssize_t n_entries = size_of("sources", sources, 0)
    cdef Py_ssize_t n_rows = size_of("inputs", inputs, 0)
    cdef Py_ssize_t n_words = words_of(n_inputs)
    cdef const int32_t* firsts = read_starts("starts", starts, n_neurons, n_entries)
    cdef const int32_t* rows = read_indices("sources", sources, n_entries, n_rows)
    cdef const int32_t* times = read_ints("steps", steps, n_entries)
    cdef Py_ssize_t j
    cdef weight_update of
    read_weights(&of, hidden_weights, panels)
    if size_of("centring", centring, 0):
        of.rows.centring = <const uint16_t*>data_of(
            "centring", centring, NPY_UINT16, READ, n_words, 3, 64
        )
    of.rows.inputs = read_words("inputs", inputs, n_rows, n_words)
    if size_of("known", known, 0):
        of.rows.known = read_words("known", known, n_rows, n_words)
        if of.rows.centring:
            raise ValueError("centring and known exclude each other.")
    if size_of("survival", survival, 0):
        of.survival = <const uint32_t*>data_of("survival", survival, NPY_UINT32, READ, 256)
        of.at_least = <const uint8_t*>data_of("at_least", at_least, NPY_UINT8, READ, 4096)
        if of.survival[255] != 0:
            raise ValueError("survival must end with a 0.")
    of.limit = limit
    of.key = key
    of.first_row = first_row
    for j in prange(n_neurons, nogil=True, schedule="static", num_threads=n_threads):
        update_row(&of, j, rows + firsts[j], times + firsts[j], firsts[j + 1] - firsts[j], 0)
