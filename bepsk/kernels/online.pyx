"""Learning from one row at a time, with random numbers that a microcontroller can draw."""

from libc.stdint cimport uint32_t, uint64_t

from bepsk.kernels.checks cimport check_shape, check_shape_or_empty

DIGITS = 4


cdef inline uint32_t next_random(uint32_t* state) noexcept nogil:
    # Xorshift: shifts alone.
    state[0] ^= state[0] << 13
    state[0] ^= state[0] >> 17
    state[0] ^= state[0] << 5
    return state[0]


def draw_changes(
    uint32_t state,                     # of the generator, not 0
    const uint64_t[::1] row,            # IN  (words of n_bits or more,)
    const uint64_t[:, ::1] means,       # IN  (4, like row), see below; or no rows
    Py_ssize_t n_bits,                  # that may change, the first ones of the row
    uint64_t[::1] changes,              # OUT like row; 0 in the other bits
):
    """Draw which inputs a row is learned from; return the new state.

    Those that differ from a random background row, and every second of these. A bit of the
    background is 1 with a probability in 16ths, whose digit d is in row d of `means`; or with 1/2.
    Draws are of 32 bits, for each 32 bits of the row: one for each digit, or one, and then another.
    """
    cdef Py_ssize_t n_words = row.shape[0]
    cdef Py_ssize_t half, w, digit
    cdef uint32_t random, mean, background, half_row, chosen
    cdef int shift
    check_shape_or_empty("means", means.shape, DIGITS, n_words)
    check_shape("changes", changes.shape, n_words)
    if not 0 <= n_bits <= 64 * n_words:
        raise ValueError(f"n_bits is {n_bits}, not within a row of {n_words} words.")
    if state == 0:
        raise ValueError("state must not be 0.")
    with nogil:
        for w in range(n_words):
            changes[w] = 0
        for half in range((n_bits + 31) >> 5):
            w = half >> 1
            shift = 32 * (half & 1)
            half_row = <uint32_t>(row[w] >> shift)
            background = 0 if means.shape[0] else next_random(&state)
            for digit in range(means.shape[0]):
                random = next_random(&state)
                mean = <uint32_t>(means[digit, w] >> shift)
                # random < mean, by its digits so far
                background = (mean & ~random) | (~(mean ^ random) & background)
            chosen = (half_row ^ background) & next_random(&state)
            changes[w] |= <uint64_t>chosen << shift
        if n_bits & 63:
            changes[n_bits >> 6] &= ~<uint64_t>0 >> (-n_bits & 63)
    return state
