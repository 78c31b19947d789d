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
