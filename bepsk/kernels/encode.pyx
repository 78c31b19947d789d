"""From numbers to packed bits."""

from cython.parallel import prange
from libc.stdint cimport int8_t, int16_t, int32_t, uint8_t, uint64_t

from numpy cimport (
    NPY_FLOAT32, NPY_FLOAT64, NPY_INT8, NPY_INT16, NPY_UINT8, PyArray_TYPE, ndarray
)

from bepsk.kernels.checks cimport (
    READ, WRITE, data_of, read_indices, read_ints, size_of, words_of, write_ints, write_words
)

from bepsk.kernels import cpu

cdef extern from "encode.h" nogil:
    ctypedef int quarter
    void project_panel(
        int path, const int16_t* levels, Py_ssize_t n_samples, Py_ssize_t n_pairs,
        const int8_t* panel, const int32_t* lower, const int32_t* upper, Py_ssize_t width,
        quarter* bits, Py_ssize_t bits_stride
    )
    void match_patch(
        int path, const int16_t* pairs, Py_ssize_t row, Py_ssize_t step, const int16_t* patch,
        Py_ssize_t n_rows, Py_ssize_t n_pairs, Py_ssize_t window, int32_t* best
    )
    void pack_above_uint8_t(
        int path, const uint8_t* values, const int32_t* features, const float* thresholds,
        Py_ssize_t n, uint64_t* bits
    )
    void pack_above_float(
        int path, const float* values, const int32_t* features, const float* thresholds,
        Py_ssize_t n, uint64_t* bits
    )
    void pack_above_double(
        int path, const double* values, const int32_t* features, const double* thresholds,
        Py_ssize_t n, uint64_t* bits
    )

cdef int PATH = cpu.PATH

ctypedef fused real:
    float
    double


def pack_above(
    ndarray values not None,        # IN  uint8, float32 or float64 (n_samples, n_features)
    ndarray features not None,      # IN  int32 (n_bits,), whose value each looks at; or empty
    ndarray thresholds not None,    # IN  float64 (n_bits,)
    ndarray thresholds32 not None,  # IN  float32 (n_bits,), rounded down, for narrower numbers
    ndarray out not None,           # OUT uint64 (n_samples, words of n_bits)
    int n_threads,
):
    """Pack the bits [ value > threshold ]; NaN is above nothing."""
    cdef Py_ssize_t n_samples = size_of("values", values, 0)
    cdef Py_ssize_t n_features = size_of("values", values, 1)
    cdef Py_ssize_t n = size_of("thresholds", thresholds, 0)
    cdef Py_ssize_t n_words = words_of(n)
    cdef const double* t = <const double*>data_of("thresholds", thresholds, NPY_FLOAT64, READ, n)
    cdef const float* t32 = <const float*>data_of(
        "thresholds32", thresholds32, NPY_FLOAT32, READ, n
    )
    cdef uint64_t* bits = write_words("out", out, n_samples, n_words)
    cdef const int32_t* places = NULL
    cdef int dtype = PyArray_TYPE(values)
    cdef const uint8_t* bytes = NULL
    cdef const float* floats = NULL
    cdef const double* doubles = NULL
    cdef Py_ssize_t i
    if size_of("features", features, 0):
        places = read_indices("features", features, n, n_features)
    else:
        n_features = n
    if dtype == NPY_UINT8:
        bytes = <const uint8_t*>data_of("values", values, dtype, READ, n_samples, n_features)
    elif dtype == NPY_FLOAT32:
        floats = <const float*>data_of("values", values, dtype, READ, n_samples, n_features)
    else:
        doubles = <const double*>data_of(
            "values", values, NPY_FLOAT64, READ, n_samples, n_features
        )
    for i in prange(n_samples, nogil=True, schedule="static", num_threads=n_threads):
        if bytes:
            pack_above_uint8_t(PATH, bytes + i * n_features, places, t32, n, bits + i * n_words)
        elif floats:
            pack_above_float(PATH, floats + i * n_features, places, t32, n, bits + i * n_words)
        else:
            pack_above_double(PATH, doubles + i * n_features, places, t, n, bits + i * n_words)


