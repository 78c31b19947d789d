/* Products of a matrix of bits with binary or ternary rows, on every CPU path. */
#ifndef BEPSK_PRODUCT_H
#define BEPSK_PRODUCT_H

#include "tile.h"

/* The words of a panel of 8192 inputs, and rows that meet one panel before the next one comes. */
enum { PANEL_WORDS = 128 * TILE_NEURONS, BLOCK_ROWS = 256 };

/* Rows t of n_words words: -1 or +1 as `signs` say, and 0 where `nonzero` has a 0. nonzero == NULL
 * stands for n_inputs ones in each row. */
typedef struct {
    const uint64_t *signs, *nonzero;
    ptrdiff_t n_words;
    int32_t n_inputs;
} ternary_rows;

/* Rows of a product of n_outputs: the sums z, their signs with sign(0) = +1, and, of ternary rows
 * alone, [ z is not 0 ]. Each may be NULL. */
typedef struct {
    int32_t *z;
    uint64_t *signs, *nonzero;
    ptrdiff_t n_outputs;
} product_rows;

/* Many samples are worth a copy of the panel that does not straddle cache lines. */
INLINE const uint64_t *align_panel(const uint64_t *panel, ptrdiff_t n_words, ptrdiff_t n_samples,
                                   uint64_t *copy)
{
    if (((uintptr_t)panel & 63) == 0 || n_samples < 16 || n_words * TILE_NEURONS > PANEL_WORDS)
        return panel;
    memcpy(copy, panel, (size_t)n_words * TILE_NEURONS * sizeof *panel);
    return copy;
}

#define LOOPS "product_loops.h"
#include "each_path.h"

#define multiply_rows(path, ...) ON_PATH(path, multiply_rows, __VA_ARGS__)

#endif
