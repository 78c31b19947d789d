/* From errors to new weights, row by row, on every CPU path. */
#ifndef BEPSK_UPDATE_H
#define BEPSK_UPDATE_H

#include "planes.h"
#include "random.h"

/* What is added to one row of hidden weights: sum over i of steps[i] s_i[k], where s_i[k] is +-1
 * as bit k of row sources[i] of `inputs` says, or 0 where that row of `known` has a 0; known ==
 * NULL stands for all ones. `inputs` and `known` end at `n_rows` rows of `n_words` words. Unless
 * means == NULL, `centre` of the sum of the steps is subtracted. */
typedef struct {
    const int32_t *sources, *steps;
    ptrdiff_t n;
    const uint64_t *inputs, *known;
    ptrdiff_t n_rows, n_words;
    const int32_t *means;
    const uint16_t *dither;
    uint32_t shift;
} increments;

/* 2 floor(sum / 2 m_k / 2^15 + u), where the u in [0, 1) of 15 bits is dither[k] plus the shift of
 * the row; and the same for |sum| < 2^15, in 32 bits. */
INLINE int64_t centre(const increments *row, int64_t sum, ptrdiff_t k)
{
    const int64_t u = (row->dither[k] + row->shift) & 0x7FFF;
    return 2 * ((sum * row->means[k] + 2 * u) >> 16);
}

INLINE int32_t small_centre(const increments *row, int32_t sum, ptrdiff_t k)
{
    const uint16_t u = (uint16_t)(row->dither[k] + (uint16_t)row->shift) & 0x7FFF;
    return 2 * ((sum * row->means[k] + 2 * u) >> 16);
}

#define LOOPS "update_loops.h"
#include "each_path.h"

#define gate_row(path, ...) ON_PATH(path, gate_row, __VA_ARGS__)
#define add_to_row(path, ...) ON_PATH(path, add_to_row, __VA_ARGS__)
#define reinforce_row(path, ...) ON_PATH(path, reinforce_row, __VA_ARGS__)

#endif