cdef void mark_row(
    const real* values, const int32_t* features, const int32_t* bits, Py_ssize_t n, uint64_t* out
) noexcept nogil:
    cdef Py_ssize_t f
    for f in range(n):
        if values[features[f]] != values[features[f]]:
            out[bits[f] >> 6] |= <uint64_t>1 << (bits[f] & 63)


def mark_missing(
    ndarray values not None,        # IN    float32 or float64 (n_samples, n_features)
    ndarray features not None,      # IN    int32 (n,)
    ndarray bits not None,          # IN    int32 (n,)
    ndarray out not None,           # INOUT uint64 (n_samples, words)
):
    """Set the bit of each of these features where its value is NaN."""
    cdef Py_ssize_t n_samples = size_of("values", values, 0)
    cdef Py_ssize_t n_features = size_of("values", values, 1)
    cdef Py_ssize_t n = size_of("features", features, 0)
    cdef Py_ssize_t n_words = size_of("out", out, 1)
    cdef const int32_t* places = read_indices("features", features, n, n_features)
    cdef const int32_t* marks = read_indices("bits", bits, n, 64 * n_words)
    cdef uint64_t* rows = write_words("out", out, n_samples, n_words)
    cdef int dtype = NPY_FLOAT32 if PyArray_TYPE(values) == NPY_FLOAT32 else NPY_FLOAT64
    cdef const void* data = data_of("values", values, dtype, READ, n_samples, n_features)
    cdef Py_ssize_t i
    with nogil:
        for i in range(n_samples):
            if dtype == NPY_FLOAT32:
                mark_row(<const float*>data + i * n_features, places, marks, n, rows + i * n_words)
            else:
                mark_row(<const double*>data + i * n_features, places, marks, n, rows + i * n_words)


def round_levels(
    ndarray values not None,    # IN  float64 (n_samples, n_features)
    ndarray offset not None,    # IN  float64 (n_features,)
    ndarray scale not None,     # IN  float64 (n_features,)
    int16_t largest,
    ndarray out not None,       # OUT int16 (n_samples, n_features or more), others stay
):
    """Round (value - offset) * scale, halves up, within +-largest; NaN becomes 0."""
    cdef Py_ssize_t n_samples = size_of("values", values, 0)
    cdef Py_ssize_t n = size_of("offset", offset, 0)
    cdef Py_ssize_t n_columns = max(n, size_of("out", out, 1))
    cdef const double* x = <const double*>data_of(
        "values", values, NPY_FLOAT64, READ, n_samples, n
    )
    cdef const double* b = <const double*>data_of("offset", offset, NPY_FLOAT64, READ, n)
    cdef const double* c = <const double*>data_of("scale", scale, NPY_FLOAT64, READ, n)
    cdef int16_t* levels = <int16_t*>data_of(
        "out", out, NPY_INT16, WRITE, n_samples, n_columns
    )
    cdef Py_ssize_t i, k
    cdef double level
    cdef int32_t whole
    with nogil:
        for i in range(n_samples):
            for k in range(n):
                level = (x[i * n + k] - b[k]) * c[k] + 0.5
                level = level if level == level else 0
                level = level if level > -largest else -largest
                level = level if level < largest else largest
                whole = <int32_t>level
                levels[i * n_columns + k] = <int16_t>(whole - (whole > level))


def project(
    ndarray levels not None,    # IN  int16 (n_samples, 2 n_pairs), at most 1023 in size
    ndarray panels not None,    # IN  int8 (n_panels, n_pairs, 16, 2)
    ndarray lower not None,     # IN  int32 (n_bits,)
    ndarray upper not None,     # IN  int32 (n_bits,)
    ndarray out not None,       # OUT uint64 (n_samples, words of n_bits)
    int n_threads,
):
    """Pack the bits [ C q <= lower or C q > upper ]; weight k of row r is [r//16, k//2, r%16, k%2].

    Sums must fit 32 bits.
    """
    cdef Py_ssize_t n_samples = size_of("levels", levels, 0)
    cdef Py_ssize_t n_pairs = size_of("panels", panels, 1)
    cdef Py_ssize_t n_bits = size_of("lower", lower, 0)
    cdef Py_ssize_t n_quarters = 4 * words_of(n_bits)
    cdef const int16_t* q = <const int16_t*>data_of(
        "levels", levels, NPY_INT16, READ, n_samples, 2 * n_pairs
    )
    cdef const int8_t* C = <const int8_t*>data_of(
        "panels", panels, NPY_INT8, READ, (n_bits + 15) // 16, n_pairs, 16, 2
    )
    cdef const int32_t* lows = read_ints("lower", lower, n_bits)
    cdef const int32_t* highs = read_ints("upper", upper, n_bits)
    cdef quarter* bits = <quarter*>write_words("out", out, n_samples, words_of(n_bits))
    cdef Py_ssize_t p
    for p in prange(n_quarters, nogil=True, schedule="static", num_threads=n_threads):
        project_panel(
            PATH, q, n_samples, n_pairs, C + 32 * p * n_pairs, lows + 16 * p, highs + 16 * p,
            n_bits - 16 * p, bits + p, n_quarters
        )


