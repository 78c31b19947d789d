/* Runs an exported model over rows on standard input; writes what it predicts for each, a class, a
 * mask of labels or a number in fixed point, and then the logits, or the sum. */
#include <stdio.h>
#include <stdlib.h>

#include HEADER

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define IN(name) JOIN(MODEL, name)

int main(int argc, char **argv)
{
    const long n_steps = argc > 1 ? atol(argv[1]) : 1;
    IN(_input) x[N_FEATURES];
    int64_t answer[1 + N_LOGITS];
    if (IN(_self_test)())
        return 1;
#ifdef RECURRENT
    IN(_state) state;
#define SEEN &state
#else
#define SEEN x
#endif
    for (long row = 0; fread(x, sizeof x, 1, stdin) == 1; row++) {
#ifdef RECURRENT
        if (row % n_steps == 0)
            IN(_reset)(&state);
        IN(_step)(&state, x);
#endif
#ifdef NUMBER
        answer[0] = IN(_predict)(SEEN);
        answer[1] = IN(_sum)(SEEN);
#else
        int16_t logits[N_LOGITS];
        IN(_logits)(SEEN, logits);
        for (int c = 0; c < N_LOGITS; c++)
            answer[1 + c] = logits[c];
#ifdef LABELS
        uint8_t labels[N_LOGITS];
        IN(_predict)(SEEN, labels);
        answer[0] = 0;
        for (int c = 0; c < N_LOGITS; c++)
            answer[0] |= (int64_t)labels[c] << c;
#else
        answer[0] = IN(_predict)(SEEN);
#endif
#endif
        fwrite(answer, sizeof answer, 1, stdout);
    }
    return n_steps < 1;
}
