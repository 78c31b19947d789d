/* Compares every inner loop of every CPU path there is with the portable one:
 *     cc -O3 -Wno-psabi -I bepsk/kernels tests/kernels/check_paths.c && ./a.out
 * It needs no Python, so that a cross compiler and an emulator can check another CPU's path. */
#include <stdio.h>
#include <stdlib.h>

#include "bits.h"
#include "encode.h"
#include "learners.h"
#include "product.h"
#include "through_time.h"
#include "update.h"

enum { WORDS = 8192 };

static uint64_t counter;
static uint64_t a[WORDS], b[WORDS], c[WORDS];
static int16_t small[WORDS];
static int32_t values[WORDS], limits[WORDS];
static uint16_t centring[WORDS];

static uint64_t draw(void)
{
    return random_word(7, counter++);
}

static ptrdiff_t draw_below(ptrdiff_t n)
{
    return (ptrdiff_t)(draw() % (uint64_t)n);
}

static void draw_material(void)
{
    for (int i = 0; i < WORDS; i++) {
        a[i] = draw();
        b[i] = draw();
        c[i] = draw() & draw();
        small[i] = (int16_t)(draw_below(65535) - 32767);
        values[i] = (int32_t)draw_below(2001) - 1000;
        limits[i] = (int32_t)draw_below(20001) - 10000;
        const int16_t mean = (int16_t)(draw_below(65536) - 32768);
        const uint16_t of[3] = {(uint16_t)(draw() & 1 ? mean : -32768), draw() & 1 ? 0xFFFF : 0,
                                (uint16_t)(2 * draw_below(32768))};
        centring[i] = of[i / 64 % 3];
    }
}

/* Run a loop on both paths, each on its own zeroed output, and compare the outputs. */
#define COMPARE(name, type, size, call)                               \
    do {                                                              \
        static type outputs[2][size];                                 \
        memset(outputs, 0, sizeof outputs);                           \
        for (int i = 0; i < 2; i++) {                                 \
            const int path = i ? best : PORTABLE;                     \
            type *const out = outputs[i];                             \
            call;                                                     \
        }                                                             \
        if (memcmp(outputs[0], outputs[1], sizeof outputs[0]) != 0) { \
            printf("%s differs\n", name);                             \
            n_failed++;                                               \
        }                                                             \
    } while (0)

