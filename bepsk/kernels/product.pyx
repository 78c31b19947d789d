"""Products of bit matrices by XOR and popcount, forward and backward.

Weights come as panels, uint64 (n_panels, words, 16): word w of row r is [r // 16, w, r % 16], and
rows behind the last are 0.
"""

from cython.parallel import prange
from libc.stdint cimport int32_t, uint64_t
from libc.stdlib cimport free, malloc

from bepsk.kernels import cpu

cdef extern from "product.h" nogil:
    enum:
        TILE_SAMPLES
        TILE_NEURONS
        PANELS_A_WORD
    ctypedef int quarter
    void clear_quarters(quarter* bits, Py_ssize_t n, Py_ssize_t stride)
    int32_t count_bits(int path, const uint64_t* words, Py_ssize_t n_words)
    void forward_panel(
        int path, const uint64_t* samples, Py_ssize_t n_samples, Py_ssize_t n_words,
        const uint64_t* panel, int32_t n_inputs, Py_ssize_t width, int32_t* z,
        Py_ssize_t z_stride, quarter* signs, Py_ssize_t signs_stride
    )
    void backward_panel(
        int path, const uint64_t* desired, const uint64_t* gates, const int32_t* n_open,
        Py_ssize_t n_samples, Py_ssize_t n_words, const uint64_t* panel, Py_ssize_t index,
        Py_ssize_t width, int32_t inertia, const quarter* current, quarter* out,
        Py_ssize_t out_stride
    )

cdef extern from "rows.h" nogil:
    void pack_between(
        int path, const int32_t* values, Py_ssize_t n, int32_t low, int32_t high, uint64_t* bits
    )

cdef int PATH = cpu.PATH
PANEL_ROWS = TILE_NEURONS


cdef inline int at_most_tiles(int n_threads, Py_ssize_t n) noexcept nogil:
    # No more threads than there are tiles of n samples, but one.
    return <int>max(1, min(n_threads, (n + TILE_SAMPLES - 1) // TILE_SAMPLES))


cdef inline Py_ssize_t first_sample(Py_ssize_t n, Py_ssize_t t, int n_threads) noexcept nogil:
    # Where the samples of thread t begin: at a whole tile.
    cdef Py_ssize_t n_tiles = (n + TILE_SAMPLES - 1) // TILE_SAMPLES
    return min(n, TILE_SAMPLES * (n_tiles * t // n_threads))


def preactivation(
    const uint64_t[:, ::1] activations,     # IN  (n_samples, words of n_inputs)
    const uint64_t[:, :, ::1] panels,       # IN  (n_panels, words of n_inputs, 16)
    int32_t n_inputs,
    int32_t[:, ::1] z,                      # OUT (n_samples, n_neurons), or no rows
    uint64_t[:, ::1] signs,                 # OUT (n_samples, words of n_neurons), or no rows
    int n_threads,
):
    """z = W a = n_inputs - 2 popcount(W xor a), and a of the next layer, sign(z) (Sec. 3.1)."""
    cdef Py_ssize_t n_samples = activations.shape[0]
    cdef Py_ssize_t n_neurons = z.shape[1]
    cdef Py_ssize_t n_words = activations.shape[1]
    cdef Py_ssize_t n_panels = panels.shape[0]
    cdef Py_ssize_t stride = PANELS_A_WORD * signs.shape[1]
    cdef Py_ssize_t t, p, first, n
    if n_words != panels.shape[1]:
        raise ValueError(f"activations have {n_words} words, panels {panels.shape[1]}.")
    cdef int32_t* values = &z[0, 0] if z.shape[0] else NULL
    cdef quarter* bits = <quarter*>&signs[0, 0] if signs.shape[0] else NULL
    n_threads = at_most_tiles(n_threads, n_samples)
    # A thread keeps its samples from layer to layer, so that they stay in its cache.
    for t in prange(n_threads, nogil=True, schedule="static", num_threads=n_threads):
        first = first_sample(n_samples, t, n_threads)
        n = first_sample(n_samples, t + 1, n_threads) - first
        for p in range(n_panels):
            forward_panel(
                PATH, &activations[0, 0] + first * n_words, n, n_words, &panels[p, 0, 0], n_inputs,
                n_neurons - TILE_NEURONS * p,
                values + first * n_neurons + TILE_NEURONS * p if values != NULL else NULL,
                n_neurons, bits + first * stride + p if bits != NULL else NULL, stride
            )
    if bits != NULL:
        for p in range(n_panels, stride):
            clear_quarters(bits + p, n_samples, stride)


def desired_activation(
    const uint64_t[:, ::1] desired,             # IN  (n, words of n_neurons), a*_{l+1}
    const int32_t[:, ::1] z,                    # IN  (n_samples, n_neurons), z_{l+1}
    const int32_t[::1] rows,                    # IN  (n,), the samples meant
    int32_t width,                              # floor(nu K), K the fan-in
    const uint64_t[:, :, ::1] transposed,       # IN  panels of W_{l+1}^T, n_inputs rows
    Py_ssize_t n_inputs,
    int32_t inertia,                            # 0 unless n_inputs = n_neurons
    const uint64_t[:, ::1] current,             # IN  (n, words of n_inputs), or no rows
    uint64_t[:, ::1] out,                       # OUT (n, words of n_inputs), a*_l
    int n_threads,
):
    """a*_l = sign((W_{l+1}^T + inertia) (g . a*_{l+1})) (Eq. 7), g = [ |z| <= nu K ] (Eq. 5).

    sign(0) is the bit in `current`, or +1 if that has no rows.
    """
    cdef Py_ssize_t n_samples = desired.shape[0]
    cdef Py_ssize_t n_words = desired.shape[1]
    cdef Py_ssize_t n_panels = transposed.shape[0]
    cdef Py_ssize_t stride = PANELS_A_WORD * out.shape[1]
    cdef Py_ssize_t t, p, i, first, n
    cdef quarter* bits = <quarter*>&out[0, 0]
    cdef const quarter* ties = <const quarter*>&current[0, 0] if current.shape[0] else NULL
    cdef uint64_t* gates = <uint64_t*>malloc(n_samples * n_words * sizeof(uint64_t) + 1)
    cdef int32_t* n_open = <int32_t*>malloc(n_samples * sizeof(int32_t) + 1)
    n_threads = at_most_tiles(n_threads, n_samples)
    if gates == NULL or n_open == NULL:
        free(gates)
        free(n_open)
        raise MemoryError
    for t in prange(n_threads, nogil=True, schedule="static", num_threads=n_threads):
        first = first_sample(n_samples, t, n_threads)
        n = first_sample(n_samples, t + 1, n_threads) - first
        for i in range(first, first + n):
            pack_between(PATH, &z[rows[i], 0], z.shape[1], -width, width, gates + i * n_words)
            n_open[i] = count_bits(PATH, gates + i * n_words, n_words)
        for p in range(n_panels):
            backward_panel(
                PATH, &desired[0, 0] + first * n_words, gates + first * n_words, n_open + first, n,
                n_words, &transposed[p, 0, 0], p, n_inputs - TILE_NEURONS * p, inertia,
                ties + first * stride + p if ties != NULL else NULL, bits + first * stride + p,
                stride
            )
    for p in range(n_panels, stride):
        clear_quarters(bits + p, n_samples, stride)
    free(n_open)
    free(gates)
