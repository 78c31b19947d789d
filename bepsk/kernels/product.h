/* Products of a panel of weights with all samples, on every CPU path. */
#ifndef BEPSK_PRODUCT_H
#define BEPSK_PRODUCT_H

#include "tile.h"

/* The words of a panel of 8192 inputs. */
enum { PANEL_WORDS = 128 * TILE_NEURONS };

/* Many samples are worth a copy of the panel that does not straddle cache lines. */
INLINE const uint64_t *align_panel(const uint64_t *panel, ptrdiff_t n_words, ptrdiff_t n_samples,
                                   uint64_t *copy)
{
    if (((uintptr_t)panel & 63) == 0 || n_samples < 16 || n_words * TILE_NEURONS > PANEL_WORDS)
        return panel;
    memcpy(copy, panel, (size_t)n_words * TILE_NEURONS * sizeof *panel);
    return copy;
}

INLINE uint32_t first_bits(ptrdiff_t n)
{
    return n >= TILE_NEURONS ? 0xFFFF : (1u << n) - 1;
}

INLINE void clear_quarters(quarter *bits, ptrdiff_t n, ptrdiff_t stride)
{
    for (ptrdiff_t i = 0; i < n; i++)
        bits[i * stride] = 0;
}

#define LOOPS "product_loops.h"
#include "each_path.h"

#define forward_panel(path, ...) ON_PATH(path, forward_panel, __VA_ARGS__)
#define backward_panel(path, ...) ON_PATH(path, backward_panel, __VA_ARGS__)
#define count_bits(path, ...) ON_PATH(path, count_bits, __VA_ARGS__)

#endif
