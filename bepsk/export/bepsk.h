/* What the models that bepsk.export writes run on: C99 or C++17, no library but stdint.h, no
 * memory but the caller's and a little stack, and no floating point.
 *
 * Bit k of a row of bits is bit k % 32 of word k / 32; 1 stands for +1 and 0 for -1.
 */
#ifndef BEPSK_H
#define BEPSK_H

#include <stdint.h>

/* What a model defines first if it needs others. */
#ifndef BEPSK_INPUT
#define BEPSK_INPUT int16_t /* of the numbers that it reads */
#endif
#ifndef BEPSK_CUT
#define BEPSK_CUT BEPSK_INPUT /* of what they are compared with */
#endif
#ifndef BEPSK_COUNT
#define BEPSK_COUNT uint8_t /* of how many cuts a feature has */
#endif
#ifndef BEPSK_FIXED
#define BEPSK_FIXED int32_t /* of sums in fixed point */
#endif
#ifndef BEPSK_LEVEL
#define BEPSK_LEVEL int16_t /* of levels */
#endif
#ifndef BEPSK_INDEX
#define BEPSK_INDEX uint8_t /* of the number of a feature */
#endif
#ifndef BEPSK_BOUND
#define BEPSK_BOUND int32_t /* of the bounds of projections */
#endif
#ifndef BEPSK_WIDTH
#define BEPSK_WIDTH int32_t /* of what neurons add to a number */
#endif
#ifndef BEPSK_PLANES
#define BEPSK_PLANES 32 /* binary digits of the widest counter */
#endif

#ifdef __GNUC__
#define BEPSK_INLINE static inline __attribute__((always_inline))
#else
#define BEPSK_INLINE static inline
#endif

#define BEPSK_WORDS(n_bits) (((n_bits) + 31) / 32)

/* Where the next bit goes. The rest of the last word is 0. */
typedef struct {
    uint32_t *words, word, bit;
} bepsk_writer;

BEPSK_INLINE void bepsk_write(bepsk_writer *to, int one)
{
    if (one)
        to->word |= to->bit;
    to->bit <<= 1;
    if (!to->bit) {
        *to->words++ = to->word;
        to->word = 0;
        to->bit = 1;
    }
}

BEPSK_INLINE void bepsk_finish(const bepsk_writer *to)
{
    if (to->bit != 1)
        *to->words = to->word;
}

/* ---- Encoders: from numbers to bits ---- */

/* Return an integer that compares as the float does; NaN comes below all. */
static inline int32_t bepsk_key(float x)
{
    union {
        float number;
        uint32_t bits;
    } both;
    both.number = x;
    if ((both.bits & INT32_MAX) > UINT32_C(0x7F800000))
        return INT32_MIN;
    return (int32_t)(both.bits >> 31 ? both.bits ^ INT32_MAX : both.bits);
}

/* Bit k of a feature is [ x > its cut k ]; the cuts of each feature ascend. */
static inline void bepsk_thermometer(const BEPSK_INPUT *x, uint32_t n_features,
                                     const BEPSK_COUNT *counts, const BEPSK_CUT *cuts,
                                     uint32_t *bits)
{
    bepsk_writer to = {bits, 0, 1};
    for (uint32_t f = 0; f < n_features; f++) {
#ifdef BEPSK_READS_FLOATS
        const int32_t value = bepsk_key(x[f]);
#else
        const BEPSK_INPUT value = x[f];
#endif
        for (uint32_t n = counts[f]; n; n--)
            bepsk_write(&to, value > *cuts++);
    }
    bepsk_finish(&to);
}

#ifdef BEPSK_READS_FLOATS
/* Set the bits of missing values: rows of `missing` are the number of a feature and of its bit. */
static inline void bepsk_mark_missing(const float *x, uint32_t n, const uint32_t (*missing)[2],
                                      uint32_t *bits)
{
    for (uint32_t k = 0; k < n; k++)
        if (bepsk_key(x[missing[k][0]]) == INT32_MIN)
            bits[missing[k][1] >> 5] |= UINT32_C(1) << (missing[k][1] & 31);
}
#endif

