/* Runs an exported model over rows on standard input; writes the class and the logits of each. */
#include <stdio.h>
#include <stdlib.h>

#include HEADER

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define IN(name) JOIN(MODEL, name)

int main(int argc, char **argv)
{
    enum { N_CLASSES = sizeof IN(_labels) / sizeof *IN(_labels) };
    const long n_steps = argc > 1 ? atol(argv[1]) : 1;
    IN(_input) x[N_FEATURES];
    int16_t answer[1 + N_CLASSES];
    if (IN(_self_test)())
        return 1;
#ifdef RECURRENT
    IN(_state) state;
#endif
    for (long row = 0; fread(x, sizeof x, 1, stdin) == 1; row++) {
#ifdef RECURRENT
        if (row % n_steps == 0)
            IN(_reset)(&state);
        IN(_step)(&state, x);
        answer[0] = (int16_t)IN(_predict)(&state);
        IN(_logits)(&state, answer + 1);
#else
        answer[0] = (int16_t)IN(_predict)(x);
        IN(_logits)(x, answer + 1);
#endif
        fwrite(answer, sizeof answer, 1, stdout);
    }
    return n_steps < 1;
}
