/* What networks that go on learning run on, beside bepsk.h: no multiplication either.
 *
 * Hidden weights are odd numbers of BEPSK_WEIGHT_PLANES + 1 bits, h = 2 u + 1 - 2^planes. Bit j of
 * plane p of an input is binary digit p of the u of neuron j; the highest plane holds the signs,
 * which are the weights. So 32 neurons learn at once, and signs need no room of their own.
 *
 * A layer comes in blocks of 32 neurons: for each input its planes, the lowest first.
 */
#ifndef BEPSK_TRAIN_H
#define BEPSK_TRAIN_H

#include "bepsk.h"

#define BEPSK_DIGITS 4 /* of the means of input bits */

/* What a network keeps of a row. */
typedef struct {
    uint32_t inputs[BEPSK_ROW_WORDS];                   /* of all layers, and the activations */
    uint32_t counts[BEPSK_BLOCKS * BEPSK_COUNT_PLANES]; /* of all blocks */
} bepsk_trace;

static inline uint32_t bepsk_next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Count for 32 neurons the inputs that agree with their weights; see bepsk_count. `signs`
 * is the highest plane of the first input. */
static inline void bepsk_count_signs(const uint32_t *signs, uint32_t n_inputs,
                                     const uint32_t *inputs, const uint32_t *begin,
                                     uint32_t *planes)
{
    uint32_t ones = ~begin[0], twos = ~begin[1], fours = ~begin[2], eights = ~begin[3], start = 0;
    for (uint32_t p = 4; p < BEPSK_COUNT_PLANES; p++)
        planes[p] = ~begin[p]; /* a mere copy would become a call of memcpy */
#define BEPSK_MEET(k) (signs[(k) * BEPSK_WEIGHT_PLANES] ^ (0 - (word >> (k) & 1)))
#define BEPSK_ADD_TWO(k) (y = BEPSK_MEET((k) + 1), bepsk_add(&ones, BEPSK_MEET(k) ^ y, y))
    for (; start < (n_inputs & ~UINT32_C(15)); start += 16) {
        const uint32_t word = ~inputs[start >> 5] >> (start & 16);
        uint32_t a, b, c, d, y, carry;
        a = BEPSK_ADD_TWO(0);
        b = BEPSK_ADD_TWO(2);
        c = bepsk_add(&twos, a ^ b, b);
        a = BEPSK_ADD_TWO(4);
        b = BEPSK_ADD_TWO(6);
        d = bepsk_add(&twos, a ^ b, b);
        carry = bepsk_add(&fours, c ^ d, d);
        a = BEPSK_ADD_TWO(8);
        b = BEPSK_ADD_TWO(10);
        c = bepsk_add(&twos, a ^ b, b);
        a = BEPSK_ADD_TWO(12);
        b = BEPSK_ADD_TWO(14);
        d = bepsk_add(&twos, a ^ b, b);
        d = bepsk_add(&fours, c ^ d, d);
        carry = bepsk_add(&eights, carry ^ d, d);
        signs += 16 * BEPSK_WEIGHT_PLANES;
        bepsk_ripple(carry, planes + 4);
    }
    for (uint32_t n; start < n_inputs; start += n) { /* the rest, two by two */
        const uint32_t word = ~inputs[start >> 5] >> (start & 31);
        n = start + 1 < n_inputs ? 2 : 1;
        const uint32_t y = n == 2 ? BEPSK_MEET(1) : 0;
        uint32_t carry = bepsk_add(&ones, BEPSK_MEET(0) ^ y, y);
        carry = bepsk_add(&twos, carry, 0);
        carry = bepsk_add(&fours, carry, 0);
        carry = bepsk_add(&eights, carry, 0);
        bepsk_ripple(carry, planes + 4);
        signs += n * BEPSK_WEIGHT_PLANES;
    }
    planes[0] = ones;
    planes[1] = twos;
    planes[2] = fours;
    planes[3] = eights;
#undef BEPSK_ADD_TWO
#undef BEPSK_MEET
}

/* Pass the inputs of a layer on to `out`, its activations. `begin` holds the complements of what
 * the counters of each block begin with. */
BEPSK_INLINE void bepsk_pass(const uint32_t *weights, uint32_t n_inputs, uint32_t n_neurons,
                             const uint32_t *begin, const uint32_t *inputs, uint32_t *counts,
                             uint32_t *out)
{
    for (uint32_t block = 0; block < BEPSK_WORDS(n_neurons); block++) {
        bepsk_count_signs(weights + BEPSK_WEIGHT_PLANES - 1, n_inputs, inputs, begin, counts);
        out[block] = counts[BEPSK_COUNT_PLANES - 1];
        counts += BEPSK_COUNT_PLANES;
        begin += BEPSK_COUNT_PLANES;
        weights += n_inputs * BEPSK_WEIGHT_PLANES;
    }
}

/* Draw from which inputs to learn: those that differ from a random background, and every second of
 * these. Bits of the background are 1 with the probabilities of `means`, in 16ths, or 1/2. */
