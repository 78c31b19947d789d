/* Included once for each CPU path by update.h. */

/* Bit k is [ |z[k]| <= widths[k] ], or 0 where `nonzero`, which may be NULL, has a 0. */
TARGET NOINLINE void NAME(gate_row)(const int32_t *z, ptrdiff_t n, const int32_t *widths,
                                    const uint64_t *nonzero, uint64_t *out)
{
    for (ptrdiff_t start = 0; start < n; start += 64) {
        uint64_t closed = 0;
        for (ptrdiff_t k = 0; k < 64; k += N32) {
            const I32 outside = OUTSIDE(LOAD(I32, z + start + k, n - start - k),
                                        LOAD(I32, widths + start + k, n - start - k));
            closed |= (uint64_t)NAME(negative_i32)(outside) << k;
        }
        out[start >> 6] = ~closed & (nonzero ? nonzero[start >> 6] : bits_before(n - start));
    }
}

/* ---- update of one row: hidden[k] += increments, saturated once, and its sign bits ---- */

/* In 32 bits, a word of inputs at a time. */
TARGET INLINE void NAME(add_any)(int16_t *hidden, ptrdiff_t n, const input_rows *of,
                                 const increments *row, int64_t total, int32_t limit,
                                 uint64_t *signs, ptrdiff_t signs_stride)
{
    for (ptrdiff_t w = 0; w < of->n_words; w++) {
        const int length = n - 64 * w < 64 ? (int)(n - 64 * w) : 64;
        int32_t sums[64] = {0};
        uint64_t word = 0;
        for (ptrdiff_t i = 0; i < row->n; i++) {
            const ptrdiff_t place = row->sources[i] * (row->steps ? of->n_words : 1) + w;
            const uint64_t known = of->known ? of->known[place] : ~UINT64_C(0);
            const uint64_t plus = of->inputs[place] & known, minus = known ^ plus;
            const int32_t step = row->steps ? row->steps[i] : 2;
            for (int k = 0; k < 64; k++)
                sums[k] += step * ((int32_t)(plus >> k & 1) - (int32_t)(minus >> k & 1));
        }
        for (int k = 0; k < length; k++) {
            int64_t sum = hidden[64 * w + k] + (int64_t)sums[k];
            if (of->centring)
                sum -= 2 * half_centre(of->centring + 192 * w, row->shift, total, k);
            hidden[64 * w + k] = (int16_t)(sum > limit ? limit : sum < -limit ? -limit : sum);
            word |= (uint64_t)(hidden[64 * w + k] >= 0) << k;
        }
        signs[w * signs_stride] = word;
    }
}

/* n words of the inputs of entry i from word w on; flipped if it subtracts them. */
TARGET INLINE U64 NAME(inputs_of)(const input_rows *of, const increments *row, ptrdiff_t i,
                                  ptrdiff_t w, ptrdiff_t n)
{
    const uint64_t *const place = of->inputs + row->sources[i] * of->n_words + w;
    return NAME(load_u64)(place, n) ^ ((U64){0} + (uint64_t)(row->steps[i] >> 31));
}

/* Count the inputs of entries in fours, all of which count once, and none is flipped. */
TARGET INLINE void NAME(count_fours)(const input_rows *of, const increments *row, ptrdiff_t w,
                                     int n_planes, U64 *up)
{
    const uint64_t *const inputs = of->inputs + w;
    for (ptrdiff_t i = 0; i < row->n; i += 4) {
        const int32_t *const four = row->sources + i;
        NAME(add_four)(up, n_planes, LOAD(U64, inputs + four[0], N64),
                       LOAD(U64, inputs + four[1], N64), LOAD(U64, inputs + four[2], N64),
                       LOAD(U64, inputs + four[3], N64));
    }
}

/* Count the inputs of entries that all count once. */
TARGET INLINE void NAME(count_once)(const input_rows *of, const increments *row, ptrdiff_t w,
                                    ptrdiff_t n_left, int n_planes, U64 *up)
{
    ptrdiff_t i = 0;
    for (; n_planes > 1 && i + 4 <= row->n; i += 4)
        NAME(add_four)(up, n_planes, NAME(inputs_of)(of, row, i, w, n_left),
                       NAME(inputs_of)(of, row, i + 1, w, n_left),
                       NAME(inputs_of)(of, row, i + 2, w, n_left),
                       NAME(inputs_of)(of, row, i + 3, w, n_left));
    for (; i < row->n; i++)
        NAME(add_to_planes)(up, n_planes, 0, NAME(inputs_of)(of, row, i, w, n_left));
}

