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
        TILE_NEURONS
    ctypedef int quarter
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

cdef int PATH = cpu.PATH
PANEL_ROWS = TILE_NEURONS


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
    cdef Py_ssize_t p
    cdef const uint64_t* first_panel = &panels[0, 0, 0]
    cdef int32_t* values = &z[0, 0] if z.shape[0] else NULL
    cdef quarter* bits = <quarter*>&signs[0, 0] if signs.shape[0] else NULL
    # Behind the last neuron the bits of a word are set to 0, panel by panel.
    for p in prange(4 * signs.shape[1], nogil=True, schedule="static", num_threads=n_threads):
        forward_panel(
            PATH, &activations[0, 0], n_samples, n_words,
            first_panel + p * TILE_NEURONS * n_words, n_inputs, n_neurons - TILE_NEURONS * p,
            values + TILE_NEURONS * p if values != NULL else NULL, n_neurons,
            bits + p if bits != NULL else NULL, 4 * signs.shape[1]
        )


def desired_activation(
    const uint64_t[:, ::1] desired,             # IN  (n_samples, words of n_neurons), a*_{l+1}
    const uint64_t[:, ::1] gates,               # IN  (n_samples, words of n_neurons), g_{l+1}
    const uint64_t[:, :, ::1] transposed,       # IN  panels of W_{l+1}^T, n_inputs rows
    Py_ssize_t n_inputs,
    int32_t inertia,                            # 0 unless n_inputs = n_neurons
    const uint64_t[:, ::1] current,             # IN  (n_samples, words of n_inputs), or no rows
    uint64_t[:, ::1] out,                       # OUT (n_samples, words of n_inputs), a*_l
    int n_threads,
):
    """a*_l = sign((W_{l+1}^T + inertia) (g_{l+1} . a*_{l+1})) (Eq. 7).

    sign(0) is the bit in `current`, or +1 if that has no rows.
    """
    cdef Py_ssize_t n_samples = desired.shape[0]
    cdef Py_ssize_t n_words = desired.shape[1]
    cdef Py_ssize_t p, i
    cdef const uint64_t* first_panel = &transposed[0, 0, 0]
    cdef quarter* bits = <quarter*>&out[0, 0]
    cdef const quarter* ties = <const quarter*>&current[0, 0] if current.shape[0] else NULL
    cdef int32_t* n_open = <int32_t*>malloc(n_samples * sizeof(int32_t) + 1)
    if n_open == NULL:
        raise MemoryError
    for i in prange(n_samples, nogil=True, schedule="static", num_threads=n_threads):
        n_open[i] = count_bits(PATH, &gates[i, 0], n_words)
    for p in prange(4 * out.shape[1], nogil=True, schedule="static", num_threads=n_threads):
        backward_panel(
            PATH, &desired[0, 0], &gates[0, 0], n_open, n_samples, n_words,
            first_panel + p * TILE_NEURONS * n_words, p, n_inputs - TILE_NEURONS * p, inertia,
            ties + p if ties != NULL else NULL, bits + p, 4 * out.shape[1]
        )
    free(n_open)
