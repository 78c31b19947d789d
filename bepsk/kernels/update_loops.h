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
TARGET INLINE void NAME(add_any)(int16_t *hidden, ptrdiff_t n, const increments *row, int64_t total,
                                 int32_t limit, uint64_t *signs, ptrdiff_t signs_stride)
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
            int64_t sum = hidden[64 * w + k] + (int64_t)sums[k];
            if (row->means)
                sum -= centre(row, total, 64 * w + k);
            hidden[64 * w + k] = (int16_t)(sum > limit ? limit : sum < -limit ? -limit : sum);
            word |= (uint64_t)(hidden[64 * w + k] >= 0) << k;
        }
        signs[w * signs_stride] = word;
    }
}

/* The inputs of entry i from word w on, n_left up to the row's end; flipped if it subtracts them.
 * What lies past the row's end is read where something is, and not used. */
TARGET INLINE U64 NAME(inputs_of)(const increments *row, ptrdiff_t i, ptrdiff_t w, ptrdiff_t n_left)
{
    const ptrdiff_t place = row->sources[i] * row->n_words + w;
    const ptrdiff_t n_there = row->n_rows * row->n_words - place >= N64 ? N64 : n_left;
    return LOAD(U64, row->inputs + place, n_there) ^ ((U64){0} + (uint64_t)(row->steps[i] >> 31));
}

/* Count the inputs of entries that all count once. */
TARGET INLINE void NAME(count_once)(const increments *row, ptrdiff_t w, ptrdiff_t n_left,
                                    int n_planes, U64 *up)
{
    ptrdiff_t i = 0;
    if (n_planes > 1)
        for (; i + 4 <= row->n; i += 4)
            NAME(add_four)(up, n_planes, NAME(inputs_of)(row, i, w, n_left),
                           NAME(inputs_of)(row, i + 1, w, n_left),
                           NAME(inputs_of)(row, i + 2, w, n_left),
                           NAME(inputs_of)(row, i + 3, w, n_left));
    for (; i < row->n; i++)
        NAME(add_to_planes)(up, n_planes, 0, NAME(inputs_of)(row, i, w, n_left));
}

/* Count the inputs of entries as often as their steps say, in units of 2^shift. */
TARGET INLINE void NAME(count_steps)(const increments *row, ptrdiff_t w, ptrdiff_t n_left,
                                     int masked, int shift, int n_planes, U64 *up, U64 *down)
{
    for (ptrdiff_t i = 0; i < row->n; i++) {
        const int32_t step = row->steps[i];
        const uint32_t count = (uint32_t)(step < 0 ? -step : step) >> shift;
        U64 plus = NAME(inputs_of)(row, i, w, n_left), minus = plus;
        if (masked) {
            const ptrdiff_t place = row->sources[i] * row->n_words + w;
            const ptrdiff_t n_there = row->n_rows * row->n_words - place >= N64 ? N64 : n_left;
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
}

/* A vector of inputs at a time. The steps are 2^shift times small numbers, `size` in all, which are
 * counted in planes: up for +, down for -; without `known` down is what up leaves of `size`. */
TARGET INLINE void NAME(add_counted)(int16_t *hidden, ptrdiff_t n, const increments *row,
                                     int masked, int32_t limit, int shift, int32_t size,
                                     int32_t total, int n_planes, uint64_t *signs,
                                     ptrdiff_t signs_stride)
{
    const int centred = row->means && total; /* of 0 nothing is taken */
    for (ptrdiff_t w = 0; w < row->n_words; w += N64) {
        const ptrdiff_t n_left = row->n_words - w < N64 ? row->n_words - w : N64;
        U64 up[16], down[16];
        for (int p = 0; p < n_planes; p++)
            up[p] = down[p] = (U64){0};
        if (!masked && size == row->n)
            NAME(count_once)(row, w, n_left, n_planes, up);
        else
            NAME(count_steps)(row, w, n_left, masked, shift, n_planes, up, down);
        uint64_t ups[16][N64], downs[16][N64];
        memcpy(ups, up, (size_t)n_planes * sizeof up[0]);
        if (masked)
            memcpy(downs, down, (size_t)n_planes * sizeof down[0]);
        for (ptrdiff_t i = 0; i < n_left; i++) {
            uint64_t word = 0;
            int16_t centres[64];
            if (centred)
                for (ptrdiff_t k = 0; k < 64; k++)
                    centres[k] = (int16_t)small_centre(row, total, 64 * (w + i) + k);
            for (ptrdiff_t k = 0; k < 64; k += N16) {
                I16 sum = {0};
                if (centred)
                    sum = sum - LOAD(I16, centres + k, N16);
                if (!masked)
                    sum = sum - (int16_t)(size << shift);
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
    int64_t sizes = 0, total = 0;
    for (ptrdiff_t i = 0; i < row->n; i++) {
        const int64_t step = row->steps[i];
        sizes += step < 0 ? -step : step;
        total += step;
        all |= (uint32_t)step;
    }
    if (!all)
        return;
    if (sizes > (row->means ? INT16_MAX / 2 : INT16_MAX)) {
        NAME(add_any)(hidden, n, row, total, limit, signs, signs_stride);
        return;
    }
    const int shift = __builtin_ctz(all);
    const int32_t size = (int32_t)(sizes >> shift);
    const int n_planes = 32 - __builtin_clz((uint32_t)size);
#define ADD(masked, n_planes)                                                                      \
    NAME(add_counted)(hidden, n, row, masked, limit, shift, size, (int32_t)total, n_planes, signs, \
                      signs_stride)
    if (row->known)
        ADD(1, n_planes);
    else if (n_planes == 1)
        ADD(0, 1);
    else if (n_planes == 2)
        ADD(0, 2);
    else if (n_planes == 3)
        ADD(0, 3);
    else if (n_planes == 4)
        ADD(0, 4);
    else if (n_planes == 5)
        ADD(0, 5);
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
