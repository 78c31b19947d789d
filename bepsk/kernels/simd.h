/* The inner loops, each compiled once for every CPU path and chosen at run time.
 *
 * A path is a number: PORTABLE, AVX2 or AVX512. Where a loop gains nothing from
 * intrinsics its body is written once and inlined into functions that differ only
 * in their target attribute. All paths compute the same integers. */
#ifndef BEPSK_SIMD_H
#define BEPSK_SIMD_H

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#define BEPSK_X86 1
#include <immintrin.h>
#else
#define BEPSK_X86 0
#endif

enum { PORTABLE = 0, AVX2 = 1, AVX512 = 2 };

#define TARGET_AVX2 __attribute__((target("avx2,bmi2,popcnt")))
#define TARGET_AVX512 \
    __attribute__((target("avx2,bmi2,popcnt,avx512f,avx512bw,avx512vl,avx512vpopcntdq")))
#define INLINE static inline __attribute__((always_inline, unused))
#define OUTLINE static __attribute__((noinline, unused))

INLINE int best_path(void)
{
#if BEPSK_X86
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512vpopcntdq"))
        return AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
        __builtin_cpu_supports("popcnt"))
        return AVX2;
#endif
    return PORTABLE;
}

/* ---- binary product: a tile of 4 samples x 16 neurons --------------------------------
 * `panel` interleaves 16 weight rows: word w of row r is panel[16 w + r], so that one
 * word of a sample meets 16 neurons at once and no sum across a register is needed.
 * counts[s][r] = sum over w of popcount((samples[s][w] ^ panel[16 w + r]) & gates[s][w]);
 * gates == NULL stands for all ones. */
enum { TILE_SAMPLES = 4, TILE_NEURONS = 16 };

INLINE void tile_body(const uint64_t *const *samples, const uint64_t *const *gates,
                      const uint64_t *panel, ptrdiff_t n_words, int32_t *counts)
{
    for (int s = 0; s < TILE_SAMPLES; s++) {
        uint32_t sums[TILE_NEURONS] = {0};
        for (ptrdiff_t w = 0; w < n_words; w++) {
            const uint64_t word = samples[s][w], open = gates ? gates[s][w] : ~UINT64_C(0);
            for (int r = 0; r < TILE_NEURONS; r++)
                sums[r] += (uint32_t)__builtin_popcountll(
                    (word ^ panel[TILE_NEURONS * w + r]) & open);
        }
        for (int r = 0; r < TILE_NEURONS; r++)
            counts[TILE_NEURONS * s + r] = (int32_t)sums[r];
    }
}

OUTLINE void tile_portable(const uint64_t *const *samples, const uint64_t *const *gates,
                           const uint64_t *panel, ptrdiff_t n_words, int32_t *counts)
{
    tile_body(samples, gates, panel, n_words, counts);
}

#if BEPSK_X86
TARGET_AVX2 OUTLINE void tile_avx2(const uint64_t *const *samples, const uint64_t *const *gates,
                                   const uint64_t *panel, ptrdiff_t n_words, int32_t *counts)
{
    tile_body(samples, gates, panel, n_words, counts);
}

