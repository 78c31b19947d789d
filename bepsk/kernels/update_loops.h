/* Included once for each CPU path by update.h. */

/* The |values| from k on; those past n are 0. */
TARGET INLINE I32 NAME(sizes)(const int32_t *values, ptrdiff_t k, ptrdiff_t n)
{
    const I32 v = LOAD(I32, values + k, n - k);
    return (v ^ (v >> 31)) - (v >> 31);
}

/* Bit k is [ |z[k]| <= gate_width ], or 0 where `nonzero`, which may be NULL, has a 0. */
TARGET NOINLINE void NAME(gate_row)(const int32_t *z, ptrdiff_t n, int32_t gate_width,
                                    const uint64_t *nonzero, uint64_t *out)
{
    for (ptrdiff_t start = 0; start < n; start += 64) {
        uint64_t closed = 0;
        for (ptrdiff_t k = 0; k < 64; k += N32) {
            const I32 left = gate_width - NAME(sizes)(z, start + k, n);
            closed |= (uint64_t)NAME(negative_i32)(left) << k;
        }
        out[start >> 6] = ~closed & (nonzero ? nonzero[start >> 6] : bits_before(n - start));
    }
}

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
            smallest =
                NAME(smaller)(smallest, NAME(sizes)(layer->values, start + k, layer->n) | others);
        }
    }
    const int32_t size = any ? NAME(least)(smallest) : 0;
    for (ptrdiff_t start = first; any && start < last; start += WRONG_BITS) {
        uint64_t equal = 0;
        for (ptrdiff_t k = 0; k < WRONG_BITS && k < last - start; k += N32)
            equal |= (uint64_t)NAME(negative_i32)(NAME(sizes)(layer->values, start + k, layer->n) ==
                                                  size)
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

/* ---- update of one row: hidden[k] += increments, saturated once, and its sign bits ---- */

/* In 32 bits, a word of inputs at a time. */
TARGET INLINE void NAME(add_any)(int16_t *hidden, ptrdiff_t n, const increments *row, int32_t limit,
                                 uint64_t *signs, ptrdiff_t signs_stride)
{
    for (ptrdiff_t w = 0; w < row->n_words; w++) {
        const int length = n - 64 * w < 64 ? (int)(n - 64 * w) : 64;
        int32_t sums[64] = {0};
        uint64_t word = 0;
        for (ptrdiff_t i = 0; i < row->n; i++) {
            const ptrdiff_t place = row->sources[i] * row->n_words + w;
            const uint64_t known = row->known ? row->known[place] : ~UINT64_C(0);
            const uint64_t plus = row->inputs[place] & known, minus = known ^ plus;
            for (int k = 0; k < 64; k++)
                sums[k] += row->steps[i] * ((int32_t)(plus >> k & 1) - (int32_t)(minus >> k & 1));
        }
        for (int k = 0; k < length; k++) {
            const int32_t sum = hidden[64 * w + k] + sums[k];
            hidden[64 * w + k] = (int16_t)(sum > limit ? limit : sum < -limit ? -limit : sum);
            word |= (uint64_t)(hidden[64 * w + k] >= 0) << k;
        }
        signs[w * signs_stride] = word;
    }
}

/* A vector of inputs at a time. The steps are 2^shift times small numbers, which are counted in
 * planes: up for +, down for -; without `known` down is what up leaves of `total`. */
TARGET INLINE void NAME(add_counted)(int16_t *hidden, ptrdiff_t n, const increments *row,
                                     int masked, int32_t limit, int shift, int32_t total,
                                     int n_planes, uint64_t *signs, ptrdiff_t signs_stride)
{
    const ptrdiff_t n_all = row->n_rows * row->n_words;
    for (ptrdiff_t w = 0; w < row->n_words; w += N64) {
        const ptrdiff_t n_left = row->n_words - w < N64 ? row->n_words - w : N64;
        U64 up[16], down[16];
        for (int p = 0; p < n_planes; p++)
            up[p] = down[p] = (U64){0};
        for (ptrdiff_t i = 0; i < row->n; i++) {
            const ptrdiff_t place = row->sources[i] * row->n_words + w;
            const int32_t step = row->steps[i];
            const uint32_t count = (uint32_t)(step < 0 ? -step : step) >> shift;
            /* What lies past the row's end is read where something is, and not used. */
            const ptrdiff_t n_there = n_all - place >= N64 ? N64 : n_left;
            U64 plus = LOAD(U64, row->inputs + place, n_there), minus = plus;
            plus ^= (U64){0} + (uint64_t)(step >> 31);
            if (masked) {
                minus = LOAD(U64, row->known + place, n_there);
                plus &= minus;
                minus ^= plus;
            }
            for (int p = 0; p < n_planes; p++)
                if (count >> p & 1) {
                    NAME(add_to_planes)(up, n_planes, p, plus);
                    if (masked)
                        NAME(add_to_planes)(down, n_planes, p, minus);
                }
        }
        uint64_t ups[16][N64], downs[16][N64];
        memcpy(ups, up, (size_t)n_planes * sizeof up[0]);
        if (masked)
            memcpy(downs, down, (size_t)n_planes * sizeof down[0]);
        for (ptrdiff_t i = 0; i < n_left; i++) {
            uint64_t word = 0;
            for (ptrdiff_t k = 0; k < 64; k += N16) {
                I16 sum = {0};
                if (!masked)
                    sum = sum - (int16_t)(total << shift);
                for (int p = 0; p < n_planes; p++) {
                    const int unit = 1 << (shift + p);
                    sum = NAME(add_where)(sum, (uint32_t)(ups[p][i] >> k),
                                          (int16_t)(masked ? unit : 2 * unit));
                    if (masked)
                        sum = NAME(add_where)(sum, (uint32_t)(downs[p][i] >> k), (int16_t)-unit);
                }
                int16_t *const place = hidden + 64 * (w + i) + k;
                const ptrdiff_t n_here = n - 64 * (w + i) - k;
                I16 h = NAME(load_i16)(place, n_here);
                h = NAME(add_clamped)(h, sum, (int16_t)limit);
                NAME(store_i16)(place, h, n_here);
                word |= (uint64_t)NAME(negative_i16)(h) << k;
            }
            signs[(w + i) * signs_stride] = ~word & bits_before(n - 64 * (w + i));
        }
    }
}

TARGET NOINLINE void NAME(add_to_row)(int16_t *hidden, ptrdiff_t n, const increments *row,
                                      int32_t limit, uint64_t *signs, ptrdiff_t signs_stride)
{
    uint32_t all = 0;
    int64_t sum = 0;
    for (ptrdiff_t i = 0; i < row->n; i++) {
        const int64_t step = row->steps[i];
        sum += step < 0 ? -step : step;
        all |= (uint32_t)step;
    }
    if (!all)
        return;
    if (sum > INT16_MAX) {
        NAME(add_any)(hidden, n, row, limit, signs, signs_stride);
        return;
    }
    const int shift = __builtin_ctz(all);
    const int32_t total = (int32_t)(sum >> shift);
    const int n_planes = 32 - __builtin_clz((uint32_t)total);
#define ADD(masked, n_planes) \
    NAME(add_counted)(hidden, n, row, masked, limit, shift, total, n_planes, signs, signs_stride)
    if (row->known)
        ADD(1, n_planes);
    else if (n_planes == 1)
        ADD(0, 1);
    else if (n_planes == 2)
        ADD(0, 2);
    else if (n_planes == 3)
        ADD(0, 3);
    else
        ADD(0, n_planes);
#undef ADD
}

/* ---- reinforcement of one row: h <- h + 2 sign(h), saturated, at random gaps ----
 * A gap is how many of the 255 falling entries of `survival` exceed 32 random bits; at_least
 * says for their first 12 where to begin the search. 255 is a gap without a hit after it. */
TARGET NOINLINE void NAME(reinforce_row)(int16_t *hidden, ptrdiff_t n, const uint32_t *survival,
                                         const uint8_t *at_least, uint64_t key, int32_t limit)
{
    enum { BLOCK = 8 };
    ptrdiff_t k = 0;
    for (uint64_t draw = 0;; draw += BLOCK) {
        uint64_t words[BLOCK];
        for (int i = 0; i < BLOCK; i++)
            words[i] = random_word(key, draw + (uint64_t)i) >> 32;
        for (int i = 0; i < BLOCK; i++) {
            ptrdiff_t gap = at_least[words[i] >> 20];
            while (words[i] < survival[gap])
                gap++;
            k += gap;
            if (k >= n)
                return;
            const int32_t h = hidden[k], hit = gap < 255;
            /* 2 sign(h), or 0 where h is saturated, without a branch. */
            hidden[k] = (int16_t)(h + (2 + 4 * (h >> 31)) * (hit & (h > -limit) & (h < limit)));
            k += hit;
        }
    }
}
