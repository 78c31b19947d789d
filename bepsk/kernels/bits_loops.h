/* Included once for each CPU path by bits.h. */

/* Bit k is [ values[k] >= 0 ]. */
TARGET NOINLINE void NAME(pack_signs_row)(const int32_t *values, ptrdiff_t n, uint64_t *bits)
{
    for (ptrdiff_t start = 0; start < n; start += 64) {
        uint64_t negative = 0;
        for (ptrdiff_t k = 0; k < 64; k += N32) {
            const I32 v = LOAD(I32, values + start + k, n - start - k);
            negative |= (uint64_t)NAME(negative_i32)(v) << k;
        }
        bits[start >> 6] = ~negative & bits_before(n - start);
    }
}

/* In rows that are `distance` apart, squares of `width` bits off the diagonal change places. */
TARGET INLINE void NAME(swap_squares)(uint64_t *block, int distance, int width, uint64_t mask)
{
    for (int row = 0; row < 64; row += 2 * distance)
        for (uint64_t *high = block + row; high < block + row + distance; high += N64) {
            uint64_t *const low = high + distance;
            const U64 a = LOAD(U64, high, N64), b = LOAD(U64, low, N64);
            const U64 swapped = ((a >> width) ^ b) & mask;
            const U64 new_a = a ^ swapped << width, new_b = b ^ swapped;
            STORE(high, new_a, N64);
            STORE(low, new_b, N64);
        }
}

/* Row 8 i + k takes the place of row 8 k + i. */
TARGET INLINE void NAME(turn_rows)(const uint64_t *rows, uint64_t *turned)
{
    for (int k = 0; k < 8; k++)
        for (int i = 0; i < 8; i++)
            turned[8 * k + i] = rows[8 * i + k];
}

/* 64 x 64 bits, transposed in place: ever smaller squares off the diagonal change places. The
 * rows of the smallest are brought apart, so that all steps take whole vectors. */
TARGET NOINLINE void NAME(transpose_block)(uint64_t *block)
{
    uint64_t turned[64];
    NAME(swap_squares)(block, 32, 32, 0x00000000FFFFFFFF);
    NAME(swap_squares)(block, 16, 16, 0x0000FFFF0000FFFF);
    NAME(swap_squares)(block, 8, 8, 0x00FF00FF00FF00FF);
    NAME(turn_rows)(block, turned);
    NAME(swap_squares)(turned, 32, 4, 0x0F0F0F0F0F0F0F0F);
    NAME(swap_squares)(turned, 16, 2, 0x3333333333333333);
    NAME(swap_squares)(turned, 8, 1, 0x5555555555555555);
    NAME(turn_rows)(turned, block);
}
