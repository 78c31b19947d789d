/* Included once for each CPU path by encode.h. */

/* Bit k is [ values[features[k]] > thresholds[k] ], or of values[k] itself where `features` is
 * NULL; NaN is above nothing. */
#define PACK_ABOVE(number, real, vector)                                                        \
    TARGET OUTLINE void NAME(pack_above_##number)(                                              \
        const number *values, const int32_t *features, const real *thresholds, ptrdiff_t n,     \
        uint64_t *bits)                                                                         \
    {                                                                                           \
        for (ptrdiff_t start = 0; start < n; start += 64) {                                     \
            const ptrdiff_t length = n - start < 64 ? n - start : 64;                           \
            real x[64] = {0}, t[64] = {0};                                                      \
            if (!features && length == 64)                                                      \
                for (int k = 0; k < 64; k++)                                                    \
                    x[k] = (real)values[start + k];                                             \
            else                                                                                \
                for (ptrdiff_t k = 0; k < length; k++)                                          \
                    x[k] = (real)values[features ? features[start + k] : start + k];            \
            memcpy(t, thresholds + start, (size_t)length * sizeof *t);                          \
            uint64_t word = 0;                                                                  \
            for (int part = 0; part < 4; part++) {                                              \
                vector a, b;                                                                    \
                memcpy(&a, x + 16 * part, sizeof a);                                            \
                memcpy(&b, t + 16 * part, sizeof b);                                            \
                const v16si above = __builtin_convertvector(a > b, v16si);                      \
                word |= (uint64_t)NAME(negative16)(above) << (16 * part);                       \
            }                                                                                   \
            bits[start >> 6] = word;                                                            \
        }                                                                                       \
    }

PACK_ABOVE(uint8_t, float, v16sf)
PACK_ABOVE(float, float, v16sf)
PACK_ABOVE(double, double, v16df)
#undef PACK_ABOVE
