"""Which CPU path the kernels take, and how many threads OpenMP offers."""

import os

cdef extern from "simd.h" nogil:
    enum:
        N_PATHS
    int offers(int path)
    const char* path_name(int path)

cdef extern from *:
    """
    #ifdef _OPENMP
        #include <omp.h>
    #else
        #define omp_get_max_threads() 1
    #endif
    """
    int omp_get_max_threads() nogil

PATHS = tuple(path_name(path).decode() for path in range(N_PATHS))


def _choose_path():
    available = [name for path, name in enumerate(PATHS) if offers(path)]
    *_, best = available
    wanted = os.environ.get("BEPSK_SIMD") or best
    if wanted not in available:
        raise ImportError(
            f"BEPSK_SIMD={wanted!r}: this CPU offers {', '.join(available)}; "
            "choose one of them or unset the variable."
        )
    return PATHS.index(wanted)


PATH = _choose_path()


def simd_path():
    """Return the name of the CPU path in use: "portable", "avx2", "avx512" or "neon"."""
    return PATHS[PATH]


def max_threads():
    """Return the largest number of threads OpenMP offers; 1 where it is absent."""
    return omp_get_max_threads()
