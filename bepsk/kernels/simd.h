/* CPU paths: the inner loops are compiled once for each path, and one is chosen at run time.
 *
 * Loops are written once, in files named *_loops.h, over the vectors of lanes.h; such a file is
 * included once for each path, with NAME(f) adding the path's name to a function's. All paths
 * compute the same integers. */
#ifndef BEPSK_SIMD_H
#define BEPSK_SIMD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "bepsk needs a little-endian CPU: 16 neurons are a quarter of a word of bits"
#endif

#if defined(__x86_64__)
#define BEPSK_X86 1
#define BEPSK_NEON 0
#include <immintrin.h>
#elif defined(__aarch64__)
#define BEPSK_X86 0
#define BEPSK_NEON 1
#include <arm_neon.h>
#else
#define BEPSK_X86 0
#define BEPSK_NEON 0
#endif

enum { PORTABLE, AVX2, AVX512, NEON, N_PATHS };

#define TARGET_portable
#define TARGET_neon
#define TARGET_avx2 __attribute__((target("avx2,bmi2,popcnt")))
#define TARGET_avx512 \
    __attribute__((target("avx2,bmi2,popcnt,avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq")))
#define INLINE static inline __attribute__((always_inline, unused))
#define NOINLINE static __attribute__((noinline, unused))

#define PASTE_(a, b) a##_##b
#define PASTE(a, b) PASTE_(a, b)
#define NAME(f) PASTE(f, PATH_NAME)
#define TARGET PASTE(TARGET, PATH_NAME)

#if BEPSK_X86
#define ON_PATH(path, f, ...)                   \
    ((path) == AVX512 ? f##_avx512(__VA_ARGS__) \
     : (path) == AVX2 ? f##_avx2(__VA_ARGS__)   \
                      : f##_portable(__VA_ARGS__))
#elif BEPSK_NEON
#define ON_PATH(path, f, ...) ((path) == NEON ? f##_neon(__VA_ARGS__) : f##_portable(__VA_ARGS__))
#else
#define ON_PATH(path, f, ...) ((void)(path), f##_portable(__VA_ARGS__))
#endif

INLINE const char *path_name(int path)
{
    static const char *const names[N_PATHS] = {
        [PORTABLE] = "portable", [AVX2] = "avx2", [AVX512] = "avx512", [NEON] = "neon"};
    return names[path];
}

#if BEPSK_X86
INLINE int offers_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("popcnt");
}
#endif

/* Whether this CPU offers a path. */
INLINE int offers(int path)
{
#if BEPSK_X86
    __builtin_cpu_init();
    if (path == AVX512)
        return offers_avx2() && __builtin_cpu_supports("avx512f") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vpopcntdq");
    if (path == AVX2)
        return offers_avx2();
#endif
    return path == PORTABLE || (BEPSK_NEON && path == NEON);
}

#endif
