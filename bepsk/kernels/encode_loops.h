/* Included once for each CPU path by encode.h. */

/* Bit k is [ values[features[k]] > thresholds[k] ], or of values[k] itself where `features` is
 * NULL; NaN is above nothing. */
#define PACK_ABOVE(number, real, vector, mask, negative)                                          \
    TARGET NOINLINE void NAME(pack_above_##number)(const number *values, const int32_t *features, \
                                                   const real *thresholds, ptrdiff_t n,           \
                                                   uint64_t *bits)                                \
    {                                                                                             \
        enum { LANES = sizeof(vector) / sizeof(real) };                                           \
        for (ptrdiff_t start = 0; start < n; start += 64) {                                       \
            const ptrdiff_t length = n - start < 64 ? n - start : 64;                             \
            real x[64] = {0}, t[64] = {0};                                                        \
            if (!features && length == 64)                                                        \
                for (int k = 0; k < 64; k++)                                                      \
                    x[k] = (real)values[start + k];                                               \
            else                                                                                  \
                for (ptrdiff_t k = 0; k < length; k++)                                            \
                    x[k] = (real)values[features ? features[start + k] : start + k];              \
            memcpy(t, thresholds + start, (size_t)length * sizeof *t);                            \
            uint64_t word = 0;                                                                    \
            for (int k = 0; k < 64; k += LANES) {                                                 \
                const mask above = LOAD(vector, x + k, LANES) > LOAD(vector, t + k, LANES);       \
                word |= (uint64_t)NAME(negative)(above) << k;                                     \
            }                                                                                     \
            bits[start >> 6] = word;                                                              \
        }                                                                                         \
    }

PACK_ABOVE(uint8_t, float, F32, I32, negative_i32)
PACK_ABOVE(float, float, F32, I32, negative_i32)
PACK_ABOVE(double, double, F64, I64, negative_i64)
#undef PACK_ABOVE

/* The bits [ sum <= lower or sum > upper ] of the `width` projections of a panel, sum = C q. Pair
 * p of the weights of projection r is panel[32 p + 2 r] and the next. */
TARGET NOINLINE void NAME(project_panel)(const int16_t *levels, ptrdiff_t n_samples,
                                         ptrdiff_t n_pairs, const int8_t *panel,
                                         const int32_t *lower, const int32_t *upper,
                                         ptrdiff_t width, quarter *bits, ptrdiff_t bits_stride)
{
    enum { TILE = 4, PARTS = 16 / N32 };
    const uint32_t inside = bits_before(width) & 0xFFFF;
    for (ptrdiff_t first = 0; first < n_samples; first += TILE) {
        const ptrdiff_t n = n_samples - first < TILE ? n_samples - first : TILE;
        const int16_t *rows[TILE];
        I32 sums[TILE][PARTS] = {{{0}}};
        for (int s = 0; s < TILE; s++)
            rows[s] = levels + (first + (s < n ? s : 0)) * 2 * n_pairs;
        for (ptrdiff_t p = 0; inside && p < n_pairs; p++)
            for (int part = 0; part < PARTS; part++) {
                const I16 weights = NAME(load_bytes)(panel + 32 * p + part * N16);
                for (int s = 0; s < TILE; s++) {
                    int32_t pair;
                    memcpy(&pair, rows[s] + 2 * p, sizeof pair);
                    sums[s][part] =
                        NAME(add_products)(sums[s][part], (I16)((I32){0} + pair), weights);
                }
            }
        for (ptrdiff_t s = 0; s < n; s++) {
            uint32_t outside = 0;
            for (int part = 0; part < PARTS; part++) {
                const ptrdiff_t k = part * N32;
                const I32 low = LOAD(I32, lower + k, width - k);
                const I32 high = LOAD(I32, upper + k, width - k), sum = sums[s][part];
                outside |= NAME(negative_i32)((sum <= low) | (sum > high)) << k;
            }
            bits[(first + s) * bits_stride] = (quarter)(outside & inside);
        }
    }
}

/* best[i] = the largest sum of a patch over its window x window places on sample i of 16. Pair p of
 * pixels, p and the next one, is pairs[32 p + 2 i] and the next; `pairs` is where the window
 * begins, `row` the pixels from one row of the image to the next, `step` those from one column to
 * the next. */
TARGET NOINLINE void NAME(match_patch)(const int16_t *pairs, ptrdiff_t row, ptrdiff_t step,
                                       const int16_t *patch, ptrdiff_t n_rows, ptrdiff_t n_pairs,
                                       ptrdiff_t window, int32_t *best)
{
    enum { PARTS = 16 / N32 };
    I32 largest[PARTS];
    for (int part = 0; part < PARTS; part++)
        largest[part] = (I32){0} + INT32_MIN;
    for (ptrdiff_t y = 0; y < window; y++)
        for (ptrdiff_t x = 0; x < window; x++) {
            I32 sums[PARTS] = {{0}};
            for (ptrdiff_t r = 0; r < n_rows; r++) {
                const int16_t *pixels = pairs + 32 * ((y + r) * row + x * step);
                for (ptrdiff_t p = 0; p < n_pairs; p++) {
                    int32_t pair;
                    memcpy(&pair, patch + 2 * (r * n_pairs + p), sizeof pair);
                    const I16 weights = (I16)((I32){0} + pair);
                    for (int part = 0; part < PARTS; part++) {
                        const I16 values = LOAD(I16, pixels + 64 * p + part * N16, N16);
                        sums[part] = NAME(add_products)(sums[part], values, weights);
                    }
                }
            }
            for (int part = 0; part < PARTS; part++) {
                const I32 more = sums[part] > largest[part];
                largest[part] = (sums[part] & more) | (largest[part] & ~more);
            }
        }
    for (int part = 0; part < PARTS; part++)
        STORE(best + part * N32, largest[part], N32);
}
