/* Included once for each CPU path by learners.h. */

/* ---- winners: of the wrong neurons of each group that with the smallest |value| < 2^31, the
 * first of equals, or -1 ---- */
TARGET INLINE int32_t NAME(winner)(const neurons *layer, ptrdiff_t first, ptrdiff_t last)
{
    I32 smallest = (I32){0} + INT32_MAX;
    uint64_t any = 0;
    for (ptrdiff_t start = first; start < last; start += WRONG_BITS) {
        const uint64_t wrong = wrong_between(layer, start, last);
        any |= wrong;
        for (ptrdiff_t k = 0; k < WRONG_BITS && k < last - start; k += N32) {
            const I32 others = ~NAME(spread)((uint32_t)(wrong >> k)) & INT32_MAX;
            smallest = NAME(smaller)(
                smallest,
                SIZES(LOAD(I32, layer->values + start + k, layer->n - start - k)) | others);
        }
    }
    const int32_t size = any ? NAME(least)(smallest) : 0;
    for (ptrdiff_t start = first; any && start < last; start += WRONG_BITS) {
        uint64_t equal = 0;
        for (ptrdiff_t k = 0; k < WRONG_BITS && k < last - start; k += N32)
            equal |= (uint64_t)NAME(negative_i32)(
                         SIZES(LOAD(I32, layer->values + start + k, layer->n - start - k)) == size)
                     << k;
        equal &= wrong_between(layer, start, last);
        if (equal)
            return (int32_t)(start + __builtin_ctzll(equal));
    }
    return -1;
}

TARGET NOINLINE void NAME(find_winners)(const neurons *layer, ptrdiff_t group_size,
                                        int32_t *winners)
{
    for (ptrdiff_t first = 0; first < layer->n; first += group_size)
        *winners++ = NAME(winner)(layer, first,
                                  layer->n - first < group_size ? layer->n : first + group_size);
}

/* ---- learners: of the neurons of word w all with an error, and |z| <= windows[j] ---- */
TARGET NOINLINE void NAME(find_learners)(const errors *t, const int32_t *windows, ptrdiff_t w,
                                         uint64_t *learning, learning_counts *counts)
{
    const ptrdiff_t first = 64 * w, n_here = t->n_neurons - first;
    I32 asked[16], learned[16], n[16];
    for (int v = 0; v < 64 / N32; v++)
        asked[v] = learned[v] = n[v] = (I32){0};
    for (ptrdiff_t i = 0; i < t->n; i++) {
        const uint64_t nonzero = t->nonzero[i * t->n_words + w];
        const int32_t *const z = t->z + t->rows[i] * t->n_neurons + first;
        const int32_t weight = t->weights[i];
        uint64_t outside = 0;
        for (int v = 0; v < 64 / N32; v++) {
            const ptrdiff_t k = v * N32;
            const I32 out =
                OUTSIDE(LOAD(I32, z + k, n_here - k), LOAD(I32, windows + first + k, n_here - k));
            const I32 where = NAME(spread)((uint32_t)(nonzero >> k)), there = where & ~out;
            asked[v] += where & weight;
            learned[v] += there & weight;
            n[v] -= there;
            outside |= (uint64_t)NAME(negative_i32)(out) << k;
        }
        learning[i * t->n_words + w] = nonzero & ~outside;
    }
    memcpy(counts->asked, asked, sizeof counts->asked);
    memcpy(counts->learned, learned, sizeof counts->learned);
    memcpy(counts->n, n, sizeof counts->n);
}

/* From a word of 64 neurons for each of n samples to a word of samples for each neuron. */
TARGET INLINE void NAME(turn)(const uint64_t *rows, ptrdiff_t n, ptrdiff_t stride, uint64_t *words)
{
    for (ptrdiff_t i = 0; i < 64; i++)
        words[i] = i < n ? rows[i * stride] : 0;
    NAME(transpose_block)(words);
}

