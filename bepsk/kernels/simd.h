/* CPU paths: an inner loop is compiled for each path that gains from it, and one is chosen at
 * run time.
 *
 * A path is a number: PORTABLE, AVX2 or AVX512. Where a loop gains nothing from intrinsics its
 * body is written once and inlined into functions that differ only in their target attribute.
 * All paths compute the same integers. */
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
TARGET_AVX2 OUTLINE void pack_between_avx2(const int32_t *values, ptrdiff_t n, int32_t low,
                                           int32_t high, uint64_t *bits)
{
    const ptrdiff_t whole = n & ~(ptrdiff_t)63;
    const __m256i lows = _mm256_set1_epi32(low);
    const __m256i span = _mm256_sub_epi32(_mm256_set1_epi32(high), lows);
    for (ptrdiff_t start = 0; start < whole; start += 64) {
        uint64_t word = 0;
        for (int part = 0; part < 8; part++) {
            const __m256i *const place = (const __m256i *)(values + start + 8 * part);
            const __m256i above = _mm256_sub_epi32(_mm256_loadu_si256(place), lows);
            const __m256i inside = _mm256_cmpeq_epi32(_mm256_min_epu32(above, span), above);
            word |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(inside))
                    << (8 * part);
        }
        bits[start >> 6] = word;
    }
    pack_between_body(values + whole, n - whole, low, high, bits + (whole >> 6));
}

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
    if (path == AVX2) {
        pack_between_avx2(values, n, low, high, bits);
        return;
    }
#endif
    pack_between_portable(values, n, low, high, bits);
}

#endif
