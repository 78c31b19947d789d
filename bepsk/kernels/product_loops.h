/* Included once for each CPU path by product.h. */

/* Panel p of the product, for rows first .. last - 1. `totals` says how many inputs of each of
 * these rows are not 0; `nonzero` is that of t, so that each case gets a loop of its own. */
TARGET INLINE void NAME(multiply_panel)(const ternary_rows *t, const uint64_t *nonzero,
                                        const int32_t *totals, ptrdiff_t first, ptrdiff_t last,
                                        const uint64_t *panel, ptrdiff_t p,
                                        const product_rows *out)
{
    const ptrdiff_t width = out->n_outputs - TILE_NEURONS * p;
    const ptrdiff_t stride = PANELS_A_WORD * ((out->n_outputs + 63) >> 6);
    const uint32_t inside = width >= TILE_NEURONS ? 0xFFFF : (1u << width) - 1;
    for (ptrdiff_t start = first; start < last; start += TILE_SAMPLES) {
        const ptrdiff_t n = last - start < TILE_SAMPLES ? last - start : TILE_SAMPLES;
        const uint64_t *signs[TILE_SAMPLES], *gates[TILE_SAMPLES];
        int32_t counts[TILE_SAMPLES][TILE_NEURONS];
        for (int s = 0; s < TILE_SAMPLES; s++) {
            const ptrdiff_t place = (start + (s < n ? s : 0)) * t->n_words;
            signs[s] = t->signs + place;
            gates[s] = nonzero ? nonzero + place : NULL;
        }
        NAME(count_tile)(signs, nonzero ? gates : NULL, panel, t->n_words, counts);
        for (int s = 0; s < TILE_SAMPLES; s++) {
            if (s >= n)
                break;
            const ptrdiff_t i = start + s;
            uint32_t negative = 0, positive = 0;
            for (ptrdiff_t k = 0; k < TILE_NEURONS; k += N32) {
                const I32 z = totals[i - first] - 2 * LOAD(I32, counts[s] + k, N32);
                if (out->z)
                    STORE(out->z + i * out->n_outputs + TILE_NEURONS * p + k, z, width - k);
                negative |= NAME(negative_i32)(z) << k;
                if (nonzero)
                    positive |= NAME(negative_i32)(-z) << k;
            }
            if (out->signs)
                ((quarter *)out->signs)[i * stride + p] = (quarter)(~negative & inside);
            if (nonzero && out->nonzero)
                ((quarter *)out->nonzero)[i * stride + p] = (quarter)((negative | positive) & inside);
        }
    }
}

/* A block of at most BLOCK_ROWS rows, first .. last - 1. */
TARGET INLINE void NAME(multiply_block)(const ternary_rows *t, ptrdiff_t first, ptrdiff_t last,
                                        const uint64_t *panels, const product_rows *out)
{
    uint64_t copy[PANEL_WORDS] __attribute__((aligned(64)));
    int32_t totals[BLOCK_ROWS];
    const ptrdiff_t n_out_words = (out->n_outputs + 63) >> 6;
    for (ptrdiff_t i = first; i < last; i++) {
        int32_t total = t->nonzero ? 0 : t->n_inputs;
        for (ptrdiff_t w = 0; t->nonzero && w < t->n_words; w++)
            total += __builtin_popcountll(t->nonzero[i * t->n_words + w]);
        totals[i - first] = total;
        /* The panels may leave quarters of the last word alone. */
        if (out->signs)
            out->signs[(i + 1) * n_out_words - 1] = 0;
        if (out->nonzero)
            out->nonzero[(i + 1) * n_out_words - 1] = 0;
    }
    for (ptrdiff_t p = 0; TILE_NEURONS * p < out->n_outputs; p++) {
        const uint64_t *panel = panels + p * t->n_words * TILE_NEURONS;
        panel = align_panel(panel, t->n_words, last - first, copy);
        if (t->nonzero)
            NAME(multiply_panel)(t, t->nonzero, totals, first, last, panel, p, out);
        else
            NAME(multiply_panel)(t, NULL, totals, first, last, panel, p, out);
    }
}

/* z = W t and its signs, for rows first .. last - 1 of t. */
TARGET NOINLINE void NAME(multiply_rows)(const ternary_rows *t, ptrdiff_t first, ptrdiff_t last,
                                         const uint64_t *panels, const product_rows *out)
{
    for (ptrdiff_t start = first; start < last; start += BLOCK_ROWS)
        NAME(multiply_block)(t, start, last - start < BLOCK_ROWS ? last : start + BLOCK_ROWS,
                             panels, out);
}