/* How a number becomes a level: ((x - low) factor + start) >> shift, within 0 .. top. */
typedef struct {
    BEPSK_INPUT low, high; /* all beyond have the same level */
    int16_t top;
    uint8_t shift;
    int32_t factor;
    BEPSK_FIXED start;
} bepsk_scale;

/* Level k is that of x[k], by scales[k step]. */
static inline void bepsk_levels(const BEPSK_INPUT *x, uint32_t n, const bepsk_scale *scales,
                                uint32_t step, BEPSK_LEVEL *levels)
{
    for (uint32_t k = 0; k < n; k++) {
        const BEPSK_INPUT clipped = x[k] < scales->low    ? scales->low
                                    : x[k] > scales->high ? scales->high
                                                          : x[k];
        BEPSK_FIXED level = (BEPSK_FIXED)clipped - (BEPSK_FIXED)scales->low;
        level = level * (BEPSK_FIXED)scales->factor + scales->start;
        level = level < 0 ? 0 : level >> scales->shift;
        levels[k] = (BEPSK_LEVEL)(level > scales->top ? scales->top : level);
        scales += step;
    }
}

/* Bit k is [ sum <= bounds[k][0] or sum > bounds[k][1] ] of row k of the weights times levels. */
static inline void bepsk_project(const BEPSK_LEVEL *levels, uint32_t n_features,
                                 const int8_t *weights, const BEPSK_BOUND (*bounds)[2],
                                 uint32_t n_bits, uint32_t *bits)
{
    bepsk_writer to = {bits, 0, 1};
    for (uint32_t k = 0; k < n_bits; k++) {
        int32_t sum = 0;
        for (uint32_t f = 0; f < n_features; f++)
            sum += (int32_t)levels[f] * *weights++;
        bepsk_write(&to, sum <= bounds[k][0] || sum > bounds[k][1]);
    }
    bepsk_finish(&to);
}

/* The same where most weights are 0: of `n_terms` features each, with 1 bound, or with 2. Called
 * with constants, once for each kind of projection, it has no inner loop. */
BEPSK_INLINE void bepsk_project_few(const BEPSK_LEVEL *levels, const BEPSK_INDEX *features,
                                    const int8_t *weights, const BEPSK_BOUND *bounds,
                                    uint32_t n_bits, uint32_t n_terms, uint32_t n_bounds,
                                    bepsk_writer *to)
{
    for (; n_bits; n_bits--) {
        int32_t sum = 0;
        for (uint32_t n = 0; n < n_terms; n++)
            sum += (int32_t)levels[features[n]] * weights[n];
        bepsk_write(to, sum > bounds[n_bounds - 1] || (n_bounds == 2 && sum <= bounds[0]));
        features += n_terms;
        weights += n_terms;
        bounds += n_bounds;
    }
}

/* The same where weights are 1, for the first `n_up` features, or -1, for the next `n_down`. */
BEPSK_INLINE void bepsk_add_few(const BEPSK_LEVEL *levels, const BEPSK_INDEX *features,
                                const BEPSK_BOUND *bounds, uint32_t n_bits, uint32_t n_up,
                                uint32_t n_down, bepsk_writer *to)
{
    for (; n_bits; n_bits--) {
        int32_t sum = 0;
        for (uint32_t n = 0; n < n_up; n++)
            sum += levels[features[n]];
        for (uint32_t n = n_up; n < n_up + n_down; n++)
            sum -= levels[features[n]];
        bepsk_write(to, sum > *bounds++);
        features += n_up + n_down;
    }
}

/* A square of weights, looked for at window x window places, the first of them at pixel `first`. */
typedef struct {
    uint32_t first;
    int32_t threshold;
    uint16_t side, window;
} bepsk_patch;

/* Bit k is [ a sum of patch k over its window > its threshold ]; `row` is how many numbers a row of
 * the image has, and `channels` how many a pixel. */
