"""A mini-batch of a feed-forward network under the contrastive rule, in one call.

The threads share the samples on the way up and back down, then the neurons. What happens to each of
them is in the kernels of the single steps.
"""

from cython.parallel import prange
from libc.stdint cimport INT32_MAX, int32_t, int64_t, uint16_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memmove, memset
from numpy cimport NPY_INT64, ndarray

from bepsk.kernels.bits cimport transpose_square
from bepsk.kernels.checks cimport (
    READ, data_of, read_ints, read_panels, read_words, size_of, words_of, write_ints,
    write_words
)
from bepsk.kernels.learners cimport (
    adapt_some, errors, find_learners_of_word, learning_counts, list_learners_of_word,
    list_pairs_of_word
)
from bepsk.kernels.product cimport first_row, multiply_some, product_rows, ternary_rows
from bepsk.kernels.random cimport flip_row, mix_keys
from bepsk.kernels.update cimport (
    draw_rounding, find_triggered, read_classes, read_weights, trigger_counts, update_row
)


cdef enum:
    VECTOR = 64                 # bytes of the widest one


cdef void go_up(const mini_batch* of, Py_ssize_t t, trigger_counts* counts) noexcept nogil:
    # The samples of thread t: activations, logits, and who triggers.
    cdef Py_ssize_t first = first_row(of.n, t, of.n_threads)
    cdef Py_ssize_t last = first_row(of.n, t + 1, of.n_threads)
    cdef Py_ssize_t index, i
    cdef Py_ssize_t n_words
    cdef layer_arrays* layer
    cdef ternary_rows a
    cdef product_rows out
    a.nonzero = out.nonzero = NULL
    for index in range(of.n_layers):
        layer = &of.layers[index]
        n_words = layer.weights.rows.n_words
        if of.noise:
            for i in range(first, last):
                flip_row(
                    layer.below + i * n_words, of.numbers[i], n_words, layer.n_noisy, of.noise,
                    layer.noise_key, layer.noisy + i * n_words
                )
        a.signs = layer.read
        a.n_words = n_words
        a.n_inputs = <int32_t>layer.weights.n_inputs
        out.z = layer.z
        out.signs = layer.activations
        out.n_outputs = layer.n_neurons
        multiply_some(&a, first, last, layer.weights.panels, &out)
    layer = &of.layers[of.n_layers - 1]
    a.signs = layer.activations
    a.n_words = layer.n_words
    a.n_inputs = <int32_t>layer.n_neurons
    out.z = of.logits
    out.signs = NULL
    out.n_outputs = of.n_classes
    multiply_some(&a, first, last, of.prototype_panels, &out)
    find_triggered(
        of.logits, of.classes, of.sample_weight, first, last, of.n_classes, of.bound,
        of.triggered + first, of.rivals + first, counts
    )


cdef void join(mini_batch* of, const trigger_counts* counts) noexcept nogil:
    # The triggered samples of all threads move together.
    cdef Py_ssize_t t, i, first, n
    cdef layer_arrays* layer
    of.n_triggered = 0
    for t in range(of.n_threads):
        first, n = first_row(of.n, t, of.n_threads), counts[t].n
        memmove(of.triggered + of.n_triggered, of.triggered + first, n * sizeof(int32_t))
        memmove(of.rivals + of.n_triggered, of.rivals + first, n * sizeof(int32_t))
        of.n_triggered += n
    of.all_alike = True
    for i in range(of.n_layers):  # places in its pairs must be int32
        n = of.layers[i].weights.rows.n_words
        of.all_alike &= (2 * of.n_triggered + 1) * n <= INT32_MAX
    for i in range(of.n_triggered):
        of.weights[i] = of.sample_weight[of.triggered[i]]
        of.all_alike &= of.weights[i] == 1
    for i in range(of.n_layers):
        layer = &of.layers[i]
        layer.weights.rows.inputs = layer.read
        if of.all_alike:
            layer.weights.rows.inputs = layer.pairs
        n = layer.weights.rows.n_words
        memset(layer.pairs, 0, 8 * n)


