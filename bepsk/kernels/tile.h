/* The inner loop of products of bit matrices, for each CPU path.
 *
 * A tile is 4 samples x 16 neurons. `panel` interleaves 16 weight rows: word w of row r is
 * panel[16 w + r], so that one word of a sample meets 16 neurons at once and no sum across a
 * register is needed. counts[s][r] = sum over w of
 * popcount((samples[s][w] ^ panel[16 w + r]) & gates[s][w]); gates == NULL stands for all ones. */
#ifndef BEPSK_TILE_H
#define BEPSK_TILE_H

#include "lanes.h"

enum { TILE_SAMPLES = 4, TILE_NEURONS = 16, PANELS_A_WORD = 64 / TILE_NEURONS };

INLINE void count_tile_portable(const uint64_t *const *samples, const uint64_t *const *gates,
                                const uint64_t *panel, ptrdiff_t n_words,
                                int32_t (*counts)[TILE_NEURONS])
{
    for (int s = 0; s < TILE_SAMPLES; s++) {
        uint32_t sums[TILE_NEURONS] = {0};
        for (ptrdiff_t w = 0; w < n_words; w++) {
            const uint64_t word = samples[s][w], open = gates ? gates[s][w] : ~UINT64_C(0);
            for (int r = 0; r < TILE_NEURONS; r++)
                sums[r] +=
                    (uint32_t)__builtin_popcountll((word ^ panel[TILE_NEURONS * w + r]) & open);
        }
        memcpy(counts[s], sums, sizeof sums);
    }
}

/* Bytes hold the counts of so many words of 64 bits before they overflow. */
enum { WORDS_A_BYTE = 31 };

#if BEPSK_NEON
INLINE void count_tile_neon(const uint64_t *const *samples, const uint64_t *const *gates,
                            const uint64_t *panel, ptrdiff_t n_words,
                            int32_t (*counts)[TILE_NEURONS])
{
    enum { VECTORS = TILE_NEURONS / 2 };
    for (int s = 0; s < TILE_SAMPLES; s++) {
        uint32x2_t sums[VECTORS];
        for (int v = 0; v < VECTORS; v++)
            sums[v] = vdup_n_u32(0);
        for (ptrdiff_t start = 0; start < n_words; start += WORDS_A_BYTE) {
            const ptrdiff_t end = n_words - start < WORDS_A_BYTE ? n_words : start + WORDS_A_BYTE;
            uint8x16_t bytes[VECTORS];
            for (int v = 0; v < VECTORS; v++)
                bytes[v] = vdupq_n_u8(0);
            for (ptrdiff_t w = start; w < end; w++) {
                const uint64x2_t word = vdupq_n_u64(samples[s][w]);
                for (int v = 0; v < VECTORS; v++) {
                    uint64x2_t unlike =
                        veorq_u64(word, vld1q_u64(panel + TILE_NEURONS * w + 2 * v));
                    if (gates)
                        unlike = vandq_u64(unlike, vdupq_n_u64(gates[s][w]));
                    bytes[v] = vaddq_u8(bytes[v], vcntq_u8(vreinterpretq_u8_u64(unlike)));
                }
            }
            for (int v = 0; v < VECTORS; v++)
                sums[v] =
                    vadd_u32(sums[v], vmovn_u64(vpaddlq_u32(vpaddlq_u16(vpaddlq_u8(bytes[v])))));
        }
        memcpy(counts[s], sums, sizeof sums);
    }
}
#endif

#if BEPSK_X86
/* Bytes are counted by two table look-ups of nibbles. */
TARGET_avx2 INLINE __m256i count_bytes(__m256i x)
{
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1,
                                           2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m256i low = _mm256_and_si256(x, nibble);
    const __m256i high = _mm256_and_si256(_mm256_srli_epi16(x, 4), nibble);
    return _mm256_add_epi8(_mm256_shuffle_epi8(table, low), _mm256_shuffle_epi8(table, high));
}

TARGET_avx2 INLINE void count_tile_avx2(const uint64_t *const *samples,
                                        const uint64_t *const *gates, const uint64_t *panel,
                                        ptrdiff_t n_words, int32_t (*counts)[TILE_NEURONS])
{
    enum { VECTORS = TILE_NEURONS / 4 };
    const __m256i zero = _mm256_setzero_si256();
    const __m256i evens = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
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
                        unlike =
                            _mm256_and_si256(unlike, _mm256_set1_epi64x((long long)gates[s][w]));
                    bytes[v] = _mm256_add_epi8(bytes[v], count_bytes(unlike));
                }
            }
            for (int v = 0; v < VECTORS; v++)
                sums[v] = _mm256_add_epi64(sums[v], _mm256_sad_epu8(bytes[v], zero));
        }
        for (int v = 0; v < VECTORS; v++) {
            const __m256i four = _mm256_permutevar8x32_epi32(sums[v], evens);
            _mm_storeu_si128((__m128i *)(counts[s] + 4 * v), _mm256_castsi256_si128(four));
        }
    }
}

TARGET_avx512 INLINE void count_tile_avx512(const uint64_t *const *samples,
                                            const uint64_t *const *gates, const uint64_t *panel,
                                            ptrdiff_t n_words, int32_t (*counts)[TILE_NEURONS])
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
                enum { XOR_THEN_AND = 0x28 }; /* (a ^ b) & c */
                const __m512i open = _mm512_set1_epi64((long long)gates[s][w]);
                unlike_low = _mm512_ternarylogic_epi64(word, low, open, XOR_THEN_AND);
                unlike_high = _mm512_ternarylogic_epi64(word, high, open, XOR_THEN_AND);
            }
            sums[s][0] = _mm512_add_epi64(sums[s][0], _mm512_popcnt_epi64(unlike_low));
            sums[s][1] = _mm512_add_epi64(sums[s][1], _mm512_popcnt_epi64(unlike_high));
        }
    }
    const __m512i evens =
        _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    for (int s = 0; s < TILE_SAMPLES; s++)
        _mm512_storeu_si512(counts[s], _mm512_permutex2var_epi32(sums[s][0], evens, sums[s][1]));
}
#endif

#endif
