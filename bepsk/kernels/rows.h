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

/* Bits from k on, at least 56 unless the n_words words end before; behind their end 0. */
INLINE uint64_t bits_from(const uint64_t *words, ptrdiff_t n_words, ptrdiff_t k)
{
    const ptrdiff_t last = 8 * n_words - 8, byte = k >> 3 < last ? k >> 3 : last;
    uint64_t bits;
    memcpy(&bits, (const char *)words + byte, sizeof bits);
    return bits >> (k - 8 * byte);
}

#define LOOPS "row_loops.h"
#include "each_path.h"

#define pack_between(path, ...) ON_PATH(path, pack_between, __VA_ARGS__)
#define add_flipped(path, ...) ON_PATH(path, add_flipped, __VA_ARGS__)
#define winner(path, ...) ON_PATH(path, winner, __VA_ARGS__)
#define majority_of_steps(path, ...) ON_PATH(path, majority_of_steps, __VA_ARGS__)
#define transpose_block(path, ...) ON_PATH(path, transpose_block, __VA_ARGS__)
#define reinforce_row(path, ...) ON_PATH(path, reinforce_row, __VA_ARGS__)
#define add_to_row(path, ...) ON_PATH(path, add_to_row, __VA_ARGS__)

#endif
