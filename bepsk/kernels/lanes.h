/* Vectors as wide as each CPU path's registers, and the few operations on them that each path
 * does its own way; everything else is left to the compiler.
 *
 * In the *_loops.h files I32, I16, U64, ... are the current path's types, N32, N16 and N64 how
 * many of them a vector holds. */
#ifndef BEPSK_LANES_H
#define BEPSK_LANES_H

#include "simd.h"

#define DEFINE_VECTORS(path, bytes)                                  \
    typedef int64_t i64_##path __attribute__((vector_size(bytes)));  \
    typedef uint64_t u64_##path __attribute__((vector_size(bytes))); \
    typedef int32_t i32_##path __attribute__((vector_size(bytes)));  \
    typedef uint32_t u32_##path __attribute__((vector_size(bytes))); \
    typedef int16_t i16_##path __attribute__((vector_size(bytes)));  \
    typedef uint16_t u16_##path __attribute__((vector_size(bytes))); \
    typedef int8_t i8_##path __attribute__((vector_size(bytes)));    \
    typedef uint8_t u8_##path __attribute__((vector_size(bytes)));   \
    typedef float f32_##path __attribute__((vector_size(bytes)));    \
    typedef double f64_##path __attribute__((vector_size(bytes)));

DEFINE_VECTORS(portable, 16)
DEFINE_VECTORS(neon, 16)
DEFINE_VECTORS(avx2, 32)
DEFINE_VECTORS(avx512, 64)

#define I64 NAME(i64)
#define U64 NAME(u64)
#define I32 NAME(i32)
#define U32 NAME(u32)
#define I16 NAME(i16)
#define U16 NAME(u16)
#define I8 NAME(i8)
#define F32 NAME(f32)
#define F64 NAME(f64)
#define N64 ((ptrdiff_t)(sizeof(I64) / 8))
#define N32 ((ptrdiff_t)(sizeof(I64) / 4))
#define N16 ((ptrdiff_t)(sizeof(I64) / 2))
#define N8 ((ptrdiff_t)sizeof(I64))

/* Loads the first n values, or a whole vector of them; the rest is 0. Only what is copied in part
 * goes through memory, whole vectors stay in registers. */
#define LOAD(vector, place, n)                                       \
    ({                                                               \
        vector v_;                                                   \
        if ((n) >= (ptrdiff_t)(sizeof v_ / sizeof v_[0])) {          \
            memcpy(&v_, (place), sizeof v_);                         \
        } else {                                                     \
            vector part_ = {0};                                      \
            if ((n) > 0)                                             \
                memcpy(&part_, (place), (size_t)(n) * sizeof v_[0]); \
            v_ = part_;                                              \
        }                                                            \
        v_;                                                          \
    })

#define STORE(place, v, n)                                       \
    do {                                                         \
        if ((n) >= (ptrdiff_t)(sizeof(v) / sizeof(v)[0])) {      \
            memcpy((place), &(v), sizeof(v));                    \
        } else if ((n) > 0) {                                    \
            const __typeof__(v) part_ = (v);                     \
            memcpy((place), &part_, (size_t)(n) * sizeof(v)[0]); \
        }                                                        \
    } while (0)

/* The |v| of a vector of int32, which wrap. */
#define SIZES(v)                               \
    ({                                         \
        const I32 s_ = (v), down_ = s_ >> 31;  \
        (I32)((U32)(s_ ^ down_) - (U32)down_); \
    })

/* All ones in the lanes where v is not in -width .. width. */
#define OUTSIDE(v, width)                           \
    ({                                              \
        const I32 v_ = (v), width_ = (width);       \
        (v_ > width_) | (v_ < (I32)(-(U32)width_)); \
    })

/* The first n bits of a word, all of them past 64. */
INLINE uint64_t bits_before(ptrdiff_t n)
{
    return n >= 64 ? ~UINT64_C(0) : n > 0 ? ((uint64_t)1 << n) - 1 : 0;
}

/* The bits of 16 neurons, a quarter of a word. */
typedef uint16_t quarter __attribute__((may_alias));

/* ---- portable, and what NEON leaves to the compiler ------------------------------------ */

/* Bit k is [ v[k] < 0 ]. */
INLINE uint32_t negative_i64_portable(i64_portable v)
{
    return (uint32_t)(v[0] < 0) | (uint32_t)(v[1] < 0) << 1;
}

