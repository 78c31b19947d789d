"""Learning from one row at a time, with random numbers that a microcontroller can draw."""

from libc.stdint cimport uint32_t, uint64_t

from numpy cimport ndarray

from bepsk.kernels.checks cimport read_words, size_of, write_words

cdef enum:
    N_DIGITS = 4
DIGITS = N_DIGITS


cdef inline uint32_t next_random(uint32_t* state) noexcept nogil:
    # Xorshift: shifts alone.
    state[0] ^= state[0] << 13
    state[0] ^= state[0] >> 17
    state[0] ^= state[0] << 5
    return state[0]


def draw_changes(
    uint32_t state,             # of the generator, not 0
    ndarray row not None,       # IN  uint64 (words of n_bits or more,)
    ndarray means not None,     # IN  uint64 (4, like row), see below; or no rows
    Py_ssize_t n_bits,          # that may change, the first ones of the row
    ndarray changes not None,   # OUT like row; 0 in the other bits
):
    """Draw which inputs a row is learned from; return the new state.

    Those that differ from a random background row, and every second of these. A bit of the
    background is 1 with a probability in 16ths, whose digit d is in row d of `means`; or with 1/2.
    Draws are of 32 bits, for each 32 bits of the row: one for each digit, or one, and then another.
    """
    cdef Py_ssize_t n_words = size_of("row", row, 0)
    cdef const uint64_t* bits = read_words("row", row, n_words)
    cdef const uint64_t* digits = NULL
    cdef uint64_t* changed = write_words("changes", changes, n_words)
    cdef Py_ssize_t half, w, digit
    cdef uint32_t random, mean, background, half_row, chosen
    cdef int shift
    if size_of("means", means, 0):
        digits = read_words("means", means, N_DIGITS, n_words)
    if not 0 <= n_bits <= 64 * n_words:
        raise ValueError(f"n_bits is {n_bits}, not within a row of {n_words} words.")
    if state == 0:
        raise ValueError("state must not be 0.")
    with nogil:
        for w in range(n_words):
            changed[w] = 0
        for half in range((n_bits + 31) >> 5):
            w = half >> 1
            shift = 32 * (half & 1)
            half_row = <uint32_t>(bits[w] >> shift)
            background = 0 if digits else next_random(&state)
            for digit in range(N_DIGITS if digits else 0):
                random = next_random(&state)
                mean = <uint32_t>(digits[digit * n_words + w] >> shift)
                # random < mean, by its digits so far
                background = (mean & ~random) | (~(mean ^ random) & background)
            chosen = (half_row ^ background) & next_random(&state)
            changed[w] |= <uint64_t>chosen << shift
        if n_bits & 63:
            changed[n_bits >> 6] &= ~<uint64_t>0 >> (-n_bits & 63)
    return state