cdef void pair_rows(
    const layer_arrays* layer, const int32_t* triggered, Py_ssize_t first, Py_ssize_t last
) noexcept nogil:
    cdef Py_ssize_t n_words = layer.weights.rows.n_words
    cdef const uint64_t* row
    cdef uint64_t* pair
    cdef Py_ssize_t i, w
    for i in range(first, last):
        row = layer.read + triggered[i] * n_words
        pair = layer.pairs + (2 * i + 1) * n_words
        for w in range(n_words):
            pair[w] = ~row[w]
            pair[n_words + w] = row[w]


cdef void go_down(const mini_batch* of, Py_ssize_t t) noexcept nogil:
    # The triggered samples of thread t: the contrastive error, then sign(W^T t), layer by layer.
    cdef Py_ssize_t first = first_row(of.n_triggered, t, of.n_threads)
    cdef Py_ssize_t last = first_row(of.n_triggered, t + 1, of.n_threads)
    cdef const layer_arrays* layer = &of.layers[of.n_layers - 1]
    cdef const uint64_t* own
    cdef const uint64_t* rival
    cdef Py_ssize_t index, i, w
    cdef ternary_rows error
    cdef product_rows below
    for i in range(first, last):
        own = of.prototypes + of.classes[of.triggered[i]] * layer.n_words
        rival = of.prototypes + of.rivals[i] * layer.n_words
        for w in range(layer.n_words):
            layer.signs[i * layer.n_words + w] = own[w]
            layer.nonzero[i * layer.n_words + w] = own[w] ^ rival[w]
    for index in range(of.n_layers if of.all_alike else 0):
        pair_rows(&of.layers[index], of.triggered, first, last)
    for index in range(of.n_layers - 1, 0, -1):
        layer = &of.layers[index]
        error.signs = layer.signs
        error.nonzero = layer.nonzero
        error.n_words = layer.n_words
        error.n_inputs = 0
        below.z = NULL
        below.signs = of.layers[index - 1].signs
        below.nonzero = of.layers[index - 1].nonzero
        below.n_outputs = of.layers[index - 1].n_neurons
        multiply_some(&error, first, last, layer.columns, &below)


cdef void learn_word(
    const mini_batch* of, const layer_arrays* layer, Py_ssize_t w, int32_t* entries
) noexcept nogil:
    # The 64 neurons of word w: who learns from what, new weights, and new windows.
    cdef Py_ssize_t first = 64 * w
    cdef Py_ssize_t n = min(<Py_ssize_t>64, layer.n_neurons - first)
    cdef Py_ssize_t n_panels = (layer.n_neurons + 15) >> 4
    cdef int32_t* steps = entries + 64 * (of.n_triggered + 3)
    cdef int32_t[65] starts
    cdef int32_t[64] totals
    cdef learning_counts counts
    cdef errors t
    cdef Py_ssize_t j, c
    for j in range(first, first + n):
        layer.wide[j] = max(layer.windows[j], layer.least_window)
    t.z = layer.z
    t.rows = of.triggered
    t.weights = of.weights
    t.signs = layer.signs
    t.nonzero = layer.nonzero
    t.n = of.n_triggered
    t.n_neurons = layer.n_neurons
    t.n_words = layer.n_words
    find_learners_of_word(&t, layer.wide, w, layer.learning, &counts)
    starts[0] = 0
    for j in range(n):
        starts[j + 1] = starts[j] + ((counts.n[j] + 3) & ~3)
    if of.all_alike:
        list_pairs_of_word(
            &t, layer.learning, w, starts, <int32_t>layer.weights.rows.n_words, entries, totals
        )
        for j in range(n):
            update_row(
                &layer.weights, first + j, entries + starts[j], NULL, counts.n[j], totals[j]
            )
    else:
        list_learners_of_word(&t, layer.learning, w, starts, entries, steps)
        for j in range(n):
            update_row(
                &layer.weights, first + j, entries + starts[j], steps + starts[j], counts.n[j], 0
            )
    adapt_some(layer.windows + first, counts.asked, counts.learned, n, of.share)
    if layer.columns:
        for c in range(layer.weights.rows.n_words):
            transpose_square(
                layer.weights.panels, n_panels, layer.weights.rows.n_words, w, c, layer.columns,
                (layer.weights.n_inputs + 15) >> 4, layer.n_words
            )


