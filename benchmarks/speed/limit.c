/* The register-only limit of the binary product: xor, vpopcntq, add, nothing loaded or stored.

   Eight independent accumulators hide the latencies. The xors are volatile assembly: left to
   itself a compiler computes equal ones once. */

#if defined(__x86_64__)

#include <immintrin.h>

#define ACCUMULATORS 8

int supported(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vpopcntdq");
}

/* Do n_rounds times 8 x 512 bit-MACs. */
__attribute__((target("avx512f,avx512vpopcntdq")))
long long count(long long n_rounds)
{
    __m512i sums[ACCUMULATORS], weights[ACCUMULATORS];
    __m512i activations = _mm512_set1_epi64(0x5555333300ff0f0fLL);
    for (int i = 0; i < ACCUMULATORS; i++) {
        sums[i] = _mm512_setzero_si512();
        weights[i] = _mm512_set1_epi64(i);
    }
    for (long long round = 0; round < n_rounds; round++) {
#pragma GCC unroll 8
        for (int i = 0; i < ACCUMULATORS; i++) {
            __m512i differ;
            __asm__ volatile("vpxorq %1, %2, %0"
                             : "=v"(differ) : "v"(activations), "v"(weights[i]));
            sums[i] = _mm512_add_epi64(sums[i], _mm512_popcnt_epi64(differ));
        }
    }
    for (int i = 1; i < ACCUMULATORS; i++)
        sums[0] = _mm512_add_epi64(sums[0], sums[i]);
    return _mm512_reduce_add_epi64(sums[0]);
}

#else

int supported(void) { return 0; }

long long count(long long n_rounds) { return n_rounds; }

#endif
