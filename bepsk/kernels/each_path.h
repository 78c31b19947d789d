/* Include the file LOOPS once for each path of this kind of CPU. */
#define PATH_NAME portable
#include LOOPS
#undef PATH_NAME
#if BEPSK_NEON
#define PATH_NAME neon
#include LOOPS
#undef PATH_NAME
#endif
#if BEPSK_X86
#define PATH_NAME avx2
#include LOOPS
#undef PATH_NAME
#define PATH_NAME avx512
#include LOOPS
#undef PATH_NAME
#endif
#undef LOOPS
