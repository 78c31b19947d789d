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

TARGET INLINE void NAME(swap_squares)(uint64_t *block, int width, uint64_t mask)
{
    for (int row = 0; row < 64; row += 2 * width)
        for (int i = row; i < row + width; i++) {
            const uint64_t swapped = ((block[i] >> width) ^ block[i + width]) & mask;
            block[i] ^= swapped << width;
            block[i + width] ^= swapped;
        }
}

/* 64 x 64 bits, transposed in place: ever smaller squares off the diagonal change places. */
TARGET NOINLINE void NAME(transpose_block)(uint64_t *block)
{
    NAME(swap_squares)(block, 32, 0x00000000FFFFFFFF);
    NAME(swap_squares)(block, 16, 0x0000FFFF0000FFFF);
    NAME(swap_squares)(block, 8, 0x00FF00FF00FF00FF);
    NAME(swap_squares)(block, 4, 0x0F0F0F0F0F0F0F0F);
    NAME(swap_squares)(block, 2, 0x3333333333333333);
    NAME(swap_squares)(block, 1, 0x5555555555555555);
}
