/* Random words, in any order, from any thread. */
#ifndef BEPSK_RANDOM_H
#define BEPSK_RANDOM_H

#include <stdint.h>

/* SplitMix64, a Weyl sequence through a finaliser: word `index` of the stream `key`. */
static inline uint64_t random_word(uint64_t key, uint64_t index)
{
    uint64_t x = key + (index + 1) * UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

#endif
