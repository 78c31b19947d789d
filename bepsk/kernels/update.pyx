"""From errors to new weights: gate, winners, update, saturation, reinforcement (Sec. 3.2, 3.3)."""

from cython.parallel import prange
from libc.stdint cimport int16_t, int32_t, uint8_t, uint32_t, uint64_t

from bepsk.kernels.random cimport random_word

from bepsk.kernels import cpu

cdef extern from "simd.h" nogil:
    void pack_between(
        int path, const int32_t* values, Py_ssize_t n, int32_t low, int32_t high, uint64_t* bits
    )

cdef extern from "rows.h" nogil:
    ctypedef struct increments:
        const int32_t* sources
        const int32_t* steps
        Py_ssize_t n
        const uint64_t* inputs
        const uint64_t* known
        Py_ssize_t n_words
    void apply_row(
        int path, int16_t* hidden, Py_ssize_t n, const increments* row, int32_t limit,
        uint64_t* bits
    )
    int32_t winner(
        int path, const int32_t* values, const uint64_t* marked, Py_ssize_t first, Py_ssize_t last
    )

cdef int PATH = cpu.PATH


def gate(
    const int32_t[:, ::1] z,        # IN  (n_samples, n_neurons)
    int32_t width,                  # floor(nu K), K the fan-in
    uint64_t[:, ::1] out,           # OUT (n_samples, words of n_neurons)
    int n_threads,
):
    """g = [ |z| <= nu K ] (Eq. 5)."""
    cdef Py_ssize_t i
    for i in prange(z.shape[0], nogil=True, schedule="static", num_threads=n_threads):
        pack_between(PATH, &z[i, 0], z.shape[1], -width, width, &out[i, 0])


def winners(
    const int32_t[:, ::1] values,       # IN  (n_samples, n_neurons)
    const uint64_t[:, ::1] marked,      # IN  (n_samples, words of n_neurons)
    Py_ssize_t group_size,
    int32_t[:, ::1] out,                # OUT (n_samples, n_groups)
    int n_threads,
):
    """The marked neuron with the smallest |value| in each group; -1 where none is marked."""
    cdef Py_ssize_t i, g
    cdef Py_ssize_t n = values.shape[1]
    for i in prange(values.shape[0], nogil=True, schedule="static", num_threads=n_threads):
        for g in range(out.shape[1]):
            out[i, g] = winner(
                PATH, &values[i, 0], &marked[i, 0], g * group_size, min((g + 1) * group_size, n)
            )


def sort_by_neuron(
    const int32_t[:, ::1] winners,      # IN  (n_samples, n_groups)
    int32_t[::1] starts,                # OUT (n_neurons + 1,)
    int32_t[::1] samples,               # OUT (n_samples * n_groups,), as many as were won
    int32_t[::1] neurons,               # OUT likewise
):
    """List who won, by neuron: entries starts[j] .. starts[j + 1] - 1 are the samples of j."""
    cdef Py_ssize_t i, g, j
    cdef Py_ssize_t n_neurons = starts.shape[0] - 1
    cdef int32_t place
    with nogil:
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
            for g in range(winners.shape[1]):
                j = winners[i, g]
                if j >= 0:
                    place = starts[j]
                    starts[j] += 1
                    samples[place] = <int32_t>i
                    neurons[place] = <int32_t>j
        for j in range(n_neurons, 0, -1):
            starts[j] = starts[j - 1]
        starts[0] = 0


cdef void apply_increments(
    int16_t[:, ::1] hidden_weights, Py_ssize_t j, const int32_t[::1] starts,
    const int32_t[::1] sources, const int32_t[::1] steps, const uint64_t[:, ::1] inputs,
    const uint64_t[:, ::1] known, int32_t limit, uint64_t[:, ::1] visible_weights
) noexcept nogil:
    cdef increments row
    row.n = starts[j + 1] - starts[j]
    if row.n == 0:
        return
    row.sources = &sources[starts[j]]
    row.steps = &steps[starts[j]]
    row.inputs = &inputs[0, 0]
    row.known = &known[0, 0] if known.shape[0] else NULL
    row.n_words = inputs.shape[1]
    apply_row(
        PATH, &hidden_weights[j, 0], hidden_weights.shape[1], &row, limit, &visible_weights[j, 0]
    )


def apply(
    int16_t[:, ::1] hidden_weights,     # INOUT (n_neurons, n_inputs)
    const int32_t[::1] starts,          # IN    (n_neurons + 1,), first increment of each neuron
    const int32_t[::1] sources,         # IN    (n,), the row of `inputs` that is added
    const int32_t[::1] steps,           # IN    (n,), and how many times
    const uint64_t[:, ::1] inputs,      # IN    (m, words of n_inputs)
    const uint64_t[:, ::1] known,       # IN    likewise, 0 where an input counts as 0; or no rows
    int32_t limit,
    uint64_t[:, ::1] visible_weights,   # INOUT (n_neurons, words of n_inputs)
    int n_threads,
):
    """H <- saturate(H + sum of increments) to [-limit, limit], W <- sign(H)."""
    cdef Py_ssize_t j
    for j in prange(
        hidden_weights.shape[0], nogil=True, schedule="static", num_threads=n_threads
    ):
        apply_increments(
            hidden_weights, j, starts, sources, steps, inputs, known, limit, visible_weights
        )


cdef inline Py_ssize_t draw_gap(
    const uint32_t[::1] survival, const uint8_t[::1] at_least, uint32_t u
) noexcept nogil:
    # How many of the 255 falling entries exceed u.
    cdef Py_ssize_t n = at_least[u >> 24]
    while n < survival.shape[0] and u < survival[n]:
        n += 1
    return n


cdef void reinforce_row(
    int16_t[:, ::1] hidden_weights, Py_ssize_t row, const uint32_t[::1] survival,
    const uint8_t[::1] at_least, uint64_t key, int32_t limit
) noexcept nogil:
    cdef uint64_t row_key = random_word(key, row)
    cdef uint64_t draw = 0
    cdef Py_ssize_t k = 0
    cdef Py_ssize_t gap
    cdef int16_t h
    while True:
        gap = draw_gap(survival, at_least, <uint32_t>(random_word(row_key, draw) >> 32))
        draw += 1
        k += gap
        if k >= hidden_weights.shape[1]:
            return
        if gap < survival.shape[0]:
            h = hidden_weights[row, k]
            if -limit < h < limit:
                hidden_weights[row, k] = h + 2 if h > 0 else h - 2
            k += 1


def reinforce(
    int16_t[:, ::1] hidden_weights,     # INOUT (n_neurons, n_inputs), odd
    const uint32_t[::1] survival,       # IN    (255,), P(gap > i) in units of 2^-32
    const uint8_t[::1] at_least,        # IN    (256,), how many exceed all u of that first byte
    uint64_t key,
    int32_t limit,
    int n_threads,
):
    """h <- h + 2 sign(h), saturated, at gaps drawn from a geometric law (Sec. 3.3)."""
    cdef Py_ssize_t row
    for row in prange(
        hidden_weights.shape[0], nogil=True, schedule="static", num_threads=n_threads
    ):
        reinforce_row(hidden_weights, row, survival, at_least, key, limit)
