/* Included once for each CPU path by planes.h. */

/* Add the bits to the counters, in units of 2^from. */
TARGET INLINE void NAME(add_to_planes)(U64 *planes, int n_planes, int from, U64 bits)
{
    for (int p = from; p < n_planes; p++) {
        const U64 carry = planes[p] & bits;
        planes[p] ^= bits;
        bits = carry;
    }
}

/* Add the bits of four words to the counters; n_planes >= 2. */
TARGET INLINE void NAME(add_four)(U64 *planes, int n_planes, U64 a, U64 b, U64 c, U64 d)
{
    const U64 first = NAME(add_three)(planes, a, b), second = NAME(add_three)(planes, c, d);
    NAME(add_to_planes)(planes, n_planes, 2, NAME(add_three)(planes + 1, first, second));
}
