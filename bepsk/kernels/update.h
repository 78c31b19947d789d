/* From errors to new weights, row by row, on every CPU path. */
#ifndef BEPSK_UPDATE_H
#define BEPSK_UPDATE_H

#include "planes.h"
#include "random.h"

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

/* What is added to one row of hidden weights: sum over i of steps[i] s_i[k], where s_i[k] is +-1
 * as bit k of row sources[i] of `inputs` says, or 0 where that row of `known` has a 0; known ==
 * NULL stands for all ones. `inputs` and `known` end at `n_rows` rows of `n_words` words. */
typedef struct {
    const int32_t *sources, *steps;
    ptrdiff_t n;
    const uint64_t *inputs, *known;
    ptrdiff_t n_rows, n_words;
} increments;

#define LOOPS "update_loops.h"
#include "each_path.h"

#define gate_row(path, ...) ON_PATH(path, gate_row, __VA_ARGS__)
#define find_winners(path, ...) ON_PATH(path, find_winners, __VA_ARGS__)
#define add_to_row(path, ...) ON_PATH(path, add_to_row, __VA_ARGS__)
#define reinforce_row(path, ...) ON_PATH(path, reinforce_row, __VA_ARGS__)

#endif
