"""Products of bit matrices by XOR and popcount, forward and backward."""

from cython.parallel import prange
from libc.stdint cimport int32_t, uint64_t
from libc.stdlib cimport free, malloc

from bepsk.kernels import cpu

cdef extern from "tile.h" nogil:
    enum:
        TILE_SAMPLES = 4
        TILE_NEURONS = 16
    void tile(
        int path, const uint64_t** samples, const uint64_t** gates, const uint64_t* panel,
        Py_ssize_t n_words, int32_t* counts
    )

cdef extern from *:
    int popcount "__builtin_popcountll" (uint64_t) nogil

cdef int PATH = cpu.PATH
cdef uint64_t ALL_ONES = ~<uint64_t>0


cdef inline Py_ssize_t ceil_div(Py_ssize_t n, Py_ssize_t divisor) noexcept nogil:
    return (n + divisor - 1) // divisor


cdef void fill_panel(
    const uint64_t[:, ::1] weights, Py_ssize_t first, uint64_t* panel
) noexcept nogil:
    # Interleave TILE_NEURONS rows of weights; rows past the end are 0.
    cdef Py_ssize_t r, w
    for r in range(TILE_NEURONS):
        for w in range(weights.shape[1]):
            panel[TILE_NEURONS * w + r] = (
                weights[first + r, w] if first + r < weights.shape[0] else 0
            )


cdef void count_tile(
    const uint64_t[:, ::1] samples, const uint64_t[:, ::1] gates, Py_ssize_t first,
    const uint64_t* panel, int32_t* counts
) noexcept nogil:
    # Samples past the end repeat the last one.
    cdef const uint64_t* sample_rows[TILE_SAMPLES]
    cdef const uint64_t* gate_rows[TILE_SAMPLES]
    cdef bint gated = gates.shape[0] > 0
    cdef Py_ssize_t s, i
    for s in range(TILE_SAMPLES):
        i = min(first + s, samples.shape[0] - 1)
        sample_rows[s] = &samples[i, 0]
        if gated:
            gate_rows[s] = &gates[i, 0]
    tile(PATH, sample_rows, gate_rows if gated else NULL, panel, samples.shape[1], counts)


cdef void preactivation_panel(
    const uint64_t[:, ::1] activations, const uint64_t[:, ::1] weights, int32_t n_inputs,
    Py_ssize_t first_neuron, uint64_t* panel, int32_t[:, ::1] out
) noexcept nogil:
    cdef int32_t[TILE_SAMPLES * TILE_NEURONS] counts
    cdef Py_ssize_t n_neurons = min(TILE_NEURONS, weights.shape[0] - first_neuron)
    cdef Py_ssize_t tile_index, first, s, r
    fill_panel(weights, first_neuron, panel)
    for tile_index in range(ceil_div(activations.shape[0], TILE_SAMPLES)):
        first = TILE_SAMPLES * tile_index
        count_tile(activations, activations[:0], first, panel, counts)
        for s in range(min(TILE_SAMPLES, activations.shape[0] - first)):
            for r in range(n_neurons):
                out[first + s, first_neuron + r] = n_inputs - 2 * counts[TILE_NEURONS * s + r]


def preactivation(
    const uint64_t[:, ::1] activations,     # IN  (n_samples, words of n_inputs)
    const uint64_t[:, ::1] weights,         # IN  (n_neurons, words of n_inputs)
    int32_t n_inputs,
    int32_t[:, ::1] out,                    # OUT (n_samples, n_neurons)
    int n_threads,
):
    """z = W a = n_inputs - 2 popcount(W xor a) (Sec. 3.1)."""
    cdef Py_ssize_t panel_words = TILE_NEURONS * weights.shape[1]
    cdef Py_ssize_t n_panels = ceil_div(weights.shape[0], TILE_NEURONS)
    cdef Py_ssize_t p
    cdef uint64_t* panels = <uint64_t*>malloc(n_panels * panel_words * sizeof(uint64_t))
    if panels == NULL:
        raise MemoryError
    for p in prange(n_panels, nogil=True, schedule="static", num_threads=n_threads):
        preactivation_panel(
            activations, weights, n_inputs, TILE_NEURONS * p, panels + p * panel_words, out
        )
    free(panels)


