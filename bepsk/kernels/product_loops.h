/* Included once for each CPU path by product.h. */

TARGET INLINE int32_t NAME(count_bits)(const uint64_t *words, ptrdiff_t n_words)
{
    int32_t count = 0;
    for (ptrdiff_t w = 0; w < n_words; w++)
        count += __builtin_popcountll(words[w]);
    return count;
}

/* Panel p of the product, for rows first .. last - 1: z = n_nonzero - 2 counts. */
TARGET INLINE void NAME(multiply_panel)(const ternary_rows *t, int ternary, const uint64_t *panel,
                                        ptrdiff_t p, ptrdiff_t first, ptrdiff_t last,
                                        const int32_t *n_nonzero, const product_rows *out)
{
    const ptrdiff_t n_words = t->n_words, n_outputs = out->n_outputs;
    const ptrdiff_t width = n_outputs - TILE_NEURONS * p;
    const ptrdiff_t stride = PANELS_A_WORD * ((n_outputs + 63) >> 6);
    const int32_t n_inputs = t->n_inputs;
    const uint32_t inside = bits_before(width) & 0xFFFF;
    int32_t *const out_z = out->z ? out->z + TILE_NEURONS * p : NULL;
    quarter *const out_signs = out->signs ? (quarter *)out->signs + p : NULL;
    quarter *const out_nonzero = ternary && out->nonzero ? (quarter *)out->nonzero + p : NULL;
    for (ptrdiff_t start = first; start < last; start += TILE_SAMPLES) {
        const ptrdiff_t n = last - start < TILE_SAMPLES ? last - start : TILE_SAMPLES;
        const uint64_t *signs[TILE_SAMPLES], *gates[TILE_SAMPLES];
        int32_t counts[TILE_SAMPLES][TILE_NEURONS];
        for (int s = 0; s < TILE_SAMPLES; s++) {
            const ptrdiff_t place = (start + (s < n ? s : 0)) * n_words;
            signs[s] = t->signs + place;
            gates[s] = ternary ? t->nonzero + place : NULL;
        }
        NAME(count_tile)(signs, ternary ? gates : NULL, panel, n_words, counts);
        for (int s = 0; s < TILE_SAMPLES; s++) {
            if (s >= n)
                break;
            const ptrdiff_t i = start + s;
            const int32_t total = ternary ? n_nonzero[i - first] : n_inputs;
            uint32_t negative = 0, positive = 0;
            for (ptrdiff_t k = 0; k < TILE_NEURONS; k += N32) {
                const I32 z = total - 2 * LOAD(I32, counts[s] + k, N32);
                if (out_z)
                    STORE(out_z + i * n_outputs + k, z, width - k);
                negative |= NAME(negative_i32)(z) << k;
                if (ternary)
                    positive |= NAME(negative_i32)(-z) << k;
            }
            if (out_signs)
                out_signs[i * stride] = (quarter)(~negative & inside);
            if (out_nonzero)
                out_nonzero[i * stride] = (quarter)((negative | positive) & inside);
        }
    }
}

TARGET NOINLINE void NAME(binary_panel)(const ternary_rows *t, const uint64_t *panel, ptrdiff_t p,
                                        ptrdiff_t first, ptrdiff_t last, const int32_t *n_nonzero,
                                        const product_rows *out)
{
    NAME(multiply_panel)(t, 0, panel, p, first, last, n_nonzero, out);
}

TARGET NOINLINE void NAME(ternary_panel)(const ternary_rows *t, const uint64_t *panel, ptrdiff_t p,
                                         ptrdiff_t first, ptrdiff_t last, const int32_t *n_nonzero,
                                         const product_rows *out)
{
    NAME(multiply_panel)(t, 1, panel, p, first, last, n_nonzero, out);
}

/* At most BLOCK_ROWS rows, first .. last - 1. */
TARGET INLINE void NAME(multiply_block)(const ternary_rows *t, ptrdiff_t first, ptrdiff_t last,
                                        const uint64_t *panels, const product_rows *out)
{
    const ptrdiff_t n_words = t->n_words, n_out_words = (out->n_outputs + 63) >> 6;
    int32_t n_nonzero[BLOCK_ROWS];
    uint64_t copy[PANEL_WORDS] __attribute__((aligned(64)));
    for (ptrdiff_t i = first; i < last; i++) {
        n_nonzero[i - first] = t->nonzero ? NAME(count_bits)(t->nonzero + i * n_words, n_words)
                                          : t->n_inputs;
        /* The panels may leave quarters of the last word alone. */
        if (out->signs)
            out->signs[(i + 1) * n_out_words - 1] = 0;
        if (out->nonzero)
            out->nonzero[(i + 1) * n_out_words - 1] = 0;
    }
    for (ptrdiff_t p = 0; TILE_NEURONS * p < out->n_outputs; p++) {
        const uint64_t *panel = panels + p * n_words * TILE_NEURONS;
        panel = align_panel(panel, n_words, last - first, copy);
        if (t->nonzero)
            NAME(ternary_panel)(t, panel, p, first, last, n_nonzero, out);
        else
            NAME(binary_panel)(t, panel, p, first, last, n_nonzero, out);
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
