/* Included once for each CPU path by product.h. Rows of bits follow each other without gaps; the
 * bits of a panel's 16 neurons are a quarter of a word. */

TARGET OUTLINE int32_t NAME(count_bits)(const uint64_t *words, ptrdiff_t n_words)
{
    int32_t total = 0;
    for (ptrdiff_t w = 0; w < n_words; w++)
        total += __builtin_popcountll(words[w]);
    return total;
}

/* z = n_inputs - 2 counts and its signs, of the `width` neurons of a panel; either may be NULL.
 * The signs of neurons from `width` on, which may be 0 or less, are 0. */
TARGET OUTLINE void NAME(forward_panel)(const uint64_t *samples, ptrdiff_t n_samples,
                                        ptrdiff_t n_words, const uint64_t *panel,
                                        int32_t n_inputs, ptrdiff_t width, int32_t *z,
                                        ptrdiff_t z_stride, quarter *signs,
                                        ptrdiff_t signs_stride)
{
    const uint32_t inside = width >= 16 ? 0xFFFF : width > 0 ? (1u << width) - 1 : 0;
    for (ptrdiff_t first = 0; first < n_samples; first += TILE_SAMPLES) {
        const ptrdiff_t n = n_samples - first < TILE_SAMPLES ? n_samples - first : TILE_SAMPLES;
        const uint64_t *rows[TILE_SAMPLES];
        v16si counts[TILE_SAMPLES] = {{0}};
        for (int s = 0; s < TILE_SAMPLES; s++)
            rows[s] = samples + (first + (s < n ? s : 0)) * n_words;
        if (inside)
            NAME(count_tile)(rows, NULL, panel, n_words, counts);
        for (ptrdiff_t s = 0; s < n; s++) {
            const v16si values = n_inputs - 2 * counts[s];
            if (z && inside)
                store16(z + (first + s) * z_stride, values, width);
            if (signs)
                signs[(first + s) * signs_stride] =
                    (quarter)(~NAME(negative16)(values) & inside);
        }
    }
}

/* The bits sign(v) of a panel, v = n_open - 2 counts; where v = 0 the bit of `current`, or 1.
 * `inertia` adds the desired bit of the same neuron, +-inertia, where its gate is open. */
TARGET OUTLINE void NAME(backward_panel)(const uint64_t *desired, const uint64_t *gates,
                                         const int32_t *n_open, ptrdiff_t n_samples,
                                         ptrdiff_t n_words, const uint64_t *panel,
                                         ptrdiff_t index, ptrdiff_t width, int32_t inertia,
                                         const quarter *current, quarter *out,
                                         ptrdiff_t out_stride)
{
    const uint32_t inside = width >= 16 ? 0xFFFF : width > 0 ? (1u << width) - 1 : 0;
    for (ptrdiff_t first = 0; first < n_samples; first += TILE_SAMPLES) {
        const ptrdiff_t n = n_samples - first < TILE_SAMPLES ? n_samples - first : TILE_SAMPLES;
        const uint64_t *rows[TILE_SAMPLES], *gate_rows[TILE_SAMPLES];
        v16si counts[TILE_SAMPLES] = {{0}};
        for (int s = 0; s < TILE_SAMPLES; s++) {
            rows[s] = desired + (first + (s < n ? s : 0)) * n_words;
            gate_rows[s] = gates + (first + (s < n ? s : 0)) * n_words;
        }
        if (inside)
            NAME(count_tile)(rows, gate_rows, panel, n_words, counts);
        for (ptrdiff_t s = 0; s < n; s++) {
            v16si v = n_open[first + s] - 2 * counts[s];
            if (inertia && inside) {
                const uint32_t open = ((const quarter *)gate_rows[s])[index];
                const uint32_t up = ((const quarter *)rows[s])[index];
                v += NAME(spread16)(open & up) & inertia;
                v -= NAME(spread16)(open & ~up) & inertia;
            }
            const uint32_t positive = NAME(negative16)(-v), negative = NAME(negative16)(v);
            const uint32_t ties = current ? current[(first + s) * out_stride] : 0xFFFF;
            out[(first + s) * out_stride] =
                (quarter)((positive | (~negative & ties)) & inside);
        }
    }
}