static inline void bepsk_match(const uint8_t *pixels, uint32_t row, uint32_t channels,
                               const bepsk_patch *patches, const int8_t *weights, uint32_t n_bits,
                               uint32_t *bits)
{
    bepsk_writer to = {bits, 0, 1};
    for (uint32_t k = 0; k < n_bits; k++) {
        const bepsk_patch *patch = patches + k;
        const uint32_t length = patch->side * channels;
        int above = 0;
        for (uint32_t y = 0; y < patch->window; y++)
            for (uint32_t x = 0; x < patch->window; x++) {
                const uint8_t *place = pixels + patch->first + y * row + x * channels;
                int32_t sum = 0;
                for (uint32_t r = 0; r < patch->side; r++)
                    for (uint32_t c = 0; c < length; c++)
                        sum += (int32_t)place[r * row + c] * weights[r * length + c];
                above |= sum > patch->threshold;
            }
        weights += patch->side * length;
        bepsk_write(&to, above);
    }
    bepsk_finish(&to);
}

/* Bit k is [ x[k] > 0 ]. */
static inline void bepsk_binary(const BEPSK_INPUT *x, uint32_t n_features, uint32_t *bits)
{
    bepsk_writer to = {bits, 0, 1};
    for (uint32_t k = 0; k < n_features; k++)
        bepsk_write(&to, x[k] > 0);
    bepsk_finish(&to);
}

/* ---- Networks ---- */

/* Pair inputs for `bepsk_count`: each even bit becomes the exclusive or of itself and the next.
 * `out` may be `bits`. */
static inline void bepsk_pair(const uint32_t *bits, uint32_t n_bits, uint32_t *out)
{
    for (uint32_t w = 0; w < BEPSK_WORDS(n_bits); w++)
        out[w] = bits[w] ^ (bits[w] >> 1 & UINT32_C(0x55555555));
}

/* sum += (y ^ either) + y, 32 times side by side; return the carry. */
BEPSK_INLINE uint32_t bepsk_add(uint32_t *sum, uint32_t either, uint32_t y)
{
    const uint32_t carry = y ^ ((*sum ^ y) & either);
    *sum ^= either;
    return carry;
}

/* Add four inputs of 32 neurons to ones and twos; return the carry. Bit k of the inputs, spread
 * over a word, meets the weights of input k. */
BEPSK_INLINE uint32_t bepsk_add_four(const uint32_t *words, uint32_t pairs, uint32_t *ones,
                                     uint32_t *twos)
{
#define BEPSK_MEET(k) (words[k] ^ (0 - (pairs >> (k) & 1)))
    const uint32_t a = bepsk_add(ones, BEPSK_MEET(0), BEPSK_MEET(1));
    const uint32_t b = bepsk_add(ones, BEPSK_MEET(2), BEPSK_MEET(3));
#undef BEPSK_MEET
    return bepsk_add(twos, a ^ b, b);
}

/* Add a carry to the planes of 32 counters. */
BEPSK_INLINE void bepsk_ripple(uint32_t carry, uint32_t *planes)
{
    for (; carry; planes++) {
        const uint32_t plane = *planes;
        *planes = plane ^ carry;
        carry &= plane;
    }
}

/* Count for 32 neurons at once the inputs that agree with their weights: plane p gets binary digit
 * p of all sums. Return the plane of the highest digit.
 *
 * `words` holds the complements of the planes to begin with, and then a word for each input, whose
 * bit j is the complement of the weight of neuron j. Inputs come in groups of 16; zeros fill up
 * the last one. They are paired, and so are their words: the first of two is the exclusive or of
 * both, which saves an operation. */
static inline uint32_t bepsk_count(const uint32_t *words, uint32_t n_inputs, uint32_t n_planes,
                                   const uint32_t *pairs, uint32_t *planes)
{
    uint32_t ones = ~words[0], twos = ~words[1], fours = ~words[2], eights = ~words[3];
    for (uint32_t p = 4; p < n_planes; p++)
        planes[p] = ~words[p]; /* a mere copy would become a call of memcpy */
    words += n_planes;
    for (uint32_t start = 0; start < n_inputs; start += 16) {
        const uint32_t group = pairs[start >> 5] >> (start & 16);
        uint32_t a, b, c, d, carry;
        a = bepsk_add_four(words, group, &ones, &twos);
        b = bepsk_add_four(words + 4, group >> 4, &ones, &twos);
        c = bepsk_add(&fours, a ^ b, b);
        a = bepsk_add_four(words + 8, group >> 8, &ones, &twos);
        b = bepsk_add_four(words + 12, group >> 12, &ones, &twos);
        d = bepsk_add(&fours, a ^ b, b);
        carry = bepsk_add(&eights, c ^ d, d);
        words += 16;
        bepsk_ripple(carry, planes + 4);
    }
    planes[0] = ones;
    planes[1] = twos;
    planes[2] = fours;
    planes[3] = eights;
    return planes[n_planes - 1];
}