INLINE uint32_t negative_i32_portable(i32_portable v)
{
    const i64_portable marks = (i64_portable)((v >> 31) & (i32_portable){1, 2, 4, 8});
    const int64_t all = marks[0] | marks[1];
    return (uint32_t)(all | all >> 32) & 15;
}

/* Bit k is [ v[k] < 0 ] for the int16 of a, and then those of b. */
INLINE uint64_t negative_i16_portable(i16_portable a, i16_portable b)
{
    const i16_portable lanes = {1, 2, 4, 8, 16, 32, 64, 128};
    const i64_portable marks = (i64_portable)(((a >> 15) & lanes) | ((b >> 15) & (lanes << 8)));
    const uint64_t all = (uint64_t)(marks[0] | marks[1]), half = all | all >> 32;
    return (half | half >> 16) & 0xFFFF;
}

/* Lane k is all ones where bit k is set. */
INLINE i32_portable spread_portable(uint32_t bits)
{
    const i32_portable lanes = {1, 2, 4, 8};
    return (((i32_portable){0} + (int32_t)bits) & lanes) == lanes;
}

INLINE i32_portable smaller_portable(i32_portable a, i32_portable b)
{
    const i32_portable less = a < b;
    return (a & less) | (b & ~less);
}

INLINE int32_t least_portable(i32_portable v)
{
    const int32_t a = v[0] < v[1] ? v[0] : v[1], b = v[2] < v[3] ? v[2] : v[3];
    return a < b ? a : b;
}

/* Store the lanes where the bits are set, one next to the other and `most` at most; returns how
 * many those are. */
INLINE int32_t keep_lanes(int32_t *place, const int32_t *lanes, uint32_t bits, int32_t most)
{
    int32_t n = 0;
    for (; bits && n < most; bits &= bits - 1)
        place[n++] = lanes[__builtin_ctz(bits)];
    return n;
}

INLINE int32_t keep_portable(int32_t *place, i32_portable v, uint32_t bits, int32_t most)
{
    return keep_lanes(place, (const int32_t *)&v, bits, most);
}

/* Add `amount` to the bytes where the bits are set; they may wrap around. */
INLINE i8_portable add_where_portable(i8_portable sum, uint64_t bits, int8_t amount)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const u64_portable lanes = (u64_portable){0} + UINT64_C(0x8040201008040201);
    const u64_portable spread = {(bits & 255) * ones, (bits >> 8 & 255) * ones};
    const i8_portable where = (i8_portable)(spread & lanes) == (i8_portable)lanes;
    return (i8_portable)((u8_portable)sum + (u8_portable)(where & amount));
}

/* As many bytes as there are int16 in a vector. */
INLINE i16_portable load_bytes_portable(const int8_t *place)
{
    int8_t half __attribute__((vector_size(8)));
    memcpy(&half, place, sizeof half);
    return __builtin_convertvector(half, i16_portable);
}

/* a + b, cut off at +-limit. */
INLINE i16_portable add_clamped_portable(i16_portable a, i16_portable b, int16_t limit)
{
    const i16_portable sum = (i16_portable)((u16_portable)a + (u16_portable)b);
    const i16_portable over = ((a ^ sum) & (b ^ sum)) >> 15;
    i16_portable h = (sum & ~over) | (((a >> 15) ^ INT16_MAX) & over);
    const i16_portable high = h > limit;
    h = (h & ~high) | (limit & high);
    const i16_portable low = h < (int16_t)-limit;
    return (h & ~low) | ((int16_t)-limit & low);
}

INLINE u64_portable load_u64_portable(const uint64_t *place, ptrdiff_t n)
{
    return LOAD(u64_portable, place, n);
}

INLINE i16_portable load_i16_portable(const int16_t *place, ptrdiff_t n)
{
    return LOAD(i16_portable, place, n);
}

INLINE void store_i16_portable(int16_t *place, i16_portable v, ptrdiff_t n)
{
    STORE(place, v, n);
}

/* sum[k] + a[2k] b[2k] + a[2k+1] b[2k+1] */
INLINE i32_portable add_products_portable(i32_portable sum, i16_portable a, i16_portable b)
{
    const i32_portable x = (i32_portable)a, y = (i32_portable)b;
    return sum + (x << 16 >> 16) * (y << 16 >> 16) + (x >> 16) * (y >> 16);
}

