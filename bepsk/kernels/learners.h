/* Which neurons learn, and from which samples, on every CPU path. */
#ifndef BEPSK_LEARNERS_H
#define BEPSK_LEARNERS_H

#include "bits.h"

/* The n neurons of a sample. Those are wrong whose actual bit is not that of `signs`, where
 * `nonzero` has a 1. */
typedef struct {
    const int32_t *values;
    ptrdiff_t n;
    const uint64_t *actual, *signs, *nonzero;
} neurons;

/* Which neurons are wrong of WRONG_BITS neurons from `first` on, before `last`: whole vectors of
 * them, and no more than one unaligned word holds. */
enum { WRONG_BITS = 48 };
INLINE uint64_t wrong_between(const neurons *layer, ptrdiff_t first, ptrdiff_t last)
{
    const ptrdiff_t end = 8 * ((layer->n + 63) >> 6) - 8,
                    byte = first >> 3 < end ? first >> 3 : end;
    const ptrdiff_t length = last - first < WRONG_BITS ? last - first : WRONG_BITS;
    uint64_t actual, signs, nonzero;
    memcpy(&actual, (const char *)layer->actual + byte, sizeof actual);
    memcpy(&signs, (const char *)layer->signs + byte, sizeof signs);
    memcpy(&nonzero, (const char *)layer->nonzero + byte, sizeof nonzero);
    return ((actual ^ signs) & nonzero) >> (first - 8 * byte) & (((uint64_t)1 << length) - 1);
}

/* Errors of n samples: sample i has row rows[i] of the sums z, and the weight weights[i]. An error
 * of 0 has a 0 in `nonzero`, one of +1 a 1 in `signs`. `find_learners` leaves `signs` alone,
 * `list_word` z and `nonzero`. */
typedef struct {
    const int32_t *z, *rows, *weights;
    const uint64_t *signs, *nonzero;
    ptrdiff_t n, n_neurons, n_words;
} errors;

/* What 64 neurons count: the weight of the samples with an error, of those that they learn from,
 * and the number of these. */
typedef struct {
    int32_t asked[64], learned[64], n[64];
} learning_counts;

#define LOOPS "learners_loops.h"
#include "each_path.h"

#define find_winners(path, ...) ON_PATH(path, find_winners, __VA_ARGS__)
#define find_learners(path, ...) ON_PATH(path, find_learners, __VA_ARGS__)
#define list_word(path, ...) ON_PATH(path, list_word, __VA_ARGS__)
#define list_pairs(path, ...) ON_PATH(path, list_pairs, __VA_ARGS__)

#endif
