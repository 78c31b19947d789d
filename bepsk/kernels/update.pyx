"""From errors to new weights: gate, winners, update, saturation, reinforcement (Sec. 3.2, 3.3)."""

from cython.parallel import prange
from libc.stdint cimport int16_t, int32_t, uint32_t, uint64_t
from libc.string cimport memset

from bepsk.kernels.random cimport random_word

from bepsk.kernels import cpu

cdef extern from "simd.h" nogil:
    void pack_between(
        int path, const int32_t* values, Py_ssize_t n, int32_t low, int32_t high, uint64_t* bits
    )
    void add_signed(int path, int32_t* delta, const uint64_t* bits, Py_ssize_t n, int32_t step)
    void apply_row(
        int path, int16_t* hidden, const int32_t* delta, Py_ssize_t n, int32_t limit,
        uint64_t* bits
    )

cdef int PATH = cpu.PATH


cdef inline int32_t magnitude(int32_t x) noexcept nogil:
    return x if x >= 0 else -x


cdef inline bint bit(const uint64_t[:, ::1] bits, Py_ssize_t i, Py_ssize_t k) noexcept nogil:
    return (bits[i, k >> 6] >> (k & 63)) & 1


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


cdef int32_t winner(
    const int32_t[:, ::1] z, const uint64_t[:, ::1] desired, Py_ssize_t i,
    Py_ssize_t first, Py_ssize_t last
) noexcept nogil:
    cdef int32_t best = -1
    cdef Py_ssize_t k
    for k in range(first, last):
        if bit(desired, i, k) != (z[i, k] >= 0):
            if best < 0 or magnitude(z[i, k]) < magnitude(z[i, best]):
                best = <int32_t>k
    return best


def winners(
    const int32_t[:, ::1] z,            # IN  (n_samples, n_neurons)
    const uint64_t[:, ::1] desired,     # IN  (n_samples, words of n_neurons), a*
    Py_ssize_t group_size,
    int32_t[:, ::1] out,                # OUT (n_samples, n_groups)
    int n_threads,
):
    """The wrong neuron with the smallest |z| in each group; -1 where none is wrong."""
    cdef Py_ssize_t i, g
    for i in prange(z.shape[0], nogil=True, schedule="static", num_threads=n_threads):
        for g in range(out.shape[1]):
            out[i, g] = winner(
                z, desired, i, g * group_size, min((g + 1) * group_size, z.shape[1])
            )


cdef void accumulate_group(
    const int32_t[:, ::1] winners, Py_ssize_t group, const uint64_t[:, ::1] desired,
    const uint64_t[:, ::1] inputs, const int32_t[::1] weights, const int32_t[::1] slots,
    Py_ssize_t first, Py_ssize_t last, int32_t[:, ::1] delta
) noexcept nogil:
    cdef Py_ssize_t i, j
    cdef int32_t step
    for j in range(first, last):
        if slots[j] >= 0:
            memset(&delta[slots[j], 0], 0, delta.shape[1] * sizeof(int32_t))
    for i in range(winners.shape[0]):
        j = winners[i, group]
        if j >= 0:
            step = 2 * weights[i] if bit(desired, i, j) else -2 * weights[i]
            add_signed(PATH, &delta[slots[j], 0], &inputs[i, 0], delta.shape[1], step)


def accumulate(
    const int32_t[:, ::1] winners,      # IN  (n_samples, n_groups)
    const uint64_t[:, ::1] desired,     # IN  (n_samples, words of n_neurons), a*_l
    const uint64_t[:, ::1] inputs,      # IN  (n_samples, words of n_inputs), a_{l-1}
    const int32_t[::1] weights,         # IN  (n_samples,), repetitions of each sample
    const int32_t[::1] slots,           # IN  (n_neurons,), row of delta for each winner, or -1
    Py_ssize_t group_size,
    int32_t[:, ::1] delta,              # OUT (n_winners, n_inputs)
    int n_threads,
):
    """Sum 2 a*_j a_{l-1} in a row for every winner j (Sec. 3.3)."""
    cdef Py_ssize_t group
    # A group's winners are its own rows: no two threads meet.
    for group in prange(
        winners.shape[1], nogil=True, schedule="dynamic", num_threads=n_threads
    ):
        accumulate_group(
            winners, group, desired, inputs, weights, slots, group * group_size,
            min((group + 1) * group_size, slots.shape[0]), delta
        )


def apply(
    int16_t[:, ::1] hidden_weights,     # INOUT (n_neurons, n_inputs)
    const int32_t[::1] rows,            # IN    (n_rows,), which rows change, each once
    const int32_t[:, ::1] delta,        # IN    (n_rows, n_inputs)
    int32_t limit,
    uint64_t[:, ::1] visible_weights,   # INOUT (n_neurons, words of n_inputs)
    int n_threads,
):
    """H <- saturate(H + delta) to [-limit, limit], W <- sign(H), in the rows that change."""
    cdef Py_ssize_t r, j
    for r in prange(rows.shape[0], nogil=True, schedule="static", num_threads=n_threads):
        j = rows[r]
        apply_row(
            PATH, &hidden_weights[j, 0], &delta[r, 0], hidden_weights.shape[1], limit,
            &visible_weights[j, 0]
        )


cdef inline Py_ssize_t draw_gap(const uint32_t[::1] survival, uint32_t u) noexcept nogil:
    # How many of the 255 falling entries exceed u, by a search without branches.
    cdef Py_ssize_t n = 0
    cdef Py_ssize_t half = 128
    while half:
        n += half * (u < survival[n + half - 1])
        half >>= 1
    return n


cdef void reinforce_row(
    int16_t[:, ::1] hidden_weights, Py_ssize_t row, const uint32_t[::1] survival, uint64_t key,
    int32_t limit
) noexcept nogil:
    cdef uint64_t row_key = random_word(key, row)
    cdef uint64_t draw = 0
    cdef Py_ssize_t k = 0
    cdef Py_ssize_t gap
    cdef int16_t h
    while True:
        gap = draw_gap(survival, <uint32_t>(random_word(row_key, draw) >> 32))
        draw += 1
        k += gap
        if k >= hidden_weights.shape[1]:
            return
        if gap < survival.shape[0]:
            h = hidden_weights[row, k]
            if magnitude(h) < limit:
                hidden_weights[row, k] = h + 2 if h > 0 else h - 2
            k += 1


def reinforce(
    int16_t[:, ::1] hidden_weights,     # INOUT (n_neurons, n_inputs), odd
    const uint32_t[::1] survival,       # IN    (255,), P(gap > i) in units of 2^-32
    uint64_t key,
    int32_t limit,
    int n_threads,
):
    """h <- h + 2 sign(h), saturated, at gaps drawn from a geometric law (Sec. 3.3)."""
    cdef Py_ssize_t row
    for row in prange(
        hidden_weights.shape[0], nogil=True, schedule="static", num_threads=n_threads
    ):
        reinforce_row(hidden_weights, row, survival, key, limit)