#define negative_i64_neon negative_i64_portable
#define negative_i32_neon negative_i32_portable
#define negative_i16_neon negative_i16_portable
#define spread_neon spread_portable
#define smaller_neon smaller_portable
#define least_neon least_portable
#define keep_neon keep_portable
#define add_where_neon add_where_portable
#define load_bytes_neon load_bytes_portable
#define add_clamped_neon add_clamped_portable
#define add_products_neon add_products_portable
#define load_u64_neon load_u64_portable
#define load_i16_neon load_i16_portable
#define store_i16_neon store_i16_portable

/* ---- x86 -------------------------------------------------------------------------------- */
#if BEPSK_X86

TARGET_avx2 INLINE uint32_t negative_i64_avx2(i64_avx2 v)
{
    return (uint32_t)_mm256_movemask_pd((__m256d)v);
}

TARGET_avx2 INLINE uint32_t negative_i32_avx2(i32_avx2 v)
{
    return (uint32_t)_mm256_movemask_ps((__m256)v);
}

TARGET_avx2 INLINE uint64_t negative_i16_avx2(i16_avx2 a, i16_avx2 b)
{
    const __m256i packed = _mm256_packs_epi16((__m256i)a, (__m256i)b);
    return (uint32_t)_mm256_movemask_epi8(_mm256_permute4x64_epi64(packed, 0xD8));
}

TARGET_avx2 INLINE i32_avx2 spread_avx2(uint32_t bits)
{
    const i32_avx2 lanes = {1, 2, 4, 8, 16, 32, 64, 128};
    return (((i32_avx2){0} + (int32_t)bits) & lanes) == lanes;
}

TARGET_avx2 INLINE i32_avx2 smaller_avx2(i32_avx2 a, i32_avx2 b)
{
    return (i32_avx2)_mm256_min_epi32((__m256i)a, (__m256i)b);
}

TARGET_avx2 INLINE int32_t least_avx2(i32_avx2 v)
{
    __m128i four =
        _mm_min_epi32(_mm256_castsi256_si128((__m256i)v), _mm256_extracti128_si256((__m256i)v, 1));
    four = _mm_min_epi32(four, _mm_shuffle_epi32(four, 0x4E));
    four = _mm_min_epi32(four, _mm_shuffle_epi32(four, 0xB1));
    return _mm_cvtsi128_si32(four);
}

TARGET_avx2 INLINE int32_t keep_avx2(int32_t *place, i32_avx2 v, uint32_t bits, int32_t most)
{
    return keep_lanes(place, (const int32_t *)&v, bits, most);
}

TARGET_avx2 INLINE i8_avx2 add_where_avx2(i8_avx2 sum, uint64_t bits, int8_t amount)
{
    const __m256i lanes = _mm256_set1_epi64x((long long)UINT64_C(0x8040201008040201));
    const __m256i eight_of_each =
        _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
    const __m256i spread = _mm256_shuffle_epi8(_mm256_set1_epi32((int32_t)bits), eight_of_each);
    const __m256i where = _mm256_cmpeq_epi8(_mm256_and_si256(spread, lanes), lanes);
    return (i8_avx2)_mm256_add_epi8((__m256i)sum,
                                    _mm256_and_si256(where, _mm256_set1_epi8(amount)));
}

TARGET_avx2 INLINE i16_avx2 load_bytes_avx2(const int8_t *place)
{
    return (i16_avx2)_mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)place));
}

TARGET_avx2 INLINE i16_avx2 add_clamped_avx2(i16_avx2 a, i16_avx2 b, int16_t limit)
{
    const __m256i sum = _mm256_adds_epi16((__m256i)a, (__m256i)b);
    return (i16_avx2)_mm256_max_epi16(_mm256_min_epi16(sum, _mm256_set1_epi16(limit)),
                                      _mm256_set1_epi16((int16_t)-limit));
}

TARGET_avx2 INLINE u64_avx2 load_u64_avx2(const uint64_t *place, ptrdiff_t n)
{
    const __m256i lanes = _mm256_setr_epi64x(0, 1, 2, 3);
    return (u64_avx2)_mm256_maskload_epi64((const long long *)place,
                                           _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), lanes));
}

