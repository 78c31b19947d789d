/* The inner loops of an update: stability, winners, and rows of hidden weights. */
#ifndef BEPSK_ROWS_H
#define BEPSK_ROWS_H

#include "simd.h"

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

/* ---- winner of a group: the marked neuron with the smallest |value|, the first of equals */
OUTLINE int32_t winner_portable(const int32_t *values, const uint64_t *marked, ptrdiff_t first,
                                ptrdiff_t last)
{
    uint32_t smallest = UINT32_MAX;
    int32_t best = -1;
    for (ptrdiff_t k = first; k < last; k++) {
        const uint32_t size = (uint32_t)(values[k] < 0 ? -(int64_t)values[k] : values[k]);
        if ((marked[k >> 6] >> (k & 63)) & 1 && size < smallest) {
            smallest = size;
            best = (int32_t)k;
        }
    }
    return best;
}

#if BEPSK_X86
/* Bits k .. k + 15; those from `last` on may be anything, and their word may not exist. */
INLINE __mmask16 bits_from(const uint64_t *words, ptrdiff_t k, ptrdiff_t last)
{
    const int shift = (int)(k & 63);
    uint64_t bits = words[k >> 6] >> shift;
    if (shift > 48 && last - k > 64 - shift)
        bits |= words[(k >> 6) + 1] << (64 - shift);
    return (__mmask16)bits;
}

TARGET_AVX512 OUTLINE int32_t winner_avx512(const int32_t *values, const uint64_t *marked,
                                            ptrdiff_t first, ptrdiff_t last)
{
    uint32_t smallest = UINT32_MAX;
    int32_t best = -1;
    for (ptrdiff_t k = first; k < last; k += 16) {
        const __mmask16 inside = last - k < 16 ? (__mmask16)((1u << (last - k)) - 1) : 0xFFFF;
        const __mmask16 lanes = inside & bits_from(marked, k, last);
        if (!lanes)
            continue;
        const __m512i size = _mm512_abs_epi32(_mm512_maskz_loadu_epi32(inside, values + k));
        const uint32_t least = _mm512_mask_reduce_min_epu32(lanes, size);
        if (least < smallest) {
            const __m512i same = _mm512_set1_epi32((int32_t)least);
            smallest = least;
            best = (int32_t)(k + __builtin_ctz(_mm512_mask_cmpeq_epu32_mask(lanes, size, same)));
        }
    }
    return best;
}
#endif

INLINE int32_t winner(int path, const int32_t *values, const uint64_t *marked, ptrdiff_t first,
                      ptrdiff_t last)
{
#if BEPSK_X86
    if (path == AVX512)
        return winner_avx512(values, marked, first, last);
#endif
    return winner_portable(values, marked, first, last);
}

/* ---- update of one row: hidden[k] += sum over i of steps[i] s_i[k], and its sign bits ---
 * s_i[k] is +-1 as bit k of row sources[i] of `inputs` says, or 0 where row sources[i] of
 * `known` has a 0; known == NULL stands for all ones. The sum is saturated once. */
typedef struct {
    const int32_t *sources, *steps;
    ptrdiff_t n;
    const uint64_t *inputs, *known;
    ptrdiff_t n_words;
} increments;

INLINE void split_word(const increments *row, ptrdiff_t i, ptrdiff_t w, uint64_t *plus,
                       uint64_t *minus)
{
    const ptrdiff_t place = row->sources[i] * row->n_words + w;
    const uint64_t known = row->known ? row->known[place] : ~UINT64_C(0);
    *plus = row->inputs[place] & known;
    *minus = known ^ *plus;
}

INLINE void apply_word_body(int16_t *hidden, int length, const increments *row, ptrdiff_t w,
                            int32_t limit, uint64_t *bits)
{
    int32_t sums[64] = {0};
    uint64_t plus, minus, signs = 0;
    for (ptrdiff_t i = 0; i < row->n; i++) {
        const int32_t step = row->steps[i];
        split_word(row, i, w, &plus, &minus);
        for (int half = 0; half < 64; half += 32) {
            const uint32_t up = (uint32_t)(plus >> half), down = (uint32_t)(minus >> half);
            for (int k = 0; k < 32; k++)
                sums[half + k] += step * ((int32_t)((up >> k) & 1) - (int32_t)((down >> k) & 1));
        }
    }
    for (int k = 0; k < length; k++) {
        int32_t sum = hidden[k] + sums[k];
        sum = sum > limit ? limit : sum;
        hidden[k] = (int16_t)(sum < -limit ? -limit : sum);
        signs |= (uint64_t)(hidden[k] >= 0) << k;
    }
    bits[w] = signs;
}

OUTLINE void apply_row_portable(int16_t *hidden, ptrdiff_t n, const increments *row,
                                int32_t limit, uint64_t *bits)
{
    for (ptrdiff_t w = 0; w < row->n_words; w++) {
        const int length = n - 64 * w < 64 ? (int)(n - 64 * w) : 64;
        apply_word_body(hidden + 64 * w, length, row, w, limit, bits);
    }
}

