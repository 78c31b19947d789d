/* Trains an exported model on rows on standard input, each after the number of its class; writes
 * for each the number that was predicted before, and what was learned, as bytes. */
#include <stdio.h>

#include HEADER

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define IN(name) JOIN(MODEL, name)

int main(void)
{
    static IN(_state) state, other;
    static uint8_t bytes[N_BYTES];
    IN(_input) x[N_FEATURES];
    int32_t label, best;
    if (IN(_self_test)())
        return 1;
    IN(_init)(&state);
    while (fread(&label, sizeof label, 1, stdin) == 1 && fread(x, sizeof x, 1, stdin) == 1) {
        best = IN(_partial_fit)(&state, x, label);
        IN(_export_weights)(&state, bytes);
        fwrite(&best, sizeof best, 1, stdout);
        fwrite(bytes, sizeof bytes, 1, stdout);
        if (IN(_import_weights)(&other, bytes) ||
            IN(_predict)(&state, x) != IN(_predict)(&other, x))
            return 2;
        state = other;
    }
    bytes[0] ^= 1;
    return IN(_import_weights)(&state, bytes) != 1;
}