cdef struct patch_places:
    # As in `match_patches`.
    const int16_t* pairs
    Py_ssize_t n_pixels
    const int32_t* places
    const int16_t* patches
    Py_ssize_t n_patches
    Py_ssize_t row
    Py_ssize_t step


cdef void match_block(const patch_places* of, Py_ssize_t b, int32_t* best) noexcept nogil:
    cdef const int32_t* place = of.places
    cdef Py_ssize_t k
    for k in range(of.n_patches):
        match_patch(
            PATH, of.pairs + 32 * (b * of.n_pixels + place[0]), of.row, of.step,
            of.patches + place[1], place[2], (place[2] * of.step + 1) // 2, place[3],
            best + 16 * (b * of.n_patches + k)
        )
        place += 4


def match_patches(
    ndarray pairs not None,     # IN  int16 (n_blocks, n_pixels, 16, 2), pixels i and i + 1
    ndarray places not None,    # IN  int32 (n_patches, 4): first pixel, start, rows, window
    ndarray patches not None,   # IN  int16, weights of all patches, rows of whole pairs
    Py_ssize_t row,             # pixels from one row to the next
    Py_ssize_t step,            # pixels from one column to the next
    ndarray best not None,      # OUT int32 (n_blocks, n_patches, 16)
    int n_threads,
):
    """Find the largest sum of each patch over the window x window places it may take.

    The weights of a patch are its `rows` from `start` on; a column is `step` of them, and a row is
    padded to whole pairs. Sums must fit 32 bits.
    """
    cdef Py_ssize_t n_blocks = size_of("pairs", pairs, 0)
    cdef Py_ssize_t n_weights = size_of("patches", patches, 0)
    cdef Py_ssize_t b, k, n_pairs, first, start, n_rows, window, last, end
    cdef int32_t* sums
    cdef patch_places of
    of.n_pixels = size_of("pairs", pairs, 1)
    of.n_patches = size_of("places", places, 0)
    of.pairs = <const int16_t*>data_of(
        "pairs", pairs, NPY_INT16, READ, n_blocks, of.n_pixels, 16, 2
    )
    of.places = read_ints("places", places, of.n_patches, 4)
    of.patches = <const int16_t*>data_of("patches", patches, NPY_INT16, READ, n_weights)
    of.row = row
    of.step = step
    sums = write_ints("best", best, n_blocks, of.n_patches, 16)
    if not (1 <= row <= of.n_pixels and 1 <= step <= of.n_pixels):
        raise ValueError(f"row is {row} and step {step}, not in 1 .. {of.n_pixels}.")
    for k in range(of.n_patches):
        first, start = of.places[4 * k], of.places[4 * k + 1]
        n_rows, window = of.places[4 * k + 2], of.places[4 * k + 3]
        n_pairs = (n_rows * step + 1) // 2
        last = first + (window + n_rows - 2) * row + (window - 1) * step + 2 * n_pairs - 2
        end = start + 2 * n_rows * n_pairs
        if (
            min(first, start) < 0 or min(n_rows, window) < 1
            or last >= of.n_pixels or end > n_weights
        ):
            raise ValueError(f"Patch {k} does not lie inside of the image.")
    for b in prange(n_blocks, nogil=True, schedule="static", num_threads=n_threads):
        match_block(&of, b, sums)