#if BEPSK_X86
/* 16 lanes of ones where the bits are set. */
TARGET_AVX2 INLINE __m256i spread_bits(uint64_t bits)
{
    const __m256i lanes = _mm256_setr_epi16(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048,
                                            4096, 8192, 16384, INT16_MIN);
    return _mm256_cmpeq_epi16(_mm256_and_si256(_mm256_set1_epi16((int16_t)bits), lanes), lanes);
}

/* This and the next sum in 16 bits: for rows whose steps add up to 32767 at most. */
TARGET_AVX2 OUTLINE void apply_row_avx2(int16_t *hidden, ptrdiff_t n, const increments *row,
                                        int32_t limit, uint64_t *bits)
{
    const __m256i zero = _mm256_setzero_si256();
    const __m256i high = _mm256_set1_epi16((int16_t)limit);
    const __m256i low = _mm256_set1_epi16((int16_t)-limit);
    uint64_t plus, minus;
    for (ptrdiff_t w = 0; w < n >> 6; w++) {
        __m256i sum[4] = {zero, zero, zero, zero};
        for (ptrdiff_t i = 0; i < row->n; i++) {
            const __m256i step = _mm256_set1_epi16((int16_t)row->steps[i]);
            split_word(row, i, w, &plus, &minus);
            for (int part = 0; part < 4; part++) {
                const __m256i up = spread_bits(plus >> (16 * part));
                const __m256i down = spread_bits(minus >> (16 * part));
                sum[part] = _mm256_add_epi16(sum[part], _mm256_and_si256(up, step));
                sum[part] = _mm256_sub_epi16(sum[part], _mm256_and_si256(down, step));
            }
        }
        __m256i negative[4];
        for (int part = 0; part < 4; part++) {
            __m256i *const place = (__m256i *)(hidden + 64 * w + 16 * part);
            __m256i h = _mm256_adds_epi16(_mm256_loadu_si256(place), sum[part]);
            h = _mm256_max_epi16(_mm256_min_epi16(h, high), low);
            _mm256_storeu_si256(place, h);
            negative[part] = _mm256_cmpgt_epi16(zero, h);
        }
        uint64_t signs = 0;
        for (int half = 0; half < 2; half++) {
            const __m256i packed = _mm256_permute4x64_epi64(
                _mm256_packs_epi16(negative[2 * half], negative[2 * half + 1]), 0xD8);
            signs |= (uint64_t)(uint32_t)~_mm256_movemask_epi8(packed) << (32 * half);
        }
        bits[w] = signs;
    }
    if (n & 63)
        apply_word_body(hidden + (n & ~(ptrdiff_t)63), (int)(n & 63), row, n >> 6, limit, bits);
}

TARGET_AVX512 OUTLINE void apply_row_avx512(int16_t *hidden, ptrdiff_t n, const increments *row,
                                            int32_t limit, uint64_t *bits)
{
    const __m512i high = _mm512_set1_epi16((int16_t)limit);
    const __m512i low = _mm512_set1_epi16((int16_t)-limit);
    uint64_t plus, minus;
    for (ptrdiff_t w = 0; w < row->n_words; w++) {
        __m512i sum[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
        for (ptrdiff_t i = 0; i < row->n; i++) {
            const __m512i step = _mm512_set1_epi16((int16_t)row->steps[i]);
            split_word(row, i, w, &plus, &minus);
            for (int half = 0; half < 2; half++) {
                const __mmask32 up = (__mmask32)(plus >> (32 * half));
                const __mmask32 down = (__mmask32)(minus >> (32 * half));
                sum[half] = _mm512_mask_add_epi16(sum[half], up, sum[half], step);
                sum[half] = _mm512_mask_sub_epi16(sum[half], down, sum[half], step);
            }
        }
        const ptrdiff_t left = n - 64 * w;
        const uint64_t inside = left < 64 ? (UINT64_C(1) << left) - 1 : ~UINT64_C(0);
        uint64_t signs = 0;
        for (int half = 0; half < 2; half++) {
            const __mmask32 lanes = (__mmask32)(inside >> (32 * half));
            int16_t *const place = hidden + 64 * w + 32 * half;
            __m512i h = _mm512_maskz_loadu_epi16(lanes, place);
            h = _mm512_adds_epi16(h, sum[half]);
            h = _mm512_max_epi16(_mm512_min_epi16(h, high), low);
            _mm512_mask_storeu_epi16(place, lanes, h);
            signs |= (uint64_t)(__mmask32)~_mm512_movepi16_mask(h) << (32 * half);
        }
        bits[w] = signs & inside;
    }
}
#endif

INLINE void apply_row(int path, int16_t *hidden, ptrdiff_t n, const increments *row,
                      int32_t limit, uint64_t *bits)
{
#if BEPSK_X86
    int64_t total = 0;
    for (ptrdiff_t i = 0; i < row->n; i++)
        total += row->steps[i] < 0 ? -(int64_t)row->steps[i] : row->steps[i];
    if (path != PORTABLE && total <= INT16_MAX) {
        (path == AVX512 ? apply_row_avx512 : apply_row_avx2)(hidden, n, row, limit, bits);
        return;
    }
#endif
    apply_row_portable(hidden, n, row, limit, bits);
}

#endif
