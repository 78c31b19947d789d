/* Vectors of 512 bits, and the few operations on them that each CPU path does its own way.
 *
 * Everything else is left to the compiler, which splits these vectors as its target wants. */
#ifndef BEPSK_LANES_H
#define BEPSK_LANES_H

#include "simd.h"

typedef int32_t v16si __attribute__((vector_size(64)));
typedef int16_t v32hi __attribute__((vector_size(64)));
typedef uint16_t v32hu __attribute__((vector_size(64)));
typedef uint64_t v8du __attribute__((vector_size(64)));
typedef int8_t v32qi __attribute__((vector_size(32)));
typedef float v16sf __attribute__((vector_size(64)));
typedef double v16df __attribute__((vector_size(128)));

#define LANES_16 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384
#define ONES_16 -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1

/* The first n of 16 values, or all of them; the rest is 0, or stays. */
INLINE v16si load16(const int32_t *place, ptrdiff_t n)
{
    v16si v = {0};
    if (n >= 16)
        memcpy(&v, place, sizeof v);
    else
        memcpy(&v, place, (size_t)n * sizeof *place);
    return v;
}

INLINE void store16(int32_t *place, v16si v, ptrdiff_t n)
{
    if (n >= 16)
        memcpy(place, &v, sizeof v);
    else
        memcpy(place, &v, (size_t)n * sizeof *place);
}

/* ---- portable, and what NEON leaves to the compiler ------------------------------------ */

/* Bit k is [ v[k] < 0 ]. */
INLINE uint32_t negative16_portable(v16si v)
{
    const v16si lanes = {LANES_16, 32768};
    const v16si marks = (v >> 31) & lanes;
    int32_t bits[16], all = 0;
    memcpy(bits, &marks, sizeof bits);
    for (int k = 0; k < 16; k++)
        all |= bits[k];
    return (uint32_t)all;
}

INLINE uint32_t negative32_portable(v32hi v)
{
    const v32hi lanes = {LANES_16, INT16_MIN, LANES_16, INT16_MIN};
    const v32hi marks = (v >> 15) & lanes;
    uint16_t bits[32], low = 0, high = 0;
    memcpy(bits, &marks, sizeof bits);
    for (int k = 0; k < 16; k++) {
        low |= bits[k];
        high |= bits[16 + k];
    }
    return low | (uint32_t)high << 16;
}

/* Lane k is all ones where bit k is set. */
INLINE v16si spread16_portable(uint32_t bits)
{
    const v16si lanes = {LANES_16, 32768};
    return (((v16si){0} + (int32_t)bits) & lanes) == lanes;
}

INLINE v16si smaller16_portable(v16si a, v16si b)
{
    const v16si less = a < b;
    return (a & less) | (b & ~less);
}

INLINE int32_t least16_portable(v16si v)
{
    int32_t lanes[16], least = INT32_MAX;
    memcpy(lanes, &v, sizeof lanes);
    for (int k = 0; k < 16; k++)
        least = lanes[k] < least ? lanes[k] : least;
    return least;
}

/* Add `amount` to the lanes where the bits are set; sums wrap. */
INLINE v32hi add_where_portable(v32hi sum, uint32_t bits, int16_t amount)
{
    const v32hi lanes = {LANES_16, INT16_MIN, LANES_16, INT16_MIN};
    const v32hi first = {ONES_16};
    const v32hi low = (v32hi){0} + (int16_t)bits, high = (v32hi){0} + (int16_t)(bits >> 16);
    const v32hi copies = (low & first) | (high & ~first);
    return (v32hi)((v32hu)sum + (v32hu)(((copies & lanes) == lanes) & amount));
}

/* a + b, cut off at +-limit. */
INLINE v32hi add_clamped_portable(v32hi a, v32hi b, int16_t limit)
{
    const v32hi sum = (v32hi)((v32hu)a + (v32hu)b);
    const v32hi over = ((a ^ sum) & (b ^ sum)) >> 15;
    v32hi h = (sum & ~over) | (((a >> 15) ^ INT16_MAX) & over);
    const v32hi high = h > limit;
    h = (h & ~high) | (limit & high);
    const v32hi low = h < (int16_t)-limit;
    return (h & ~low) | ((int16_t)-limit & low);
}

/* sum[k] + a[2k] b[2k] + a[2k+1] b[2k+1] */
INLINE v16si add_products_portable(v16si sum, v32hi a, v32hi b)
{
    const v16si x = (v16si)a, y = (v16si)b;
    return sum + (x << 16 >> 16) * (y << 16 >> 16) + (x >> 16) * (y >> 16);
}

#if BEPSK_NEON
#define negative16_neon negative16_portable
#define negative32_neon negative32_portable
#define spread16_neon spread16_portable
#define smaller16_neon smaller16_portable
#define least16_neon least16_portable
#define add_where_neon add_where_portable
#define add_clamped_neon add_clamped_portable
#define add_products_neon add_products_portable
#endif

/* ---- x86 -------------------------------------------------------------------------------- */
#if BEPSK_X86

