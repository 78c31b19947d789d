/* A bare Cortex-M under an emulator: how many instructions and how much stack a model takes, and
 * what it answers. It prints by semihosting and counts by SysTick, whose ticks are instructions
 * under -icount. */
#include <stdint.h>

/* What the model's side gives: its answers to all rows, as a hash; and one prediction. */
extern const uint32_t n_rows;
uint32_t answer(uint32_t row, uint32_t hash);
void predict(uint32_t row);

void reset(void);
extern uint32_t bss_start, bss_end, stack_top;

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    &stack_top,
    (const void *)reset,
};

#define SYSTICK ((volatile uint32_t *)0xE000E010)
#define TICKS UINT32_C(0xFFFFFF)
#define PAINT UINT32_C(0xBE95CB17)
#define PAINTED 1024 /* words of stack */

static void semihost(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

static void print(const char *name, uint32_t value)
{
    char text[10];
    for (int digit = 0; digit < 8; digit++)
        text[digit] = "0123456789abcdef"[value >> (28 - 4 * digit) & 15];
    text[8] = '\n';
    text[9] = 0;
    semihost(4, name); /* SYS_WRITE0 */
    semihost(4, " ");
    semihost(4, text);
}

static uint32_t ticks_since(uint32_t start)
{
    return (start - SYSTICK[2]) & TICKS;
}

/* Run 2 n instructions. */
static void spin(uint32_t n)
{
    __asm__ volatile(".syntax unified\n1: subs %0, %0, #1\n bne 1b" : "+l"(n) : : "cc");
}

static uint32_t ticks_of_spin(uint32_t n)
{
    const uint32_t start = SYSTICK[2];
    spin(n);
    return ticks_since(start);
}

__attribute__((noinline)) static uint32_t stack_of(uint32_t row)
{
    volatile uint32_t *here = (volatile uint32_t *)__builtin_frame_address(0) - 16;
    for (uint32_t k = 0; k < PAINTED; k++)
        here[-(int32_t)k] = PAINT;
    predict(row);
    uint32_t used = PAINTED;
    while (used && here[1 - (int32_t)used] == PAINT)
        used--;
    return 4 * (used + 16);
}

void reset(void)
{
    for (volatile uint32_t *p = &bss_start; p < &bss_end; p++)
        *p = 0;
    SYSTICK[1] = TICKS;
    SYSTICK[2] = 0;
    SYSTICK[0] = 5; /* enabled, by the clock of the processor */
    uint32_t hash = UINT32_C(2166136261);
    for (uint32_t row = 0; row < n_rows; row++)
        hash = answer(row, hash);
    print("hash", hash);
    print("stack", stack_of(0));
    const uint32_t start = SYSTICK[2];
    for (uint32_t row = 0; row < n_rows; row++)
        predict(row);
    print("ticks", ticks_since(start));
    print("ticks_of_2000000", ticks_of_spin(1000000));
    semihost(0x18, (const void *)0x20026); /* SYS_EXIT, no error */
    for (;;) {
    }
}
