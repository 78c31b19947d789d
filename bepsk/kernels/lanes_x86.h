/* The operations of lanes.h by the intrinsics of AVX2 and AVX-512. */
#ifndef BEPSK_LANES_X86_H
#define BEPSK_LANES_X86_H

TARGET_avx2 INLINE uint32_t negative_i64_avx2(i64_avx2 v)
{
    return (uint32_t)_mm256_movemask_pd((__m256d)v);
}

TARGET_avx2 INLINE uint32_t negative_i32_avx2(i32_avx2 v)
{
    return (uint32_t)_mm256_movemask_ps((__m256)v);
}

TARGET_avx2 INLINE uint64_t signs_i16_avx2(i16_avx2 a, i16_avx2 b)
{
    const __m256i packed = _mm256_packs_epi16((__m256i)a, (__m256i)b);
    return (uint32_t)~_mm256_movemask_epi8(_mm256_permute4x64_epi64(packed, 0xD8));
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

DEFINE_ADD_THREE(avx2)

TARGET_avx2 INLINE i16_avx2 scale_avx2(i16_avx2 a, i16_avx2 b, u16_avx2 c)
{
    const u16_avx2 low = (u16_avx2)a * (u16_avx2)b;
    const i16_avx2 high = (i16_avx2)_mm256_mulhi_epi16((__m256i)a, (__m256i)b);
    return high - (i16_avx2)(low + c < low);
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

TARGET_avx512 INLINE uint64_t signs_i16_avx512(i16_avx512 a, i16_avx512 b)
{
    const __m512i zero = _mm512_setzero_si512();
    return _mm512_kunpackd(_mm512_cmpge_epi16_mask((__m512i)b, zero),
                           _mm512_cmpge_epi16_mask((__m512i)a, zero));
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
    _mm512_mask_storeu_epi32(place, (__mmask16)_bzhi_u32(~0u, (uint32_t)n), kept);
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

TARGET_avx512 INLINE u64_avx512 add_three_avx512(u64_avx512 *a, u64_avx512 b, u64_avx512 c)
{
    enum { ODD = 0x96, MOST = 0xE8 };
    const __m512i x = (__m512i)*a, y = (__m512i)b, z = (__m512i)c;
    *a = (u64_avx512)_mm512_ternarylogic_epi64(x, y, z, ODD);
    return (u64_avx512)_mm512_ternarylogic_epi64(x, y, z, MOST);
}

TARGET_avx512 INLINE i16_avx512 scale_avx512(i16_avx512 a, i16_avx512 b, u16_avx512 c)
{
    const __m512i low = _mm512_mullo_epi16((__m512i)a, (__m512i)b);
    const __m512i high = _mm512_mulhi_epi16((__m512i)a, (__m512i)b);
    const __mmask32 carry = _mm512_cmplt_epu16_mask(_mm512_add_epi16(low, (__m512i)c), low);
    return (i16_avx512)_mm512_mask_sub_epi16(high, carry, high, _mm512_set1_epi16(-1));
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