static inline void bepsk_draw(uint32_t *random, const uint32_t *inputs, const uint32_t *means,
                              uint32_t n_inputs, uint32_t *changes)
{
    const uint32_t n_words = BEPSK_WORDS(n_inputs);
    for (uint32_t w = 0; w < n_words; w++) {
        uint32_t background = means ? 0 : bepsk_next(random);
        for (uint32_t digit = 0; means && digit < BEPSK_DIGITS; digit++) {
            const uint32_t draw = bepsk_next(random), mean = *means++;
            background = (mean & ~draw) | (~(mean ^ draw) & background);
        }
        changes[w] = (inputs[w] ^ background) & bepsk_next(random);
    }
    if (n_inputs & 31)
        changes[n_words - 1] &= UINT32_MAX >> (32 - (n_inputs & 31));
}

/* Return which of the 32 neurons that have an error learn: those with |z| <= max(smallest, window).
 * Their windows shrink by an eighth of themselves and 1, those of the others grow.
 *
 * The counter is 2^(planes - 1) + z / 2, rounded down: below its highest digit, of negative sums
 * inverted, is m, and |z| is 2 m + 1 if sums are odd, else 2 m, and 2 more if z is negative. */
static inline uint32_t bepsk_choose(const uint32_t *counts, uint32_t odd, uint32_t smallest,
                                    uint32_t asked, uint32_t *windows)
{
    const uint32_t negative = ~counts[BEPSK_COUNT_PLANES - 1];
    uint32_t carry = odd ? 0 : negative, digit = odd ? UINT32_MAX : 0;
    uint32_t beyond = 0, outside = 0, any = 0;
    for (uint32_t p = 0; p < BEPSK_COUNT_PLANES; p++) {
        const uint32_t window = windows[p], least = 0 - (smallest >> p & 1);
        const uint32_t m = counts[p] ^ negative;
        beyond = (~window & digit) | (~(window ^ digit) & beyond); /* window < |z|, so far */
        outside = (~least & digit) | (~(least ^ digit) & outside);
        any |= window;
        digit = m ^ carry;
        carry &= m;
    }
    const uint32_t learning = asked & ~(beyond & outside);
    asked &= any | ~learning; /* a window of 0 stays */
    carry = ~learning;
    for (uint32_t p = 0; p < BEPSK_COUNT_PLANES; p++) { /* w + w / 8 + 1, or w - w / 8 - 1 */
        const uint32_t window = windows[p];
        const uint32_t eighth = (p + 3 < BEPSK_COUNT_PLANES ? windows[p + 3] : 0) ^ learning;
        windows[p] = window ^ ((eighth ^ carry) & asked);
        carry = (window & eighth) | (carry & (window ^ eighth));
    }
    return learning;
}

/* Move hidden weights of neurons that learn by 2 up or down: towards the input where `up`, away
 * from it elsewhere. */
BEPSK_INLINE void bepsk_move(uint32_t *weights, uint32_t n_inputs, uint32_t n_blocks,
                             const uint32_t *inputs, const uint32_t *changes,
                             const uint32_t *learning, const uint32_t *up)
{
    const uint32_t words = n_inputs * BEPSK_WEIGHT_PLANES;
    for (uint32_t w = 0; w < BEPSK_WORDS(n_inputs); w++) {
        uint32_t change = changes[w], input = inputs[w], *planes = weights;
        for (; change; change >>= 1, input >>= 1, planes += BEPSK_WEIGHT_PLANES)
            if (change & 1) {
                const uint32_t minus = (input & 1) - 1;
                uint32_t *plane = planes;
                for (uint32_t block = 0; block < n_blocks; block++, plane += words) {
                    const uint32_t way = up[block] ^ minus;
                    uint32_t carry = learning[block], digit, p = 5;
#define BEPSK_STEP(p) (digit = plane[p], plane[p] = digit ^ carry, carry &= ~(digit ^ way))
                    BEPSK_STEP(0), BEPSK_STEP(1), BEPSK_STEP(2), BEPSK_STEP(3), BEPSK_STEP(4);
                    for (; carry && p < BEPSK_WEIGHT_PLANES; p++)
                        BEPSK_STEP(p);
#undef BEPSK_STEP
                    for (p = 0; carry && p < BEPSK_WEIGHT_PLANES; p++) /* saturated */
                        plane[p] = (plane[p] & ~carry) | (way & carry);
                }
            }
        weights += 32 * BEPSK_WEIGHT_PLANES;
    }
}

/* Return the numbers of ones of the bytes of two words. */
BEPSK_INLINE uint32_t bepsk_ones_of_two(uint32_t x, uint32_t y)
{
    x -= x >> 1 & UINT32_C(0x55555555);
    y -= y >> 1 & UINT32_C(0x55555555);
    x = (x & UINT32_C(0x33333333)) + (x >> 2 & UINT32_C(0x33333333));
    x += (y & UINT32_C(0x33333333)) + (y >> 2 & UINT32_C(0x33333333));
    return (x & UINT32_C(0x0F0F0F0F)) + (x >> 4 & UINT32_C(0x0F0F0F0F));
}