cdef void learn(const mini_batch* of, Py_ssize_t thread) noexcept nogil:
    # Words of neurons go round the threads, each to the same one in every mini-batch: its weights
    # stay in that cache.
    cdef int32_t* entries = of.entries + 128 * (of.n + 3) * thread
    cdef Py_ssize_t turn = 0
    cdef Py_ssize_t index, w
    for index in range(of.n_layers):
        for w in range(of.layers[index].n_words):
            if turn % of.n_threads == thread:
                learn_word(of, &of.layers[index], w, entries)
            turn += 1


cdef void* carve(char** place, Py_ssize_t n_bytes) noexcept nogil:
    # The next bytes, at a whole cache line.
    cdef char* start = place[0]
    place[0] += (n_bytes + 63) // 64 * 64
    return start


cdef size_t arrange(mini_batch* of, char* start) noexcept nogil:
    # Lay out what is computed from `start` on; return how many bytes it takes.
    cdef char* place = start
    cdef Py_ssize_t n = of.n
    cdef Py_ssize_t index, n_bytes
    cdef layer_arrays* layer
    for index in range(of.n_layers):
        layer = &of.layers[index]
        layer.z = <int32_t*>carve(&place, 4 * n * layer.n_neurons)
        layer.wide = <int32_t*>carve(&place, 4 * layer.n_neurons)
        layer.activations = <uint64_t*>carve(&place, 8 * n * layer.n_words)
        layer.signs = <uint64_t*>carve(&place, 8 * n * layer.n_words)
        layer.nonzero = <uint64_t*>carve(&place, 8 * n * layer.n_words)
        layer.learning = <uint64_t*>carve(&place, 8 * n * layer.n_words)
        if index:
            layer.below = of.layers[index - 1].activations
        n_bytes = 8 * n * layer.weights.rows.n_words
        layer.read = layer.below
        if of.noise:
            layer.noisy = <uint64_t*>carve(&place, n_bytes)
            layer.read = layer.noisy
        # A row of zeros, pairs, and what whole vectors may read after them.
        layer.pairs = <uint64_t*>carve(
            &place, 2 * n_bytes + 8 * layer.weights.rows.n_words + VECTOR
        )
        if layer.means:
            layer.centring = <uint16_t*>carve(&place, 384 * layer.weights.rows.n_words)
    of.logits = <int32_t*>carve(&place, 4 * n * of.n_classes)
    of.triggered = <int32_t*>carve(&place, 4 * n)
    of.rivals = <int32_t*>carve(&place, 4 * n)
    of.weights = <int32_t*>carve(&place, 4 * n)
    of.entries = <int32_t*>carve(&place, 4 * 128 * (n + 3) * of.n_threads)
    return place - start


cdef int read_layer(layer_arrays* layer, tuple arrays, Py_ssize_t n_below) except -1:
    # Pointers into the arrays of a layer over n_below neurons, -1 for the first.
    cdef ndarray hidden_weights, panels, windows
    cdef int32_t limit, least_window
    cdef Py_ssize_t n_neurons, n_inputs, n_bias
    hidden_weights, panels, columns, windows, means, least_window, limit, n_bias = arrays
    if hidden_weights is None or panels is None or windows is None:
        raise TypeError("hidden_weights, panels and windows must be arrays.")
    n_neurons = size_of("hidden_weights", hidden_weights, 0)
    n_inputs = size_of("hidden_weights", hidden_weights, 1)
    if n_below >= 0 and n_inputs != n_below:
        raise ValueError(f"hidden_weights have {n_inputs} columns, not {n_below}.")
    if not 0 <= n_bias <= n_inputs:
        raise ValueError(f"n_bias is {n_bias}, not in 0 .. {n_inputs}.")
    layer.n_neurons = n_neurons
    layer.n_words = words_of(n_neurons)
    layer.least_window = least_window
    layer.n_noisy = n_inputs - n_bias
    layer.windows = write_ints("windows", windows, n_neurons)
    layer.columns = NULL
    if columns is not None:
        layer.columns = write_words(
            "columns", columns, (n_inputs + 15) // 16, layer.n_words, 16
        )
    elif n_below >= 0:
        raise ValueError("columns must be given for all layers but the first.")
    layer.means = NULL
    if means is not None:
        layer.means = read_ints("means", means, n_inputs)
    read_weights(&layer.weights, hidden_weights, panels)
    layer.weights.limit = limit
    return 0