TARGET_AVX512 INLINE void tile_avx512_body(const uint64_t *const *samples,
                                           const uint64_t *const *gates, const uint64_t *panel,
                                           ptrdiff_t n_words, int32_t *counts)
{
    __m512i sums[TILE_SAMPLES][2];
    for (int s = 0; s < TILE_SAMPLES; s++)
        sums[s][0] = sums[s][1] = _mm512_setzero_si512();
    for (ptrdiff_t w = 0; w < n_words; w++) {
        const __m512i low = _mm512_loadu_si512(panel + TILE_NEURONS * w);
        const __m512i high = _mm512_loadu_si512(panel + TILE_NEURONS * w + 8);
        for (int s = 0; s < TILE_SAMPLES; s++) {
            const __m512i word = _mm512_set1_epi64((long long)samples[s][w]);
            __m512i unlike_low = _mm512_xor_si512(word, low);
            __m512i unlike_high = _mm512_xor_si512(word, high);
            if (gates) {
                const __m512i open = _mm512_set1_epi64((long long)gates[s][w]);
                unlike_low = _mm512_and_si512(unlike_low, open);
                unlike_high = _mm512_and_si512(unlike_high, open);
            }
            sums[s][0] = _mm512_add_epi64(sums[s][0], _mm512_popcnt_epi64(unlike_low));
            sums[s][1] = _mm512_add_epi64(sums[s][1], _mm512_popcnt_epi64(unlike_high));
        }
    }
    for (int s = 0; s < TILE_SAMPLES; s++)
        for (int half = 0; half < 2; half++)
            _mm256_storeu_si256((__m256i *)(counts + TILE_NEURONS * s + 8 * half),
                                _mm512_cvtepi64_epi32(sums[s][half]));
}

TARGET_AVX512 OUTLINE void tile_avx512(const uint64_t *const *samples,
                                       const uint64_t *const *gates, const uint64_t *panel,
                                       ptrdiff_t n_words, int32_t *counts)
{
    if (gates)
        tile_avx512_body(samples, gates, panel, n_words, counts);
    else
        tile_avx512_body(samples, NULL, panel, n_words, counts);
}
#endif

INLINE void tile(int path, const uint64_t *const *samples, const uint64_t *const *gates,
                 const uint64_t *panel, ptrdiff_t n_words, int32_t *counts)
{
#if BEPSK_X86
    if (path == AVX512) {
        tile_avx512(samples, gates, panel, n_words, counts);
        return;
    }
    if (path == AVX2) {
        tile_avx2(samples, gates, panel, n_words, counts);
        return;
    }
#endif
    tile_portable(samples, gates, panel, n_words, counts);
}

/* ---- comparison: bit k is [ low <= values[k] <= high ]; signs and gates are such bits -- */
INLINE void pack_between_body(const int32_t *values, ptrdiff_t n, int32_t low, int32_t high,
                              uint64_t *bits)
{
    const uint32_t span = (uint32_t)high - (uint32_t)low;
    for (ptrdiff_t start = 0; start < n; start += 64) {
        const int length = n - start < 64 ? (int)(n - start) : 64;
        uint64_t word = 0;
        for (int k = 0; k < length; k++)
            word |= (uint64_t)((uint32_t)values[start + k] - (uint32_t)low <= span) << k;
        bits[start >> 6] = word;
    }
}

OUTLINE void pack_between_portable(const int32_t *values, ptrdiff_t n, int32_t low, int32_t high,
                                   uint64_t *bits)
{
    pack_between_body(values, n, low, high, bits);
}

#if BEPSK_X86
TARGET_AVX512 OUTLINE void pack_between_avx512(const int32_t *values, ptrdiff_t n, int32_t low,
                                               int32_t high, uint64_t *bits)
{
    const ptrdiff_t whole = n & ~(ptrdiff_t)63;
    const __m512i lows = _mm512_set1_epi32(low);
    const __m512i span = _mm512_sub_epi32(_mm512_set1_epi32(high), lows);
    for (ptrdiff_t start = 0; start < whole; start += 64) {
        uint64_t word = 0;
        for (int part = 0; part < 4; part++) {
            const __m512i above =
                _mm512_sub_epi32(_mm512_loadu_si512(values + start + 16 * part), lows);
            word |= (uint64_t)_mm512_cmple_epu32_mask(above, span) << (16 * part);
        }
        bits[start >> 6] = word;
    }
    pack_between_body(values + whole, n - whole, low, high, bits + (whole >> 6));
}
#endif

INLINE void pack_between(int path, const int32_t *values, ptrdiff_t n, int32_t low, int32_t high,
                         uint64_t *bits)
{
#if BEPSK_X86
    if (path == AVX512) {
        pack_between_avx512(values, n, low, high, bits);
        return;
    }
#endif
    pack_between_portable(values, n, low, high, bits);
}

