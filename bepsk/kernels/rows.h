/* Loops along rows, on every CPU path: signs, stability, winners, and the update of weights. */
#ifndef BEPSK_ROWS_H
#define BEPSK_ROWS_H

#include "lanes.h"

/* What is added to one row of hidden weights: sum over i of steps[i] s_i[k], where s_i[k] is +-1
 * as bit k of row sources[i] of `inputs` says, or 0 where that row of `known` has a 0; known ==
 * NULL stands for all ones. `inputs` and `known` end at `n_rows` rows of `n_words` words. */
typedef struct {
    const int32_t *sources, *steps;
    ptrdiff_t n;
    const uint64_t *inputs, *known;
    ptrdiff_t n_rows, n_words;
} increments;

/* Bits k .. k + 15, 0 from `last` on, where their word may not exist. */
INLINE uint32_t sixteen_bits(const uint64_t *words, ptrdiff_t k, ptrdiff_t last)
{
    const int shift = (int)(k & 63);
    const uint32_t inside = last - k < 16 ? (1u << (last - k)) - 1 : 0xFFFF;
    uint64_t bits = words[k >> 6] >> shift;
    if (shift > 48 && last - k > 64 - shift)
        bits |= words[(k >> 6) + 1] << (64 - shift);
    return (uint32_t)bits & inside;
}

#define LOOPS "row_loops.h"
#include "each_path.h"

#define pack_between(path, ...) ON_PATH(path, pack_between, __VA_ARGS__)
#define add_flipped(path, ...) ON_PATH(path, add_flipped, __VA_ARGS__)
#define winner(path, ...) ON_PATH(path, winner, __VA_ARGS__)
#define majority_of_steps(path, ...) ON_PATH(path, majority_of_steps, __VA_ARGS__)
#define transpose_block(path, ...) ON_PATH(path, transpose_block, __VA_ARGS__)
#define add_to_row(path, ...) ON_PATH(path, add_to_row, __VA_ARGS__)

#endif
