/* Loops along rows, on every CPU path: signs, stability, winners, and the update of weights. */
#ifndef BEPSK_ROWS_H
#define BEPSK_ROWS_H

#include "lanes.h"
#include "random.h"

/* What is added to one row of hidden weights: sum over i of steps[i] s_i[k], where s_i[k] is +-1
 * as bit k of row sources[i] of `inputs` says, or 0 where that row of `known` has a 0; known ==
 * NULL stands for all ones. `inputs` and `known` end at `n_rows` rows of `n_words` words. */
typedef struct {
    const int32_t *sources, *steps;
    ptrdiff_t n;
    const uint64_t *inputs, *known;
    ptrdiff_t n_rows, n_words;
} increments;

/* The n neurons of a sample. Those are wrong whose actual bit is not that of `signs`, where
 * `nonzero` has a 1. */
typedef struct {
    const int32_t *values;
    ptrdiff_t n;
    const uint64_t *actual, *signs, *nonzero;
} neurons;

/* Which neurons are wrong, from k on: at least 56 bits, unless the words end before. */
INLINE uint64_t wrong_from(const neurons *layer, ptrdiff_t k)
{
    const ptrdiff_t last = 8 * ((layer->n + 63) >> 6) - 8, byte = k >> 3 < last ? k >> 3 : last;
    uint64_t actual, signs, nonzero;
    memcpy(&actual, (const char *)layer->actual + byte, sizeof actual);
    memcpy(&signs, (const char *)layer->signs + byte, sizeof signs);
    memcpy(&nonzero, (const char *)layer->nonzero + byte, sizeof nonzero);
    return ((actual ^ signs) & nonzero) >> (k - 8 * byte);
}

#define LOOPS "row_loops.h"
#include "each_path.h"

#define pack_between(path, ...) ON_PATH(path, pack_between, __VA_ARGS__)
#define add_flipped(path, ...) ON_PATH(path, add_flipped, __VA_ARGS__)
#define carry_back(path, ...) ON_PATH(path, carry_back, __VA_ARGS__)
#define find_winners(path, ...) ON_PATH(path, find_winners, __VA_ARGS__)
#define majority_of_steps(path, ...) ON_PATH(path, majority_of_steps, __VA_ARGS__)
#define transpose_block(path, ...) ON_PATH(path, transpose_block, __VA_ARGS__)
#define reinforce_row(path, ...) ON_PATH(path, reinforce_row, __VA_ARGS__)
#define add_to_row(path, ...) ON_PATH(path, add_to_row, __VA_ARGS__)

#endif
