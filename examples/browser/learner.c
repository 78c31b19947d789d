/* What the page calls: a network that goes on learning, in the memory of WebAssembly. */
#include "digits.c"
#include "unseen.h"

#define EXPORT(name) __attribute__((export_name(#name))) name
#define N_SIGN_WORDS (BEPSK_WEIGHT_WORDS / BEPSK_WEIGHT_PLANES)

static digits_state state, other;
static digits_input pixels[DIGITS_N_FEATURES];
static int16_t scores[DIGITS_N_CLASSES];
static uint32_t signs[N_SIGN_WORDS];
static uint8_t bytes[DIGITS_N_BYTES];

/* ---- Where things are, for the page to read and write ---- */

digits_state *EXPORT(state_at)(void)
{
    return &state;
}

uint32_t EXPORT(state_size)(void)
{
    return sizeof state;
}

digits_input *EXPORT(pixels_at)(void)
{
    return pixels;
}

int16_t *EXPORT(scores_at)(void)
{
    return scores;
}

/* ---- What the network does ---- */

void EXPORT(reset)(void)
{
    digits_init(&state);
}

/* Return the digit that is seen, and leave the score of each. */
int EXPORT(predict)(void)
{
    digits_logits(&state, pixels, scores);
    return bepsk_best(scores, DIGITS_N_CLASSES);
}

/* Learn that the pixels are this digit; return what they were taken for before. */
int EXPORT(teach)(int digit)
{
    return digits_partial_fit(&state, pixels, digit);
}

/* ---- What there is to know about it ---- */

/* Write all weights, 32 neurons in a word; return where they are. */
uint32_t *EXPORT(signs_at)(void)
{
    const uint32_t *plane = state.weights + BEPSK_WEIGHT_PLANES - 1;
    for (uint32_t k = 0; k < N_SIGN_WORDS; k++, plane += BEPSK_WEIGHT_PLANES)
        signs[k] = *plane;
    return signs;
}

uint32_t EXPORT(n_sign_words)(void)
{
    return N_SIGN_WORDS;
}

/* Write what was learned, for load_weights in Python; return where it is. */
uint8_t *EXPORT(bytes_at)(void)
{
    digits_export_weights(&state, bytes);
    return bytes;
}

uint32_t EXPORT(n_bytes)(void)
{
    return DIGITS_N_BYTES;
}

/* Return where the pixels of an example are: of a digit that it has not been trained on. */
const digits_input *EXPORT(example_at)(uint32_t k)
{
    return examples[k % N_EXAMPLES];
}

uint32_t EXPORT(n_unseen)(void)
{
    return N_UNSEEN;
}

/* Return how many of the digits are read rightly that it never learns from. */
uint32_t EXPORT(count_right)(void)
{
    uint32_t right = 0;
    for (uint32_t k = 0; k < N_UNSEEN; k++)
        right += digits_predict(&state, unseen[k]) == labels[k];
    return right;
}

/* Learn so many times, each time another digit, and forget it: for the clock. */
void EXPORT(practise)(int times)
{
    other = state;
    while (times--)
        digits_partial_fit(&other, pixels, times % DIGITS_N_CLASSES);
}
