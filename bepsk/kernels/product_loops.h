/* Included once for each CPU path by product.h. Rows of bits follow each other without gaps; the
 * bits of a panel's 16 neurons are a quarter of a word. */

TARGET OUTLINE int32_t NAME(count_bits)(const uint64_t *words, ptrdiff_t n_words)
{
    int32_t total = 0;
    for (ptrdiff_t w = 0; w < n_words; w++)
        total += __builtin_popcountll(words[w]);
    return total;
}

/* z = n_inputs - 2 counts and its signs, of the first `width` neurons of a panel, at most 16;
 * either may be NULL. The other signs are 0. */
TARGET OUTLINE void NAME(forward_panel)(const uint64_t *samples, ptrdiff_t n_samples,
                                        ptrdiff_t n_words, const uint64_t *panel,
                                        int32_t n_inputs, ptrdiff_t width, int32_t *z,
                                        ptrdiff_t z_stride, quarter *signs,
                                        ptrdiff_t signs_stride)
{
    uint64_t copy[PANEL_WORDS] __attribute__((aligned(64)));
    panel = align_panel(panel, n_words, n_samples, copy);
    const uint32_t inside = first_bits(width);
    for (ptrdiff_t first = 0; first < n_samples; first += TILE_SAMPLES) {
        const ptrdiff_t n = n_samples - first < TILE_SAMPLES ? n_samples - first : TILE_SAMPLES;
        const uint64_t *rows[TILE_SAMPLES];
        int32_t counts[TILE_SAMPLES][TILE_NEURONS];
        for (int s = 0; s < TILE_SAMPLES; s++)
            rows[s] = samples + (first + (s < n ? s : 0)) * n_words;
        NAME(count_tile)(rows, NULL, panel, n_words, counts);
        for (int s = 0; s < TILE_SAMPLES; s++) {
            if (s >= n)
                break;
            uint32_t negative = 0;
            for (ptrdiff_t k = 0; k < TILE_NEURONS; k += N32) {
                const I32 values = n_inputs - 2 * LOAD(I32, counts[s] + k, N32);
                if (z)
                    STORE(z + (first + s) * z_stride + k, values, width - k);
                negative |= NAME(negative_i32)(values) << k;
            }
            if (signs)
                signs[(first + s) * signs_stride] = (quarter)(~negative & inside);
        }
    }
}

/* The bits sign(v) of panel `index`, v = n_open - 2 counts; where v = 0 the bit of `current`, or
 * 1. `inertia` adds the desired bit of the same neuron, +-inertia, where its gate is open. */
TARGET OUTLINE void NAME(backward_panel)(const uint64_t *desired, const uint64_t *gates,
                                         const int32_t *n_open, ptrdiff_t n_samples,
                                         ptrdiff_t n_words, const uint64_t *panel,
                                         ptrdiff_t index, ptrdiff_t width, int32_t inertia,
                                         const quarter *current, quarter *out,
                                         ptrdiff_t out_stride)
{
    uint64_t copy[PANEL_WORDS] __attribute__((aligned(64)));
    panel = align_panel(panel, n_words, n_samples, copy);
    const uint32_t inside = first_bits(width);
    for (ptrdiff_t first = 0; first < n_samples; first += TILE_SAMPLES) {
        const ptrdiff_t n = n_samples - first < TILE_SAMPLES ? n_samples - first : TILE_SAMPLES;
        const uint64_t *rows[TILE_SAMPLES], *gate_rows[TILE_SAMPLES];
        int32_t counts[TILE_SAMPLES][TILE_NEURONS];
        for (int s = 0; s < TILE_SAMPLES; s++) {
            rows[s] = desired + (first + (s < n ? s : 0)) * n_words;
            gate_rows[s] = gates + (first + (s < n ? s : 0)) * n_words;
        }
        NAME(count_tile)(rows, gate_rows, panel, n_words, counts);
        for (int s = 0; s < TILE_SAMPLES; s++) {
            if (s >= n)
                break;
            uint32_t open = 0, up = 0, positive = 0, negative = 0;
            if (inertia) {
                open = ((const quarter *)gate_rows[s])[index];
                up = ((const quarter *)rows[s])[index];
            }
            for (ptrdiff_t k = 0; k < TILE_NEURONS; k += N32) {
                I32 v = n_open[first + s] - 2 * LOAD(I32, counts[s] + k, N32);
                v += NAME(spread)((open & up) >> k) & inertia;
                v -= NAME(spread)((open & ~up) >> k) & inertia;
                positive |= NAME(negative_i32)(-v) << k;
                negative |= NAME(negative_i32)(v) << k;
            }
            const uint32_t ties = current ? current[(first + s) * out_stride] : 0xFFFF;
            out[(first + s) * out_stride] = (quarter)((positive | (~negative & ties)) & inside);
        }
    }
}
