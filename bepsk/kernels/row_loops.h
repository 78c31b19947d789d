/* Included once for each CPU path by rows.h. */

/* ---- comparison: bit k is [ low <= values[k] <= high ]; signs and gates are such bits ---- */
TARGET NOINLINE void NAME(pack_between)(const int32_t *values, ptrdiff_t n, int32_t low,
                                       int32_t high, uint64_t *bits)
{
    for (ptrdiff_t start = 0; start < n; start += 64) {
        const uint64_t inside = n - start >= 64 ? ~UINT64_C(0) : ((uint64_t)1 << (n - start)) - 1;
        uint64_t outside = 0;
        for (ptrdiff_t k = 0; k < 64; k += N32) {
            const I32 v = LOAD(I32, values + start + k, n - start - k);
            outside |= (uint64_t)NAME(negative_i32)((v < low) | (v > high)) << k;
        }
        bits[start >> 6] = ~outside & inside;
    }
}

/* ---- sums through time: total[k] += values[k] where bit k is set, -= where it is not ---- */
TARGET NOINLINE void NAME(add_flipped)(int32_t *total, const int32_t *values,
                                      const uint64_t *bits, ptrdiff_t n)
{
    for (ptrdiff_t k = 0; k < n; k += N32) {
        const I32 flip = ~NAME(spread)((uint32_t)(bits[k >> 6] >> (k & 63)));
        const I32 v = LOAD(I32, values + k, n - k);
        const I32 sum = LOAD(I32, total + k, n - k) + (v ^ flip) - flip;
        STORE(total + k, sum, n - k);
    }
}

/* ---- inertia, backward: v = sums + inertia t, with t = +-1 by `signs`, 0 where `nonzero` has a 0;
 * out_signs = sign(v) with sign(0) = +1, out_nonzero = [ v is not 0 ] ---- */
TARGET NOINLINE void NAME(carry_back)(const int32_t *sums, ptrdiff_t n, const uint64_t *signs,
                                      const uint64_t *nonzero, int32_t inertia,
                                      uint64_t *out_signs, uint64_t *out_nonzero)
{
    for (ptrdiff_t start = 0; start < n; start += 64) {
        const uint64_t up = signs[start >> 6], there = nonzero[start >> 6];
        const uint64_t inside = n - start >= 64 ? ~UINT64_C(0) : ((uint64_t)1 << (n - start)) - 1;
        uint64_t negative = 0, positive = 0;
        for (ptrdiff_t k = 0; k < 64; k += N32) {
            I32 v = LOAD(I32, sums + start + k, n - start - k);
            v += NAME(spread)((uint32_t)((there & up) >> k)) & inertia;
            v -= NAME(spread)((uint32_t)((there & ~up) >> k)) & inertia;
            negative |= (uint64_t)NAME(negative_i32)(v) << k;
            positive |= (uint64_t)NAME(negative_i32)(-v) << k;
        }
        out_signs[start >> 6] = ~negative & inside;
        out_nonzero[start >> 6] = (negative | positive) & inside;
    }
}

/* ---- winners: of each group's candidates, the wrong neurons, that with the smallest
 * |value| < 2^31, the first of equals, or -1 ---- */
TARGET INLINE I32 NAME(sizes)(const int32_t *values, ptrdiff_t k, ptrdiff_t n)
{
    const I32 v = LOAD(I32, values + k, n - k);
    return ((v ^ (v >> 31)) - (v >> 31)) & INT32_MAX;
}

TARGET INLINE int32_t NAME(winner)(const neurons *layer, ptrdiff_t first, ptrdiff_t last)
{
    int32_t best = -1, least = INT32_MAX;
    for (ptrdiff_t start = first; start < last; start += 48) {
        const ptrdiff_t length = last - start < 48 ? last - start : 48;
        const uint64_t wrong = wrong_from(layer, start) & (((uint64_t)1 << length) - 1);
        if (!wrong)
            continue;
        I32 smallest = (I32){0} + INT32_MAX;
        for (ptrdiff_t k = 0; k < length; k += N32) {
            const I32 others = ~NAME(spread)((uint32_t)(wrong >> k)) & INT32_MAX;
            smallest = NAME(smaller)(smallest, NAME(sizes)(layer->values, start + k, layer->n) | others);
        }
        const int32_t size = NAME(least)(smallest);
        if (best >= 0 && size >= least)
            continue;
        uint64_t equal = 0;
        for (ptrdiff_t k = 0; k < length; k += N32)
            equal |= (uint64_t)NAME(negative_i32)(NAME(sizes)(layer->values, start + k, layer->n) == size)
                     << k;
        best = (int32_t)(start + __builtin_ctzll(equal & wrong));
        least = size;
    }
    return best;
}