/* ---- row update: delta[k] += step where bit k is set, -= step where it is not -------- */
INLINE void add_signed_body(int32_t *delta, const uint64_t *bits, ptrdiff_t n, int32_t step)
{
    for (ptrdiff_t start = 0; start < n; start += 32) {
        const uint32_t word = (uint32_t)(bits[start >> 6] >> (start & 63));
        const int length = n - start < 32 ? (int)(n - start) : 32;
        for (int k = 0; k < length; k++)
            delta[start + k] += 2 * step * (int32_t)((word >> k) & 1) - step;
    }
}

OUTLINE void add_signed_portable(int32_t *delta, const uint64_t *bits, ptrdiff_t n, int32_t step)
{
    add_signed_body(delta, bits, n, step);
}

#if BEPSK_X86
TARGET_AVX2 OUTLINE void add_signed_avx2(int32_t *delta, const uint64_t *bits, ptrdiff_t n,
                                         int32_t step)
{
    add_signed_body(delta, bits, n, step);
}

TARGET_AVX512 OUTLINE void add_signed_avx512(int32_t *delta, const uint64_t *bits, ptrdiff_t n,
                                             int32_t step)
{
    const __m512i up = _mm512_set1_epi32(step), down = _mm512_set1_epi32(-step);
    for (ptrdiff_t start = 0; start < n; start += 16) {
        const __mmask16 set = (__mmask16)(bits[start >> 6] >> (start & 63));
        const __mmask16 inside = n - start < 16 ? (__mmask16)((1u << (n - start)) - 1) : 0xFFFF;
        const __m512i old = _mm512_maskz_loadu_epi32(inside, delta + start);
        const __m512i sum = _mm512_add_epi32(old, _mm512_mask_blend_epi32(set, down, up));
        _mm512_mask_storeu_epi32(delta + start, inside, sum);
    }
}
#endif

INLINE void add_signed(int path, int32_t *delta, const uint64_t *bits, ptrdiff_t n, int32_t step)
{
#if BEPSK_X86
    if (path == AVX512) {
        add_signed_avx512(delta, bits, n, step);
        return;
    }
    if (path == AVX2) {
        add_signed_avx2(delta, bits, n, step);
        return;
    }
#endif
    add_signed_portable(delta, bits, n, step);
}

/* ---- sums through time: total[k] += values[k] where bit k is set, -= where it is not -- */
INLINE void add_flipped_body(int32_t *total, const int32_t *values, const uint64_t *bits,
                             ptrdiff_t n)
{
    for (ptrdiff_t start = 0; start < n; start += 32) {
        const uint32_t word = (uint32_t)(bits[start >> 6] >> (start & 63));
        const int length = n - start < 32 ? (int)(n - start) : 32;
        for (int k = 0; k < length; k++) {
            const int32_t flip = (int32_t)((word >> k) & 1) - 1;
            total[start + k] += (values[start + k] ^ flip) - flip;
        }
    }
}

OUTLINE void add_flipped_portable(int32_t *total, const int32_t *values, const uint64_t *bits,
                                  ptrdiff_t n)
{
    add_flipped_body(total, values, bits, n);
}

#if BEPSK_X86
TARGET_AVX2 OUTLINE void add_flipped_avx2(int32_t *total, const int32_t *values,
                                          const uint64_t *bits, ptrdiff_t n)
{
    add_flipped_body(total, values, bits, n);
}
#endif

INLINE void add_flipped(int path, int32_t *total, const int32_t *values, const uint64_t *bits,
                        ptrdiff_t n)
{
#if BEPSK_X86
    if (path != PORTABLE) {
        add_flipped_avx2(total, values, bits, n);
        return;
    }
#endif
    add_flipped_portable(total, values, bits, n);
}

