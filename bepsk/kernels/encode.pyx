"""From numbers to packed bits."""

from cython.parallel import prange
from libc.stdint cimport int8_t, int16_t, int32_t, uint8_t, uint64_t

from bepsk.kernels.checks cimport check_indices, check_shape, words_of

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

ctypedef fused number:
    uint8_t
    float
    double


def pack_above(
    const number[:, ::1] values,        # IN  (n_samples, n_features)
    const int32_t[::1] features,        # IN  (n_bits,), whose value each bit looks at; or empty
    const double[::1] thresholds,       # IN  (n_bits,)
    const float[::1] thresholds32,      # IN  (n_bits,), rounded down, for narrower numbers
    uint64_t[:, ::1] out,               # OUT (n_samples, words of n_bits)
    int n_threads,
):
    """Pack the bits [ value > threshold ]; NaN is above nothing."""
    cdef Py_ssize_t i
    cdef Py_ssize_t n = thresholds.shape[0]
    cdef const int32_t* places = &features[0] if features.shape[0] else NULL
    if features.shape[0]:
        check_shape("features", features.shape, n)
        check_indices("features", features, values.shape[1])
    else:
        check_shape("values", values.shape, values.shape[0], n)
    check_shape("thresholds32", thresholds32.shape, n)
    check_shape("out", out.shape, values.shape[0], words_of(n))
    for i in prange(values.shape[0], nogil=True, schedule="static", num_threads=n_threads):
        if number is uint8_t:
            pack_above_uint8_t(PATH, &values[i, 0], places, &thresholds32[0], n, &out[i, 0])
        elif number is float:
            pack_above_float(PATH, &values[i, 0], places, &thresholds32[0], n, &out[i, 0])
        else:
            pack_above_double(PATH, &values[i, 0], places, &thresholds[0], n, &out[i, 0])


def mark_missing(
    const real[:, ::1] values,          # IN    (n_samples, n_features)
    const int32_t[::1] features,        # IN    (n,)
    const int32_t[::1] bits,            # IN    (n,)
    uint64_t[:, ::1] out,               # INOUT (n_samples, words)
):
    """Set the bit of each of these features where its value is NaN."""
    cdef Py_ssize_t i, f
    check_indices("features", features, values.shape[1])
    check_shape("bits", bits.shape, features.shape[0])
    check_indices("bits", bits, 64 * out.shape[1])
    check_shape("out", out.shape, values.shape[0])
    with nogil:
        for i in range(values.shape[0]):
            for f in range(features.shape[0]):
                if values[i, features[f]] != values[i, features[f]]:
                    out[i, bits[f] >> 6] |= <uint64_t>1 << (bits[f] & 63)


def project(
    const int16_t[:, ::1] levels,       # IN  (n_samples, 2 n_pairs), at most 1023 in size
    const int8_t[:, :, :, ::1] panels,  # IN  (n_panels, n_pairs, 16, 2)
    const int32_t[::1] lower,           # IN  (n_bits,)
    const int32_t[::1] upper,           # IN  (n_bits,)
    uint64_t[:, ::1] out,               # OUT (n_samples, words of n_bits)
    int n_threads,
):
    """Pack the bits [ C q <= lower or C q > upper ]; weight k of row r is [r//16, k//2, r%16, k%2].

    Sums must fit 32 bits.
    """
    cdef Py_ssize_t n_bits = lower.shape[0]
    cdef Py_ssize_t n_pairs = panels.shape[1]
    cdef Py_ssize_t p
    check_shape("levels", levels.shape, levels.shape[0], 2 * n_pairs)
    check_shape("panels", panels.shape, (n_bits + 15) // 16, n_pairs, 16, 2)
    check_shape("upper", upper.shape, n_bits)
    check_shape("out", out.shape, levels.shape[0], words_of(n_bits))
    cdef const int8_t* first_panel = &panels[0, 0, 0, 0]
    cdef quarter* bits = <quarter*>&out[0, 0]
    for p in prange(4 * out.shape[1], nogil=True, schedule="static", num_threads=n_threads):
        project_panel(
            PATH, &levels[0, 0], levels.shape[0], n_pairs, first_panel + 32 * p * n_pairs,
            &lower[0] + 16 * p, &upper[0] + 16 * p, n_bits - 16 * p, bits + p, 4 * out.shape[1]
        )


def match_patches(
    const int16_t[:, :, :, ::1] pairs,  # IN  (n_blocks, n_pixels, 16, 2), pixels i and i + 1
    const int32_t[:, ::1] places,       # IN  (n_patches, 4): first pixel, start, rows, window
    const int16_t[::1] patches,         # IN  weights of all patches, rows of whole pairs
    Py_ssize_t row,                     # pixels from one row to the next
    Py_ssize_t step,                    # pixels from one column to the next
    int32_t[:, :, ::1] best,            # OUT (n_blocks, n_patches, 16)
    int n_threads,
):
    """Find the largest sum of each patch over the window x window places it may take.

    The weights of a patch are its `rows` from `start` on; a column is `step` of them, and a row is
    padded to whole pairs. Sums must fit 32 bits.
    """
    cdef Py_ssize_t b, k, n_pairs, first, start, n_rows, window, last, end
    check_shape("pairs", pairs.shape, pairs.shape[0], pairs.shape[1], 16, 2)
    check_shape("places", places.shape, places.shape[0], 4)
    check_shape("best", best.shape, pairs.shape[0], places.shape[0], 16)
    if row < 1 or step < 1:
        raise ValueError(f"row is {row} and step {step}, not 1 or more.")
    for k in range(places.shape[0]):
        first, start, n_rows, window = places[k, 0], places[k, 1], places[k, 2], places[k, 3]
        n_pairs = (n_rows * step + 1) // 2
        last = first + (window + n_rows - 2) * row + (window - 1) * step + 2 * n_pairs - 2
        end = start + 2 * n_rows * n_pairs
        if (
            min(first, start) < 0 or min(n_rows, window) < 1
            or last >= pairs.shape[1] or end > patches.shape[0]
        ):
            raise ValueError(f"Patch {k} does not lie inside of the image.")
    for b in prange(pairs.shape[0], nogil=True, schedule="static", num_threads=n_threads):
        for k in range(places.shape[0]):
            n_pairs = (places[k, 2] * step + 1) // 2
            match_patch(
                PATH, &pairs[b, places[k, 0], 0, 0], row, step, &patches[places[k, 1]],
                places[k, 2], n_pairs, places[k, 3], &best[b, k, 0]
            )