cdef int draw(layer_arrays* layer, uint64_t key, uint64_t noise_key) except -1:
    # What is drawn for all neurons of a layer.
    cdef Py_ssize_t n_inputs = layer.weights.n_inputs
    layer.noise_key = noise_key
    layer.weights.key = key
    if layer.means:
        layer.weights.rows.wraps = draw_rounding(
            layer.means, n_inputs, mix_keys(key, 0), layer.centring
        )
        layer.weights.rows.centring = layer.centring
    return 0


def contrastive_step(
    ndarray inputs not None,            # IN  uint64 (n, words of n_inputs)
    ndarray classes not None,           # IN  intp (n,)
    ndarray sample_weight not None,     # IN  int32 (n,)
    list layers not None,               # INOUT tuples, as `read_layer` takes them, at least one
    ndarray prototype_panels not None,  # IN  uint64 (n_panels, words of n_outputs, 16)
    ndarray prototypes not None,        # IN  uint64 (n_classes, words of n_outputs)
    double bound,                       # r K
    double share,                       # of its errors that a neuron learns from
    int noise,                          # probability that a bit flips, in 256ths
    uint64_t noise_key,
    ndarray numbers not None,           # IN  int64 (n,), of the samples, or none without noise
    uint64_t key,                       # for rounding
    int n_threads,
):
    """Learn from a mini-batch; return the weights of who triggered, who was wrong, and of all."""
    cdef Py_ssize_t n = size_of("inputs", inputs, 0)
    cdef Py_ssize_t n_below = -1
    cdef Py_ssize_t index, t
    cdef int64_t n_triggered = 0
    cdef int64_t n_wrong = 0
    cdef int64_t n_all = 0
    cdef mini_batch of
    cdef void* room = NULL
    cdef trigger_counts* counts = NULL
    if not layers or n_threads < 1 or not 0 <= noise <= 255:
        raise ValueError("layers, n_threads or noise are outside of what they may be.")
    of.n = n
    of.n_layers = len(layers)
    of.n_threads = n_threads
    of.noise = noise
    of.bound = bound
    of.share = share
    of.n_classes = size_of("prototypes", prototypes, 0)
    of.classes = read_classes(classes, n, of.n_classes)
    of.sample_weight = read_ints("sample_weight", sample_weight, n)
    of.numbers = NULL
    if noise:
        of.numbers = <const int64_t*>data_of("numbers", numbers, NPY_INT64, READ, n)
    of.layers = <layer_arrays*>malloc(of.n_layers * sizeof(layer_arrays))
    counts = <trigger_counts*>malloc(n_threads * sizeof(trigger_counts))
    try:
        if not of.layers or not counts:
            raise MemoryError
        for index in range(of.n_layers):
            read_layer(&of.layers[index], layers[index], n_below)
            n_below = of.layers[index].n_neurons
        of.layers[0].below = read_words("inputs", inputs, n, of.layers[0].weights.rows.n_words)
        of.prototypes = read_words("prototypes", prototypes, of.n_classes, words_of(n_below))
        of.prototype_panels = read_panels(
            "prototype_panels", prototype_panels, of.n_classes, n_below
        )
        room = malloc(arrange(&of, NULL) + 64)
        if not room:
            raise MemoryError
        arrange(&of, <char*>room + (-<size_t>room & 63))
        for index in range(of.n_layers):
            draw(&of.layers[index], mix_keys(key, index), mix_keys(mix_keys(noise_key, index), 0))
        with nogil:
            for t in prange(n_threads, schedule="static", num_threads=n_threads):
                go_up(&of, t, &counts[t])
            join(&of, counts)
            for t in prange(n_threads, schedule="static", num_threads=n_threads):
                go_down(&of, t)
            for t in prange(n_threads, schedule="static", num_threads=n_threads):
                learn(&of, t)
        for t in range(n_threads):
            n_triggered += counts[t].n_triggered
            n_wrong += counts[t].n_wrong
            n_all += counts[t].n_all
    finally:
        free(room)
        free(counts)
        free(of.layers)
    return n_triggered, n_wrong, n_all