/* ---- clipped update: delta[k] += step sign(values[k]), with sign(0) = 0 -------------- */
INLINE void add_signs_of_body(int32_t *delta, const int32_t *values, ptrdiff_t n, int32_t step)
{
    for (ptrdiff_t k = 0; k < n; k++)
        delta[k] += step * ((values[k] > 0) - (values[k] < 0));
}

OUTLINE void add_signs_of_portable(int32_t *delta, const int32_t *values, ptrdiff_t n,
                                   int32_t step)
{
    add_signs_of_body(delta, values, n, step);
}

#if BEPSK_X86
TARGET_AVX2 OUTLINE void add_signs_of_avx2(int32_t *delta, const int32_t *values, ptrdiff_t n,
                                           int32_t step)
{
    add_signs_of_body(delta, values, n, step);
}
#endif

INLINE void add_signs_of(int path, int32_t *delta, const int32_t *values, ptrdiff_t n,
                         int32_t step)
{
#if BEPSK_X86
    if (path != PORTABLE) {
        add_signs_of_avx2(delta, values, n, step);
        return;
    }
#endif
    add_signs_of_portable(delta, values, n, step);
}

/* ---- saturating update of one row of hidden weights, and its sign bits --------------- */
INLINE void apply_body(int16_t *hidden, const int32_t *delta, ptrdiff_t n, int32_t limit)
{
    for (ptrdiff_t k = 0; k < n; k++) {
        int32_t sum = hidden[k] + delta[k];
        sum = sum > limit ? limit : sum;
        hidden[k] = (int16_t)(sum < -limit ? -limit : sum);
    }
}

INLINE void sign_bits_body(const int16_t *hidden, ptrdiff_t n, uint64_t *bits)
{
    for (ptrdiff_t start = 0; start < n; start += 64) {
        const int length = n - start < 64 ? (int)(n - start) : 64;
        uint64_t word = 0;
        for (int k = 0; k < length; k++)
            word |= (uint64_t)(hidden[start + k] >= 0) << k;
        bits[start >> 6] = word;
    }
}

OUTLINE void apply_row_portable(int16_t *hidden, const int32_t *delta, ptrdiff_t n, int32_t limit,
                                uint64_t *bits)
{
    apply_body(hidden, delta, n, limit);
    sign_bits_body(hidden, n, bits);
}

#if BEPSK_X86
TARGET_AVX2 OUTLINE void apply_row_avx2(int16_t *hidden, const int32_t *delta, ptrdiff_t n,
                                        int32_t limit, uint64_t *bits)
{
    apply_body(hidden, delta, n, limit);
    sign_bits_body(hidden, n, bits);
}

TARGET_AVX512 OUTLINE void apply_row_avx512(int16_t *hidden, const int32_t *delta, ptrdiff_t n,
                                            int32_t limit, uint64_t *bits)
{
    const ptrdiff_t whole = n & ~(ptrdiff_t)63;
    apply_body(hidden, delta, n, limit);
    for (ptrdiff_t start = 0; start < whole; start += 64) {
        const __mmask32 low = _mm512_movepi16_mask(_mm512_loadu_si512(hidden + start));
        const __mmask32 high = _mm512_movepi16_mask(_mm512_loadu_si512(hidden + start + 32));
        bits[start >> 6] = ~((uint64_t)high << 32 | low);
    }
    sign_bits_body(hidden + whole, n - whole, bits + (whole >> 6));
}
#endif

INLINE void apply_row(int path, int16_t *hidden, const int32_t *delta, ptrdiff_t n, int32_t limit,
                      uint64_t *bits)
{
#if BEPSK_X86
    if (path == AVX512) {
        apply_row_avx512(hidden, delta, n, limit, bits);
        return;
    }
    if (path == AVX2) {
        apply_row_avx2(hidden, delta, n, limit, bits);
        return;
    }
#endif
    apply_row_portable(hidden, delta, n, limit, bits);
}

#endif