TARGET NOINLINE void NAME(find_winners)(const neurons *layer, ptrdiff_t group_size, int32_t *winners)
{
    for (ptrdiff_t first = 0; first < layer->n; first += group_size)
        *winners++ = NAME(winner)(layer, first, layer->n - first < group_size ? layer->n : first + group_size);
}

/* ---- counters in bit planes: plane p of some words of inputs holds bit p of their counts ---- */
TARGET INLINE void NAME(add_to_planes)(U64 *planes, int n_planes, int from, U64 bits)
{
    for (int p = from; p < n_planes; p++) {
        const U64 carry = planes[p] & bits;
        planes[p] ^= bits;
        bits = carry;
    }
}

/* bits = sign(sum over t of +-x_t), known = [ the sum is not 0 ]. Step t is row t of `inputs`,
 * `stride` words apart, with + where bit `neuron` of row t of `desired` is set. */
TARGET INLINE void NAME(majority)(const uint64_t *desired, ptrdiff_t desired_stride,
                                  ptrdiff_t neuron, const uint64_t *inputs, ptrdiff_t stride,
                                  ptrdiff_t n_steps, int n_planes, ptrdiff_t n_words,
                                  uint64_t *bits, uint64_t *known)
{
    for (ptrdiff_t w = 0; w < n_words; w += N64) {
        U64 planes[32];
        for (int p = 0; p < n_planes; p++)
            planes[p] = (U64){0};
        for (ptrdiff_t t = 0; t < n_steps; t++) {
            const uint64_t up = desired[t * desired_stride + (neuron >> 6)] >> (neuron & 63) & 1;
            const U64 x = LOAD(U64, inputs + t * stride + w, n_words - w);
            NAME(add_to_planes)(planes, n_planes, 0, x ^ ((U64){0} + (up - 1)));
        }
        /* Twice the count against the number of steps, from the highest bit down. */
        U64 above = {0}, below = {0};
        for (int p = n_planes - 1; p >= 0; p--) {
            const U64 full = (U64){0} - (uint64_t)(n_steps >> (p + 1) & 1);
            const U64 open = ~(above | below);
            above |= open & planes[p] & ~full;
            below |= open & ~planes[p] & full;
        }
        if (n_steps & 1)
            below = ~above;
        below |= above;
        STORE(bits + w, above, n_words - w);
        STORE(known + w, below, n_words - w);
    }
}

TARGET NOINLINE void NAME(majority_of_steps)(const uint64_t *desired, ptrdiff_t desired_stride,
                                            ptrdiff_t neuron, const uint64_t *inputs,
                                            ptrdiff_t stride, ptrdiff_t n_steps,
                                            ptrdiff_t n_words, uint64_t *bits, uint64_t *known)
{
    int n_planes = 0;
    while (n_steps >> n_planes)
        n_planes++;
#define MAJORITY(n_planes)                                                                     \
    NAME(majority)(desired, desired_stride, neuron, inputs, stride, n_steps, n_planes, n_words, \
                   bits, known)
    /* With a known number the planes stay in registers. */
    if (n_planes == 4)
        MAJORITY(4);
    else if (n_planes == 5)
        MAJORITY(5);
    else
        MAJORITY(n_planes);
#undef MAJORITY
}

/* ---- update of one row: hidden[k] += increments, saturated once, and its sign bits ---- */

/* In 32 bits, a word of inputs at a time. */
TARGET INLINE void NAME(add_any)(int16_t *hidden, ptrdiff_t n, const increments *row,
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
            const ptrdiff_t n_bits = n - 64 * (w + i);
            signs[(w + i) * signs_stride] =
                ~word & (n_bits >= 64 ? ~UINT64_C(0) : ((uint64_t)1 << n_bits) - 1);
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
#define ADD(masked, n_planes)                                                               \
    NAME(add_counted)(hidden, n, row, masked, limit, shift, total, n_planes, signs, \
                      signs_stride)
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

/* ---- 64 x 64 bits, transposed in place: swap ever smaller off-diagonal squares ---- */
TARGET INLINE void NAME(swap_squares)(uint64_t *block, int width, uint64_t mask)
{
    for (int row = 0; row < 64; row += 2 * width)
        for (int i = row; i < row + width; i++) {
            const uint64_t swapped = ((block[i] >> width) ^ block[i + width]) & mask;
            block[i] ^= swapped << width;
            block[i + width] ^= swapped;
        }
}

TARGET NOINLINE void NAME(transpose_block)(uint64_t *block)
{
    NAME(swap_squares)(block, 32, 0x00000000FFFFFFFF);
    NAME(swap_squares)(block, 16, 0x0000FFFF0000FFFF);
    NAME(swap_squares)(block, 8, 0x00FF00FF00FF00FF);
    NAME(swap_squares)(block, 4, 0x0F0F0F0F0F0F0F0F);
    NAME(swap_squares)(block, 2, 0x3333333333333333);
    NAME(swap_squares)(block, 1, 0x5555555555555555);
}