TARGET_avx2 INLINE i16_avx2 load_i16_avx2(const int16_t *place, ptrdiff_t n)
{
    return LOAD(i16_avx2, place, n);
}

TARGET_avx2 INLINE void store_i16_avx2(int16_t *place, i16_avx2 v, ptrdiff_t n)
{
    STORE(place, v, n);
}

TARGET_avx2 INLINE i32_avx2 add_products_avx2(i32_avx2 sum, i16_avx2 a, i16_avx2 b)
{
    return sum + (i32_avx2)_mm256_madd_epi16((__m256i)a, (__m256i)b);
}

TARGET_avx512 INLINE uint32_t negative_i64_avx512(i64_avx512 v)
{
    return _mm512_movepi64_mask((__m512i)v);
}

TARGET_avx512 INLINE uint32_t negative_i32_avx512(i32_avx512 v)
{
    return _mm512_movepi32_mask((__m512i)v);
}

TARGET_avx512 INLINE uint64_t negative_i16_avx512(i16_avx512 a, i16_avx512 b)
{
    return _mm512_kunpackd(_mm512_movepi16_mask((__m512i)b), _mm512_movepi16_mask((__m512i)a));
}

TARGET_avx512 INLINE i32_avx512 spread_avx512(uint32_t bits)
{
    return (i32_avx512)_mm512_movm_epi32((__mmask16)bits);
}

TARGET_avx512 INLINE i32_avx512 smaller_avx512(i32_avx512 a, i32_avx512 b)
{
    return (i32_avx512)_mm512_min_epi32((__m512i)a, (__m512i)b);
}

TARGET_avx512 INLINE int32_t least_avx512(i32_avx512 v)
{
    return _mm512_reduce_min_epi32((__m512i)v);
}

TARGET_avx512 INLINE int32_t keep_avx512(int32_t *place, i32_avx512 v, uint32_t bits, int32_t most)
{
    const int32_t set = __builtin_popcount(bits), n = set < most ? set : most;
    const __m512i kept = _mm512_maskz_compress_epi32((__mmask16)bits, (__m512i)v);
    _mm512_mask_storeu_epi32(place, (__mmask16)bits_before(n), kept);
    return n;
}

TARGET_avx512 INLINE i8_avx512 add_where_avx512(i8_avx512 sum, uint64_t bits, int8_t amount)
{
    return (i8_avx512)_mm512_mask_add_epi8((__m512i)sum, bits, (__m512i)sum,
                                           _mm512_set1_epi8(amount));
}

TARGET_avx512 INLINE i16_avx512 load_bytes_avx512(const int8_t *place)
{
    return (i16_avx512)_mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)place));
}

TARGET_avx512 INLINE i16_avx512 add_clamped_avx512(i16_avx512 a, i16_avx512 b, int16_t limit)
{
    const __m512i sum = _mm512_adds_epi16((__m512i)a, (__m512i)b);
    return (i16_avx512)_mm512_max_epi16(_mm512_min_epi16(sum, _mm512_set1_epi16(limit)),
                                        _mm512_set1_epi16((int16_t)-limit));
}

TARGET_avx512 INLINE __mmask32 first_lanes(ptrdiff_t n)
{
    return n >= 32 ? ~(__mmask32)0 : n > 0 ? ((__mmask32)1 << n) - 1 : 0;
}

TARGET_avx512 INLINE u64_avx512 load_u64_avx512(const uint64_t *place, ptrdiff_t n)
{
    return (u64_avx512)_mm512_maskz_loadu_epi64((__mmask8)bits_before(n), place);
}

TARGET_avx512 INLINE i16_avx512 load_i16_avx512(const int16_t *place, ptrdiff_t n)
{
    return (i16_avx512)_mm512_maskz_loadu_epi16(first_lanes(n), place);
}

TARGET_avx512 INLINE void store_i16_avx512(int16_t *place, i16_avx512 v, ptrdiff_t n)
{
    _mm512_mask_storeu_epi16(place, first_lanes(n), (__m512i)v);
}

TARGET_avx512 INLINE i32_avx512 add_products_avx512(i32_avx512 sum, i16_avx512 a, i16_avx512 b)
{
    return sum + (i32_avx512)_mm512_madd_epi16((__m512i)a, (__m512i)b);
}
#endif

#endif