cdef int32_t count_bits(const uint64_t[:, ::1] bits, Py_ssize_t row) noexcept nogil:
    cdef int32_t total = 0
    cdef Py_ssize_t w
    for w in range(bits.shape[1]):
        total += popcount(bits[row, w])
    return total


cdef void desired_panel(
    const uint64_t[:, ::1] desired, const uint64_t[:, ::1] gates,
    const uint64_t[:, ::1] transposed_weights, const int32_t* n_open, int32_t inertia,
    const uint64_t[:, ::1] current, Py_ssize_t first_input, uint64_t* panel,
    uint64_t[:, ::1] out
) noexcept nogil:
    cdef int32_t[TILE_SAMPLES * TILE_NEURONS] counts
    cdef Py_ssize_t n_inputs = min(TILE_NEURONS, transposed_weights.shape[0] - first_input)
    cdef Py_ssize_t w = first_input >> 6
    cdef int shift = first_input & 63
    cdef Py_ssize_t tile_index, first, s, r, i
    cdef int32_t v
    cdef uint64_t word, ties
    fill_panel(transposed_weights, first_input, panel)
    for tile_index in range(ceil_div(desired.shape[0], TILE_SAMPLES)):
        first = TILE_SAMPLES * tile_index
        count_tile(desired, gates, first, panel, counts)
        for s in range(min(TILE_SAMPLES, desired.shape[0] - first)):
            i = first + s
            ties = current[i, w] >> shift if current.shape[0] else ALL_ONES
            word = 0
            for r in range(n_inputs):
                v = n_open[i] - 2 * counts[TILE_NEURONS * s + r]
                if inertia and (gates[i, w] >> (shift + r)) & 1:
                    v += inertia if (desired[i, w] >> (shift + r)) & 1 else -inertia
                word |= ((v > 0) | ((v == 0) & (ties >> r))) << r
            if shift == 0:
                out[i, w] = word
            else:
                out[i, w] |= word << shift


def desired_activation(
    const uint64_t[:, ::1] desired,             # IN  (n_samples, words of n_neurons), a*_{l+1}
    const uint64_t[:, ::1] gates,               # IN  (n_samples, words of n_neurons), g_{l+1}
    const uint64_t[:, ::1] transposed_weights,  # IN  (n_inputs, words of n_neurons), W_{l+1}^T
    int32_t inertia,                            # 0 unless n_inputs = n_neurons
    const uint64_t[:, ::1] current,             # IN  (n_samples, words of n_inputs), or no rows
    uint64_t[:, ::1] out,                       # OUT (n_samples, words of n_inputs), a*_l
    int n_threads,
):
    """a*_l = sign((W_{l+1}^T + inertia) (g_{l+1} . a*_{l+1})) (Eq. 7).

    sign(0) is the bit in `current`, or +1 if that has no rows.
    """
    cdef Py_ssize_t panel_words = TILE_NEURONS * transposed_weights.shape[1]
    cdef Py_ssize_t n_panels = ceil_div(transposed_weights.shape[0], TILE_NEURONS)
    cdef Py_ssize_t panels_a_word = 64 // TILE_NEURONS
    cdef Py_ssize_t column, p, i
    cdef uint64_t* panels = <uint64_t*>malloc(
        out.shape[1] * panel_words * sizeof(uint64_t)
    )
    cdef int32_t* n_open = <int32_t*>malloc(gates.shape[0] * sizeof(int32_t) + 1)
    if panels == NULL or n_open == NULL:
        free(panels)
        free(n_open)
        raise MemoryError
    for i in range(gates.shape[0]):
        n_open[i] = count_bits(gates, i)
    # A thread owns whole words of `out`.
    for column in prange(out.shape[1], nogil=True, schedule="static", num_threads=n_threads):
        for p in range(panels_a_word * column, min(panels_a_word * (column + 1), n_panels)):
            desired_panel(
                desired, gates, transposed_weights, n_open, inertia, current, TILE_NEURONS * p,
                panels + column * panel_words, out
            )
    free(n_open)
    free(panels)