/* How many comparisons fail. */
static int check(int best)
{
    static uint32_t survival[256];
    static uint8_t at_least[4096];
    static float floats[WORDS];
    static double doubles[WORDS];
    int n_failed = 0;
    for (int round = 0; round < 200; round++) {
        draw_material();
        const ptrdiff_t n_words = 1 + draw_below(140), n_samples = draw_below(20);
        const ptrdiff_t index = draw_below(4);
        const ptrdiff_t width = 1 + draw_below(16), n = 1 + draw_below(800);
        const ptrdiff_t row_words = (n + 63) / 64, group_size = 1 + draw_below(n);
        /* From one plane of counters to sums that need 32 bits. */
        const int32_t step = 2 << draw_below(15);
        int32_t sources[20], steps[20], places[20];
        for (int i = 0; i < 20; i++) {
            sources[i] = (int32_t)draw_below(8);
            steps[i] = draw() & 1 ? step : -2;
            places[i] = (int32_t)row_words * sources[i];
        }
        const int centred = !(round & 1) && round & 2;
        const input_rows inputs = {a, round & 1 ? b : NULL, row_words, centred ? centring : NULL,
                                   round & 4};
        const input_rows whole = {a, NULL, row_words, inputs.centring, round & 4};
        const uint16_t shift = (uint16_t)(2 * draw_below(32768));
        const increments row = {sources, steps, draw_below(21), 0, shift};
        const increments pairs = {places, NULL, row.n & ~3, 2 * (int32_t)draw_below(21), shift};
        for (int i = 0; i < 255; i++)
            survival[i] = (uint32_t)(UINT32_MAX / (i + 2) * 2);
        for (int i = 0; i < WORDS; i++) {
            floats[i] = (float)values[i] / 8;
            doubles[i] = i % 7 ? values[i] / 8.0 : __builtin_nan("");
        }

        const neurons layer = {values, n, a, b, c};
        const errors wrong = {values, sources, steps, NULL, a, n_samples, n, row_words};
        const ternary_rows t = {a, round & 1 ? c : NULL, n_words, 3000};
        COMPARE("multiply_rows", int32_t, WORDS,
                multiply_rows(path, &t, 2, 2 + n_samples, b + round % 8,
                              &(product_rows){out, (uint64_t *)(out + 4096),
                                              (uint64_t *)(out + 6144), 3 * width}));
        COMPARE("pack_signs_row", uint64_t, WORDS, pack_signs_row(path, values, n, out));
        COMPARE("add_flipped", int32_t, WORDS, add_flipped(path, out, values, a, n));
        COMPARE("advance_row", int32_t, WORDS,
                advance_row(path, out, n, round & 1 ? limits : NULL, values, 200,
                            (uint64_t *)(out + 4096)));
        COMPARE("carry_back_row", uint64_t, WORDS,
                carry_back_row(path, values, n, a, c, 99, out, out + 2048));
        COMPARE("gate_row", uint64_t, WORDS,
                gate_row(path, values, n, limits, round & 1 ? c : NULL, out));
        COMPARE("find_winners", int32_t, WORDS, find_winners(path, &layer, group_size, out));
        COMPARE("find_learners", uint64_t, WORDS,
                find_learners(path, &wrong, limits, n % row_words, out,
                              (learning_counts *)(out + 4096)));
        const errors listed = {NULL, values, limits, c, NULL, 5 * n_samples, n, row_words};
        int32_t starts[65];
        for (int j = 0; j < 65; j++)
            starts[j] = (int32_t)(j * (1 + round % 3) * n_samples);
        COMPARE("list_word", int32_t, WORDS,
                list_word(path, &listed, a, n % row_words, starts, out, out + WORDS / 2));
        for (int j = 0; j < 65; j++)
            starts[j] &= ~3;
        COMPARE("list_pairs", int32_t, WORDS,
                list_pairs(path, &listed, a, n % row_words, starts, 5, out, out + WORDS / 2));
        COMPARE("majority", uint64_t, WORDS,
                majority_of_steps(path, a, 1, 3, b, row_words, 1 + round % 40, row_words, out,
                                  out + 2048));
        static uint64_t signs[2][WORDS];
        for (int j = 0; j < 2; j++) {
            COMPARE("add_to_row", int16_t, WORDS, {
                memcpy(out, small, sizeof small);
                add_to_row(path, out, n, j ? &whole : &inputs, j ? &pairs : &row, 32767, signs[i],
                           16);
            });
            if (memcmp(signs[0], signs[1], sizeof signs[0]) != 0) {
                printf("the signs of add_to_row differ\n");
                n_failed++;
            }
        }
        COMPARE("reinforce_row", int16_t, WORDS, {
            memcpy(out, small, sizeof small);
            reinforce_row(path, out, n, survival, at_least, 5, 32767);
        });
        COMPARE("transpose_block", uint64_t, 64, {
            memcpy(out, a, 64 * sizeof *a);
            transpose_block(path, out);
        });
        COMPARE("pack_above uint8", uint64_t, WORDS,
                pack_above_uint8_t(path, (uint8_t *)a, NULL, floats, n, out));
        COMPARE("pack_above float", uint64_t, WORDS,
                pack_above_float(path, floats, sources, floats + 1, n < 20 ? n : 20, out));
        COMPARE("pack_above double", uint64_t, WORDS,
                pack_above_double(path, doubles, NULL, doubles + 1, n, out));
        for (int i = 0; i < WORDS; i++)
            small[i] %= 1024;
        COMPARE("project_panel", quarter, WORDS,
                project_panel(path, small, n_samples, 1 + n % 50, (int8_t *)a, limits, limits + 16,
                              width, out, 4));
        COMPARE("match_patch", int32_t, 16,
                match_patch(path, small, 6, 1 + n % 2, small + 96, 1 + n % 3, 1 + n % 2, 1 + index,
                            (int32_t *)out));
    }
    return n_failed;
}

int main(void)
{
    int n_failed = 0;
    for (int path = PORTABLE; path < N_PATHS; path++)
        if (offers(path)) {
            const int failed = check(path);
            printf("%s against portable: %d comparisons failed\n", path_name(path), failed);
            n_failed += failed;
        }
    return n_failed != 0;
}