/* Bit j of `out` is [ the inputs that agree with the weights of neuron j reach its threshold ]. */
static inline void bepsk_layer(const uint32_t *words, uint32_t n_inputs, uint32_t n_neurons,
                               uint32_t n_planes, const uint32_t *pairs, uint32_t *out)
{
    uint32_t planes[BEPSK_PLANES];
    for (uint32_t block = 0; block < BEPSK_WORDS(n_neurons); block++) {
        out[block] = bepsk_count(words, n_inputs, n_planes, pairs, planes);
        words += n_planes + ((n_inputs + 15) & ~UINT32_C(15));
    }
}

/* Return counter j of planes. */
BEPSK_INLINE uint32_t bepsk_counter(const uint32_t *planes, uint32_t n_planes, uint32_t j)
{
    uint32_t counter = 0;
    for (uint32_t p = 0; p < n_planes; p++)
        counter |= (planes[p] >> (j & 31) & 1) << p;
    return counter;
}

/* Return the sum of the widths of the neurons of a layer times their levels, those of the inputs
 * that agree: levels[0] for `first` and fewer, levels[top] for `first` + `top` and more. */
static inline int64_t bepsk_number(const uint32_t *words, uint32_t n_inputs, uint32_t n_neurons,
                                   uint32_t n_planes, const uint16_t *levels, uint32_t first,
                                   uint32_t top, const BEPSK_WIDTH *widths, const uint32_t *pairs)
{
    uint32_t planes[BEPSK_PLANES];
    int64_t sum = 0;
    for (uint32_t j = 0; j < n_neurons; j++) {
        if (!(j & 31)) {
            bepsk_count(words, n_inputs, n_planes, pairs, planes);
            words += n_planes + ((n_inputs + 15) & ~UINT32_C(15));
        }
        uint32_t agree = bepsk_counter(planes, n_planes, j);
        agree = agree > first ? agree - first : 0;
        sum += (int64_t)widths[j] * levels[agree > top ? top : agree];
    }
    return sum;
}

/* Set the logits to, or raise them by, 2 agreements with each class's prototype - n_bits. */
static inline void bepsk_logits(const uint32_t *prototypes, uint32_t n_classes, uint32_t n_bits,
                                const uint32_t *activations, int raise, int16_t *logits)
{
    for (uint32_t c = 0; c < n_classes; c++) {
        int32_t logit = (int32_t)n_bits + (raise ? logits[c] : 0);
        for (uint32_t w = 0; w < BEPSK_WORDS(n_bits); w++) {
            uint32_t x = *prototypes++ ^ activations[w];
            x -= x >> 1 & UINT32_C(0x55555555);
            x = (x & UINT32_C(0x33333333)) + (x >> 2 & UINT32_C(0x33333333));
            x = (x + (x >> 4)) & UINT32_C(0x0F0F0F0F);
            x += x >> 8;
            logit -= (int32_t)(2 * ((x + (x >> 16)) & 63));
        }
        logits[c] = (int16_t)logit;
    }
}

/* Set the logits of labels to, or raise them by, the neurons of their shares that agree with the
 * prototype minus those that do not. */
static inline void bepsk_label_logits(const uint32_t *prototype, const uint16_t *ends,
                                      uint32_t n_labels, const uint32_t *activations, int raise,
                                      int16_t *logits)
{
    for (uint32_t c = 0, j = 0; c < n_labels; c++) {
        int32_t logit = raise ? logits[c] : 0;
        for (; j < ends[c]; j++)
            logit += (prototype[j >> 5] ^ activations[j >> 5]) >> (j & 31) & 1 ? -1 : 1;
        logits[c] = (int16_t)logit;
    }
}

/* Return the number of the first largest logit. */
static inline int bepsk_best(const int16_t *logits, int n_classes)
{
    int best = 0;
    for (int c = 1; c < n_classes; c++)
        if (logits[c] > logits[best])
            best = c;
    return best;
}

#endif
