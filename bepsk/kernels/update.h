/* From errors to new weights, row by row, on every CPU path. */
#ifndef BEPSK_UPDATE_H
#define BEPSK_UPDATE_H

#include "planes.h"
#include "random.h"

/* What the neurons of a layer read: rows of `n_words` words. Bit k of a row of `inputs`
 * says whether input k is +1 or -1, and a 0 in `known` that it is 0; known == NULL stands for all
 * ones.
 *
 * Unless centring == NULL, the inputs are taken relative to their means. For each word there are 64
 * means m_k in 2^-15 as int16, 64 words that are 0xFFFF where m_k is 2^15, which wraps, and 64 of
 * dither. If wraps == 0, none does. */
typedef struct {
    const uint64_t *inputs, *known;
    ptrdiff_t n_words;
    const uint16_t *centring;
    int wraps;
} input_rows;

/* What is added to one row of hidden weights: the sum over its n entries of steps[i] times row
 * sources[i] of the inputs, less `half_centre` of the sum of the steps, twice.
 *
 * steps == NULL stands for steps of 2; `total` is then the sum of the steps that were meant, since
 * the complement of a row is added where it is to be subtracted. A source is there the first word
 * of a row, of which whole vectors may be read, and 0, where all are 0, fills the last four. */
typedef struct {
    const int32_t *sources, *steps;
    ptrdiff_t n;
    int32_t total;
    uint16_t shift;
} increments;

/* floor(sum / 2 m_k / 2^15 + u) for input k of a word, half the centre, where the u in [0, 1) of 15
 * bits is half of dither[k] plus the shift of the row, both even. */
INLINE int64_t half_centre(const uint16_t *centring, uint16_t shift, int64_t sum, ptrdiff_t k)
{
    const int64_t mean = centring[64 + k] ? 1 << 15 : (int16_t)centring[k];
    return (sum * mean + (uint16_t)(centring[128 + k] + shift)) >> 16;
}

#define LOOPS "update_loops.h"
#include "each_path.h"

#define gate_row(path, ...) ON_PATH(path, gate_row, __VA_ARGS__)
#define add_to_row(path, ...) ON_PATH(path, add_to_row, __VA_ARGS__)
#define reinforce_row(path, ...) ON_PATH(path, reinforce_row, __VA_ARGS__)

#endif