/* Add up the bytes of a word, numbers of ones of so many blocks. */
BEPSK_INLINE uint32_t bepsk_sum_bytes(uint32_t x, uint32_t n_blocks)
{
    if (n_blocks < 8) { /* the sum is a byte */
        x += x >> 16;
        return (x + (x >> 8)) & 0xFF;
    }
    x = (x & UINT32_C(0x00FF00FF)) + (x >> 8 & UINT32_C(0x00FF00FF));
    return (x + (x >> 16)) & 0xFFFF;
}

/* Write the error of the layer below, the signs of W' t, and where they are not 0. */
BEPSK_INLINE void bepsk_back(const uint32_t *weights, uint32_t n_inputs, uint32_t n_blocks,
                             const uint32_t *error, const uint32_t *nonzero, uint32_t *error_below,
                             uint32_t *nonzero_below)
{
    const uint32_t *signs = weights + BEPSK_WEIGHT_PLANES - 1;
    const uint32_t next = n_inputs * BEPSK_WEIGHT_PLANES;
    uint32_t n = 0;
    for (uint32_t block = 0; block < n_blocks; block++)
        n += bepsk_ones_of_two(nonzero[block], 0);
    n = bepsk_sum_bytes(n, n_blocks);
    for (uint32_t w = 0, k = 0; k < n_inputs; w++) {
        uint32_t plus = 0, any = 0;
        for (uint32_t bit = 1; bit && k < n_inputs; bit <<= 1, k++, signs += BEPSK_WEIGHT_PLANES) {
            const uint32_t *sign = signs;
            uint32_t differ = 0, block = 0;
            for (; block + 1 < n_blocks; block += 2) {
                const uint32_t x = (sign[0] ^ error[block]) & nonzero[block];
                const uint32_t y = (sign[next] ^ error[block + 1]) & nonzero[block + 1];
                sign += 2 * next;
                differ += bepsk_ones_of_two(x, y);
            }
            if (block < n_blocks)
                differ += bepsk_ones_of_two((sign[0] ^ error[block]) & nonzero[block], 0);
            differ = 2 * bepsk_sum_bytes(differ, n_blocks);
            if (differ != n)
                any |= bit;
            if (differ < n)
                plus |= bit;
        }
        error_below[w] = plus;
        nonzero_below[w] = any;
    }
}

/* Let a layer learn from a row that has passed through it, by its error, where that is not 0; write
 * the error of the layer below, if there is one. `nonzero` is overwritten. */
BEPSK_INLINE void bepsk_learn(uint32_t *weights, uint32_t n_inputs, uint32_t n_neurons,
                              uint32_t odd, uint32_t smallest, uint32_t *windows, uint32_t *random,
                              const uint32_t *means, const uint32_t *inputs, const uint32_t *counts,
                              const uint32_t *error, uint32_t *nonzero, uint32_t *error_below,
                              uint32_t *nonzero_below)
{
    const uint32_t n_blocks = BEPSK_WORDS(n_neurons);
    uint32_t changes[BEPSK_MOST_WORDS];
    if (error_below)
        bepsk_back(weights, n_inputs, n_blocks, error, nonzero, error_below, nonzero_below);
    bepsk_draw(random, inputs, means, n_inputs, changes);
    for (uint32_t block = 0; block < n_blocks; block++) {
        nonzero[block] = bepsk_choose(counts, odd, smallest, nonzero[block], windows);
        counts += BEPSK_COUNT_PLANES;
        windows += BEPSK_COUNT_PLANES;
    }
    bepsk_move(weights, n_inputs, n_blocks, inputs, changes, nonzero, error);
}

/* Copy words; compilers would make a call of memcpy of a plain loop. */
static inline void bepsk_copy(volatile uint32_t *to, const uint32_t *from, uint32_t n)
{
    while (n--)
        *to++ = *from++;
}

/* Return the first strongest class other than `label`. */
static inline int bepsk_rival(const int16_t *logits, int n_classes, int label)
{
    int rival = label == 0;
    for (int c = rival + 1; c < n_classes; c++)
        if (c != label && logits[c] > logits[rival])
            rival = c;
    return rival;
}

/* Write the error of the last layer, half the difference of two prototypes. */
static inline void bepsk_contrast(const uint32_t *wanted, const uint32_t *rival, uint32_t *error,
                                  uint32_t *nonzero)
{
    for (uint32_t w = 0; w < BEPSK_LAST_WORDS; w++) {
        error[w] = wanted[w] & ~rival[w];
        nonzero[w] = wanted[w] ^ rival[w];
    }
}

/* ---- Bytes, the lowest first ---- */

static inline uint8_t *bepsk_put(uint8_t *bytes, uint32_t value)
{
    for (int n = 4; n; n--, value >>= 8)
        *bytes++ = (uint8_t)value;
    return bytes;
}

static inline uint32_t bepsk_get(const uint8_t *bytes)
{
    uint32_t value = 0;
    for (int n = 4; n--;)
        value = value << 8 | bytes[n];
    return value;
}

#endif