typedef union {
    v16si v16;
    v32hi v32;
    __m256i half[2];
} halves;

TARGET_avx2 INLINE uint32_t negative16_avx2(v16si v)
{
    const halves h = {.v16 = v};
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(h.half[0])) |
           (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(h.half[1])) << 8;
}

TARGET_avx2 INLINE uint32_t negative32_avx2(v32hi v)
{
    const halves h = {.v32 = v};
    const __m256i packed = _mm256_packs_epi16(h.half[0], h.half[1]);
    return (uint32_t)_mm256_movemask_epi8(_mm256_permute4x64_epi64(packed, 0xD8));
}

TARGET_avx2 INLINE v16si spread16_avx2(uint32_t bits)
{
    return spread16_portable(bits);
}

TARGET_avx2 INLINE v16si smaller16_avx2(v16si a, v16si b)
{
    halves x = {.v16 = a};
    const halves y = {.v16 = b};
    for (int i = 0; i < 2; i++)
        x.half[i] = _mm256_min_epi32(x.half[i], y.half[i]);
    return x.v16;
}

TARGET_avx2 INLINE int32_t least16_avx2(v16si v)
{
    const halves h = {.v16 = v};
    const __m256i eight = _mm256_min_epi32(h.half[0], h.half[1]);
    __m128i four = _mm_min_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
    four = _mm_min_epi32(four, _mm_shuffle_epi32(four, 0x4E));
    four = _mm_min_epi32(four, _mm_shuffle_epi32(four, 0xB1));
    return _mm_cvtsi128_si32(four);
}

TARGET_avx2 INLINE v32hi add_where_avx2(v32hi sum, uint32_t bits, int16_t amount)
{
    const __m256i lanes = _mm256_setr_epi16(LANES_16, INT16_MIN);
    halves h = {.v32 = sum};
    for (int i = 0; i < 2; i++) {
        const __m256i copies = _mm256_set1_epi16((int16_t)(bits >> (16 * i)));
        const __m256i where = _mm256_cmpeq_epi16(_mm256_and_si256(copies, lanes), lanes);
        h.half[i] = _mm256_add_epi16(h.half[i], _mm256_and_si256(where, _mm256_set1_epi16(amount)));
    }
    return h.v32;
}

TARGET_avx2 INLINE v32hi add_clamped_avx2(v32hi a, v32hi b, int16_t limit)
{
    halves x = {.v32 = a};
    const halves y = {.v32 = b};
    for (int i = 0; i < 2; i++) {
        const __m256i sum = _mm256_adds_epi16(x.half[i], y.half[i]);
        x.half[i] = _mm256_max_epi16(_mm256_min_epi16(sum, _mm256_set1_epi16(limit)),
                                     _mm256_set1_epi16((int16_t)-limit));
    }
    return x.v32;
}

TARGET_avx2 INLINE v16si add_products_avx2(v16si sum, v32hi a, v32hi b)
{
    halves s = {.v16 = sum};
    const halves x = {.v32 = a}, y = {.v32 = b};
    for (int i = 0; i < 2; i++)
        s.half[i] = _mm256_add_epi32(s.half[i], _mm256_madd_epi16(x.half[i], y.half[i]));
    return s.v16;
}

TARGET_avx512 INLINE uint32_t negative16_avx512(v16si v)
{
    return _mm512_movepi32_mask((__m512i)v);
}

TARGET_avx512 INLINE uint32_t negative32_avx512(v32hi v)
{
    return _mm512_movepi16_mask((__m512i)v);
}

TARGET_avx512 INLINE v16si spread16_avx512(uint32_t bits)
{
    return (v16si)_mm512_movm_epi32((__mmask16)bits);
}

TARGET_avx512 INLINE v16si smaller16_avx512(v16si a, v16si b)
{
    return (v16si)_mm512_min_epi32((__m512i)a, (__m512i)b);
}

TARGET_avx512 INLINE int32_t least16_avx512(v16si v)
{
    return _mm512_reduce_min_epi32((__m512i)v);
}

TARGET_avx512 INLINE v32hi add_where_avx512(v32hi sum, uint32_t bits, int16_t amount)
{
    return (v32hi)_mm512_mask_add_epi16((__m512i)sum, bits, (__m512i)sum,
                                        _mm512_set1_epi16(amount));
}

TARGET_avx512 INLINE v32hi add_clamped_avx512(v32hi a, v32hi b, int16_t limit)
{
    const __m512i sum = _mm512_adds_epi16((__m512i)a, (__m512i)b);
    return (v32hi)_mm512_max_epi16(_mm512_min_epi16(sum, _mm512_set1_epi16(limit)),
                                   _mm512_set1_epi16((int16_t)-limit));
}

TARGET_avx512 INLINE v16si add_products_avx512(v16si sum, v32hi a, v32hi b)
{
    return (v16si)_mm512_add_epi32((__m512i)sum, _mm512_madd_epi16((__m512i)a, (__m512i)b));
}
#endif

#endif
