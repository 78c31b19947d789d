/* From errors to new weights, row by row, on every CPU path. */
#ifndef BEPSK_UPDATE_H
#define BEPSK_UPDATE_H

#include "planes.h"
#include "random.h"

/* What is added to one row of hidden weights: sum over i of steps[i] s_i[k], where s_i[k] is +-1
 * as bit k of row sources[i] of `inputs` says, or 0 where that row of `known` has a 0; known ==
 * NULL stands for all ones. `inputs` and `known` end at `n_rows` rows of `n_words` words. Unless
 * sizes == NULL, `centre` of the sum of the steps is subtracted: the means m_k of the inputs are
 * sizes[k], and negative where minus[k] is not 0 but 0xFFFF. */
typedef struct {
    const int32_t *sources, *steps;
    ptrdiff_t n;
    const uint64_t *inputs, *known;
    ptrdiff_t n_rows, n_words;
    const uint16_t *sizes, *minus, *dither;
    uint16_t shift;
} increments;

/* 2 floor(sum / 2 m_k / 2^15 + u), where the u in [0, 1) of 15 bits is half of dither[k] plus the
 * shift of the row, both even. */
INLINE int64_t centre(const increments *row, int64_t sum, ptrdiff_t k)
{
    const int64_t mean = row->minus[k] ? -(int64_t)row->sizes[k] : row->sizes[k];
    return 2 * ((sum * mean + (uint16_t)(row->dither[k] + row->shift)) >> 16);
}

/* The same for |sum| < 2^15, in 16 bits: floor(-x) is -floor(x) - 1 where x is not whole. */
INLINE int16_t small_centre(const increments *row, int32_t sum, ptrdiff_t k)
{
    const uint16_t size = (uint16_t)(sum < 0 ? -sum : sum);
    const uint16_t minus = row->minus[k] ^ (uint16_t)(sum >> 31);
    const uint16_t u = (uint16_t)(row->dither[k] + row->shift) ^ minus;
    const uint16_t low = (uint16_t)((uint32_t)size * row->sizes[k]);
    const uint16_t high = (uint16_t)((uint32_t)size * row->sizes[k] >> 16);
    const uint16_t whole = (uint16_t)(high + ((uint16_t)(low + u) < low));
    return (int16_t)(2 * (uint16_t)((whole ^ minus) - minus));
}

#define LOOPS "update_loops.h"
#include "each_path.h"

#define gate_row(path, ...) ON_PATH(path, gate_row, __VA_ARGS__)
#define add_to_row(path, ...) ON_PATH(path, add_to_row, __VA_ARGS__)
#define reinforce_row(path, ...) ON_PATH(path, reinforce_row, __VA_ARGS__)

#endif
