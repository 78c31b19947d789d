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

/* Bit k is [ v[k] >= 0 ] for the int16 of a, and then those of b. */
INLINE uint64_t signs_i16_portable(i16_portable a, i16_portable b)
{
    const i16_portable lanes = {1, 2, 4, 8, 16, 32, 64, 128};
    const i64_portable marks = (i64_portable)((~(a >> 15) & lanes) | (~(b >> 15) & (lanes << 8)));
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

/* a + b + c = sum + 2 carry, for each bit; returns the carry, and leaves the sum in a. */
#define DEFINE_ADD_THREE(path)                                                                  \
    TARGET_##path INLINE u64_##path add_three_##path(u64_##path *a, u64_##path b, u64_##path c) \
    {                                                                                           \
        const u64_##path two = *a ^ b, carry = (*a & b) | (two & c);                            \
        *a = two ^ c;                                                                           \
        return carry;                                                                           \
    }

DEFINE_ADD_THREE(portable)

/* (a b + c) >> 16, with a and b from -2^15, and c from 0 to 2^16 - 1. */
INLINE i16_portable scale_portable(i16_portable a, i16_portable b, u16_portable c)
{
    i16_portable high;
    for (int k = 0; k < 8; k++)
        high[k] = (int16_t)(((int32_t)a[k] * b[k] + c[k]) >> 16);
    return high;
}

/* sum[k] + a[2k] b[2k] + a[2k+1] b[2k+1] */
INLINE i32_portable add_products_portable(i32_portable sum, i16_portable a, i16_portable b)
{
    const i32_portable x = (i32_portable)a, y = (i32_portable)b;
    return sum + (x << 16 >> 16) * (y << 16 >> 16) + (x >> 16) * (y >> 16);
}

#define negative_i64_neon negative_i64_portable
#define negative_i32_neon negative_i32_portable
#define signs_i16_neon signs_i16_portable
#define spread_neon spread_portable
#define smaller_neon smaller_portable
#define least_neon least_portable
#define keep_neon keep_portable
#define add_where_neon add_where_portable
#define load_bytes_neon load_bytes_portable
#define add_clamped_neon add_clamped_portable
#define add_three_neon add_three_portable
#define scale_neon scale_portable
#define add_products_neon add_products_portable
#define load_u64_neon load_u64_portable
#define load_i16_neon load_i16_portable
#define store_i16_neon store_i16_portable

#if BEPSK_X86
#include "lanes_x86.h"
#endif

#endif