/* Count the inputs of entries as often as their steps say, in units of 2^shift. */
TARGET INLINE void NAME(count_steps)(const input_rows *of, const increments *row, ptrdiff_t w,
                                     ptrdiff_t n_left, int masked, int shift, int n_planes, U64 *up,
                                     U64 *down)
{
    for (ptrdiff_t i = 0; i < row->n; i++) {
        const int32_t step = row->steps[i];
        const uint32_t count = (uint32_t)(step < 0 ? -step : step) >> shift;
        U64 plus = NAME(inputs_of)(of, row, i, w, n_left), minus = plus;
        if (masked) {
            minus = NAME(load_u64)(of->known + row->sources[i] * of->n_words + w, n_left);
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
}

TARGET INLINE uint64_t NAME(word_of)(const U64 *v, ptrdiff_t i)
{
    uint64_t word;
    memcpy(&word, (const char *)v + 8 * i, sizeof word);
    return word;
}

/* What planes of counters add to the weights of the 64 inputs of their word i. Sums of a few planes
 * are taken in bytes; small ones, up to 127, altogether. */
TARGET INLINE void NAME(sum_planes)(const U64 *up, const U64 *down, int n_planes, ptrdiff_t i,
                                    int masked, int small, int shift, int32_t size, I16 *sums)
{
    const int16_t start = (int16_t)(masked ? 0 : -size * (1 << shift));
    const int unit = (masked ? 1 : 2) << (small ? shift : 0);
    const int n_small = small ? n_planes : 6;
    for (int v = 0; v < 64 / N16; v++)
        sums[v] = (I16){0} + (int16_t)(small ? 0 : start);
    for (int first = 0; first < n_planes; first += n_small) {
        int8_t bytes[64];
        for (ptrdiff_t k = 0; k < 64; k += N8) {
            I8 sum = (I8){0} + (int8_t)(small ? start : 0);
            for (int p = first; p < first + n_small && p < n_planes; p++) {
                const int8_t amount = (int8_t)(unit << (p - first));
                sum = NAME(add_where)(sum, NAME(word_of)(up + p, i) >> k, amount);
                if (masked)
                    sum = NAME(add_where)(sum, NAME(word_of)(down + p, i) >> k, (int8_t)-amount);
            }
            STORE(bytes + k, sum, N8);
        }
        for (int v = 0; v < 64 / N16; v++) { /* unsigned: on the way sums may wrap around */
            const U16 part = (U16)NAME(load_bytes)(bytes + v * N16);
            sums[v] = (I16)((U16)sums[v] + (part << (small ? 0 : shift + first)));
        }
    }
}

/* Add the sums to the first n of 64 hidden weights, or to all; returns which are then >= 0. */
TARGET INLINE uint64_t NAME(add_sums)(int16_t *hidden, ptrdiff_t n, const I16 *sums, int16_t limit)
{
    uint64_t bits = 0;
    for (ptrdiff_t k = 0; k < 64; k += 2 * N16) {
        I16 h[2];
        for (int v = 0; v < 2; v++) {
            int16_t *const place = hidden + k + v * N16;
            const ptrdiff_t n_left = n - k - v * N16;
            h[v] = n >= 64 ? LOAD(I16, place, N16) : NAME(load_i16)(place, n_left);
            h[v] = NAME(add_clamped)(h[v], sums[k / N16 + v], limit);
            if (n >= 64)
                STORE(place, h[v], N16);
            else
                NAME(store_i16)(place, h[v], n_left);
        }
        bits |= NAME(signs_i16)(h[0], h[1]) << k;
    }
    return bits;
}

/* Subtract the centres of the inputs of word w, for |total| < 2^15. */
TARGET INLINE void NAME(subtract_centres)(const input_rows *of, uint16_t shift, int32_t total,
                                          ptrdiff_t w, I16 *sums)
{
    const I16 sum = (I16){0} + (int16_t)total;
    for (int v = 0; v < 64 / N16; v++) {
        const uint16_t *const place = of->centring + 192 * w + v * N16;
        I16 half = NAME(scale)(sum, LOAD(I16, place, N16), LOAD(U16, place + 128, N16) + shift);
        if (of->wraps)
            half += sum & LOAD(I16, place + 64, N16);
        sums[v] -= half << 1;
    }
}

/* A vector of inputs at a time. The steps are 2^shift times small numbers, `size` in all, which are
 * counted in planes: up for +, down for -; without `known` down is what up leaves of `size`. */
TARGET INLINE void NAME(add_counted)(int16_t *hidden, ptrdiff_t n, const input_rows *of,
                                     const increments *row, int masked, int small, int centred,
                                     int32_t limit, int shift, int32_t size, int32_t total,
                                     int n_planes, uint64_t *signs, ptrdiff_t signs_stride)
{
    for (ptrdiff_t w = 0; w < of->n_words; w += N64) {
        const ptrdiff_t n_left = of->n_words - w < N64 ? of->n_words - w : N64;
        const ptrdiff_t n_whole = n / 64 - w < n_left ? n / 64 - w : n_left;
        U64 up[16], down[16], counted[16];
        for (int p = 0; p < n_planes; p++)
            up[p] = down[p] = (U64){0};
        if (!row->steps)
            NAME(count_fours)(of, row, w, n_planes, up);
        else if (!masked && size == row->n)
            NAME(count_once)(of, row, w, n_left, n_planes, up);
        else
            NAME(count_steps)(of, row, w, n_left, masked, shift, n_planes, up, down);
        for (int p = 0; p < n_planes; p++)
            counted[p] = up[p]; /* which has a place in memory, so that `up` needs none */
        I16 sums[64 / N16];
        for (ptrdiff_t i = 0; i < n_left; i++) {
            NAME(sum_planes)(counted, down, n_planes, i, masked, small, shift, size, sums);
            if (centred)
                NAME(subtract_centres)(of, row->shift, total, w + i, sums);
            int16_t *const place = hidden + 64 * (w + i);
            uint64_t *const word = signs + (w + i) * signs_stride;
            if (i < n_whole) {
                *word = NAME(add_sums)(place, 64, sums, (int16_t)limit);
            } else {
                const ptrdiff_t rest = n - 64 * (w + i);
                *word = NAME(add_sums)(place, rest, sums, (int16_t)limit) & bits_before(rest);
            }
        }
    }
}

TARGET NOINLINE void NAME(add_to_row)(int16_t *hidden, ptrdiff_t n, const input_rows *inputs,
                                      const increments *entries, int32_t limit, uint64_t *signs,
                                      ptrdiff_t signs_stride)
{
    /* Copies, which no store can change. */
    const input_rows rows = *inputs, *const of = &rows;
    const increments copy = *entries, *const row = &copy;
    uint32_t all = 2;
    int64_t sizes = 2 * row->n, total = row->total;
    if (row->steps) {
        all = 0;
        sizes = total = 0;
        for (ptrdiff_t i = 0; i < row->n; i++) {
            const int64_t step = row->steps[i];
            sizes += step < 0 ? -step : step;
            total += step;
            all |= (uint32_t)step;
        }
    }
    if (!sizes)
        return;
    if (sizes > (of->centring ? INT16_MAX / 2 : INT16_MAX)) {
        NAME(add_any)(hidden, n, of, row, total, limit, signs, signs_stride);
        return;
    }
    const int shift = __builtin_ctz(all);
    const int32_t size = (int32_t)(sizes >> shift);
    const int n_planes = 32 - __builtin_clz((uint32_t)size);
    const int centred = of->centring && total; /* of 0 nothing is taken */
#define ADD(masked, small, centred, n_planes)                                         \
    NAME(add_counted)(hidden, n, of, row, masked, small, centred, limit, shift, size, \
                      (int32_t)total, n_planes, signs, signs_stride)
#define ADD_SMALL(n_planes)         \
    do {                            \
        if (centred)                \
            ADD(0, 1, 1, n_planes); \
        else                        \
            ADD(0, 1, 0, n_planes); \
    } while (0)
    if (of->known)
        ADD(1, 0, 0, n_planes);
    else if (sizes > INT8_MAX && n_planes > 8)
        ADD(0, 0, centred, n_planes);
    else if (sizes > INT8_MAX)
        ADD(0, 0, centred, 8);
    else if (n_planes == 1 && row->steps)
        ADD_SMALL(1);
    else if (n_planes <= 2)
        ADD_SMALL(2);
    else if (n_planes == 3)
        ADD_SMALL(3);
    else if (n_planes == 4)
        ADD_SMALL(4);
    else if (n_planes == 5)
        ADD_SMALL(5);
    else
        ADD_SMALL(7);
#undef ADD_SMALL
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