/* ---- the list of word w, of those that `find_learners` found: entries starts[j] ..
 * starts[j + 1] - 1 are those of its neuron j, as many as have a place there. An entry is the row
 * of a sample, and 2 w t_j ---- */
TARGET NOINLINE void NAME(list_word)(const errors *t, const uint64_t *learning, ptrdiff_t w,
                                     const int32_t *starts, int32_t *sources, int32_t *steps)
{
    const ptrdiff_t n_neurons = t->n_neurons - 64 * w < 64 ? t->n_neurons - 64 * w : 64;
    int32_t places[64];
    memcpy(places, starts, (size_t)n_neurons * sizeof *places);
    for (ptrdiff_t first = 0; first < t->n; first += 64) {
        const ptrdiff_t n = t->n - first < 64 ? t->n - first : 64;
        uint64_t learns[64], up[64];
        int32_t rows[64] = {0}, twice[64] = {0};
        for (ptrdiff_t i = 0; i < n; i++) {
            rows[i] = t->rows[first + i];
            twice[i] = 2 * t->weights[first + i];
        }
        NAME(turn)(learning + first * t->n_words + w, n, t->n_words, learns);
        NAME(turn)(t->signs + first * t->n_words + w, n, t->n_words, up);
        for (ptrdiff_t j = 0; j < n_neurons; j++)
            for (ptrdiff_t k = 0; k < n; k += N32) {
                const int32_t place = places[j], most = starts[j + 1] - place;
                const I32 step = LOAD(I32, twice + k, N32);
                const I32 down = ~NAME(spread)((uint32_t)(up[j] >> k));
                const uint32_t bits = (uint32_t)(learns[j] >> k) & (uint32_t)bits_before(N32);
                NAME(keep)(sources + place, LOAD(I32, rows + k, N32), bits, most);
                places[j] += NAME(keep)(steps + place, (step ^ down) - down, bits, most);
            }
    }
}

/* The same without weights. In place of its row an entry has the first word of one of a pair of
 * rows, `stride` words each: sample i has the complement of its row as number 2 i + 1, for an error
 * of -1, and its row as number 2 i + 2; places that are left get 0, the number of a row of zeros.
 * totals[j] is the sum of the 2 t_j. */
TARGET NOINLINE void NAME(list_pairs)(const errors *t, const uint64_t *learning, ptrdiff_t w,
                                      const int32_t *starts, int32_t stride, int32_t *sources,
                                      int32_t *totals)
{
    const ptrdiff_t n_neurons = t->n_neurons - 64 * w < 64 ? t->n_neurons - 64 * w : 64;
    int32_t places[64];
    memcpy(places, starts, (size_t)n_neurons * sizeof *places);
    memset(sources + starts[0], 0, (size_t)(starts[n_neurons] - starts[0]) * sizeof *sources);
    memset(totals, 0, (size_t)n_neurons * sizeof *totals);
    for (ptrdiff_t first = 0; first < t->n; first += 64) {
        const ptrdiff_t n = t->n - first < 64 ? t->n - first : 64;
        uint64_t learns[64], up[64];
        int32_t minus[64];
        for (int32_t i = 0; i < 64; i++)
            minus[i] = (2 * ((int32_t)first + i) + 1) * stride;
        NAME(turn)(learning + first * t->n_words + w, n, t->n_words, learns);
        NAME(turn)(t->signs + first * t->n_words + w, n, t->n_words, up);
        for (ptrdiff_t j = 0; j < n_neurons; j++) {
            totals[j] += 4 * __builtin_popcountll(learns[j] & up[j]) -
                         2 * __builtin_popcountll(learns[j]);
            for (ptrdiff_t k = 0; k < n; k += N32) {
                const uint32_t bits = (uint32_t)(learns[j] >> k) & (uint32_t)bits_before(N32);
                const I32 source = LOAD(I32, minus + k, N32) +
                                   (NAME(spread)((uint32_t)(up[j] >> k)) & stride);
                places[j] +=
                    NAME(keep)(sources + places[j], source, bits, starts[j + 1] - places[j]);
            }
        }
    }
}
