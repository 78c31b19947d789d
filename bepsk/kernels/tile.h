/* The inner loop of products of bit matrices, on every CPU path. */
#ifndef BEPSK_TILE_H
#define BEPSK_TILE_H

#include "simd.h"

/* ---- binary product: a tile of 4 samples x 16 neurons --------------------------------
 * `panel` interleaves 16 weight rows: word w of row r is panel[16 w + r], so that one
 * word of a sample meets 16 neurons at once and no sum across a register is needed.
 * counts[s][r] = sum over w of popcount((samples[s][w] ^ panel[16 w + r]) & gates[s][w]);
 * gates == NULL stands for all ones. */
enum { TILE_SAMPLES = 4, TILE_NEURONS = 16 };

OUTLINE void tile_portable(const uint64_t *const *samples, const uint64_t *const *gates,
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

#if BEPSK_X86
/* Bytes are counted by two table look-ups of nibbles, and summed before they can overflow. */
TARGET_AVX2 INLINE __m256i count_bytes(__m256i x)
{
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1,
                                           1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m256i low = _mm256_and_si256(x, nibble);
    const __m256i high = _mm256_and_si256(_mm256_srli_epi16(x, 4), nibble);
    return _mm256_add_epi8(_mm256_shuffle_epi8(table, low), _mm256_shuffle_epi8(table, high));
}

TARGET_AVX2 INLINE void tile_avx2_body(const uint64_t *const *samples,
                                       const uint64_t *const *gates, const uint64_t *panel,
                                       ptrdiff_t n_words, int32_t *counts)
{
    enum { VECTORS = TILE_NEURONS / 4, WORDS_A_BYTE = 31 };
    const __m256i zero = _mm256_setzero_si256();
    for (int s = 0; s < TILE_SAMPLES; s++) {
        __m256i sums[VECTORS] = {zero, zero, zero, zero};
        for (ptrdiff_t start = 0; start < n_words; start += WORDS_A_BYTE) {
            const ptrdiff_t end = n_words - start < WORDS_A_BYTE ? n_words : start + WORDS_A_BYTE;
            __m256i bytes[VECTORS] = {zero, zero, zero, zero};
            for (ptrdiff_t w = start; w < end; w++) {
                const __m256i word = _mm256_set1_epi64x((long long)samples[s][w]);
                for (int v = 0; v < VECTORS; v++) {
                    const uint64_t *const place = panel + TILE_NEURONS * w + 4 * v;
                    __m256i unlike =
                        _mm256_xor_si256(word, _mm256_loadu_si256((const __m256i *)place));
                    if (gates)
                        unlike = _mm256_and_si256(
                            unlike, _mm256_set1_epi64x((long long)gates[s][w]));
                    bytes[v] = _mm256_add_epi8(bytes[v], count_bytes(unlike));
                }
            }
            for (int v = 0; v < VECTORS; v++)
                sums[v] = _mm256_add_epi64(sums[v], _mm256_sad_epu8(bytes[v], zero));
        }
        for (int r = 0; r < TILE_NEURONS; r++)
            counts[TILE_NEURONS * s + r] = (int32_t)((const uint64_t *)sums)[r];
    }
}

TARGET_AVX2 OUTLINE void tile_avx2(const uint64_t *const *samples, const uint64_t *const *gates,
                                   const uint64_t *panel, ptrdiff_t n_words, int32_t *counts)
{
    if (gates)
        tile_avx2_body(samples, gates, panel, n_words, counts);
    else
        tile_avx2_body(samples, NULL, panel, n_words, counts);
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

#endif
