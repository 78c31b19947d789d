/* What networks that go through a series step by step run on, beside bepsk.h. */
#ifndef BEPSK_SERIES_H
#define BEPSK_SERIES_H

#include "bepsk.h"

#ifndef BEPSK_SUM
#define BEPSK_SUM int16_t /* of the sums of a state */
#endif

/* A layer with inertia: sum j becomes 2 agreements - total + floor(inertia sum / 256), and bit j of
 * `out` is [ sum j >= 0 ]. */
static inline void bepsk_sums(const uint32_t *words, uint32_t n_inputs, uint32_t n_neurons,
                              uint32_t n_planes, int32_t total, int32_t inertia,
                              const uint32_t *pairs, BEPSK_SUM *sums, uint32_t *out)
{
    uint32_t planes[BEPSK_PLANES];
    bepsk_writer to = {out, 0, 1};
    for (uint32_t j = 0; j < n_neurons; j++) {
        if (!(j & 31)) {
            bepsk_count(words, n_inputs, n_planes, pairs, planes);
            words += n_planes + ((n_inputs + 15) & ~UINT32_C(15));
        }
        const int32_t carried = inertia * sums[j];
        int32_t sum = 2 * (int32_t)bepsk_counter(planes, n_planes, j) - total;
        sum += carried < 0 ? -((255 - carried) / 256) : carried / 256;
        sums[j] = (BEPSK_SUM)sum;
        bepsk_write(&to, sum >= 0);
    }
    bepsk_finish(&to);
}

/* Word `index` of the random stream `key`: SplitMix64. */
static inline uint64_t bepsk_random(uint64_t key, uint32_t index)
{
    uint64_t x = key + (index + UINT64_C(1)) * UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

/* Flip bits by the pattern of a place in the series. */
static inline void bepsk_flip(uint64_t seed, uint32_t place, uint32_t n_bits, uint32_t *bits)
{
    const uint64_t key = bepsk_random(bepsk_random(seed, 0) ^ place, 0);
    for (uint32_t w = 0; w < BEPSK_WORDS(n_bits); w++) {
        const uint64_t pattern = bepsk_random(key, w / 2) & bepsk_random(seed, w / 2);
        uint32_t flips = (uint32_t)(w & 1 ? pattern >> 32 : pattern);
        if (32 * w + 32 > n_bits)
            flips &= UINT32_MAX >> (32 * w + 32 - n_bits);
        bits[w] ^= flips;
    }
}

/* Begin a series: all states are +1, all sums 0. Nothing but volatile keeps compilers from calling
 * memset. */
static inline void bepsk_begin(volatile uint32_t *states, uint32_t n_states)
{
    for (uint32_t w = 0; w < BEPSK_WORDS(n_states); w++)
        states[w] = 32 * w + 32 > n_states ? UINT32_MAX >> (32 * w + 32 - n_states) : UINT32_MAX;
}

static inline void bepsk_begin_sums(volatile BEPSK_SUM *sums, uint32_t n_states)
{
    for (uint32_t j = 0; j < n_states; j++)
        sums[j] = 0;
}

#endif
