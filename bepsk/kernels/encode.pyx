"""From numbers to packed bits."""

from cython.parallel import prange
from libc.stdint cimport int8_t, int16_t, int32_t, uint8_t, uint64_t

from bepsk.kernels import cpu

cdef extern from "encode.h" nogil:
    ctypedef int quarter
    void project_panel(
        int path, const int16_t* levels, Py_ssize_t n_samples, Py_ssize_t n_pairs,
        const int8_t* panel, const int32_t* lower, const int32_t* upper, Py_ssize_t width,
        quarter* bits, Py_ssize_t bits_stride
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
    if levels.shape[1] != 2 * n_pairs:
        raise ValueError(f"levels have {levels.shape[1]} columns, panels {2 * n_pairs}.")
    cdef const int8_t* first_panel = &panels[0, 0, 0, 0]
    cdef quarter* bits = <quarter*>&out[0, 0]
    for p in prange(4 * out.shape[1], nogil=True, schedule="static", num_threads=n_threads):
        project_panel(
            PATH, &levels[0, 0], levels.shape[0], n_pairs, first_panel + 32 * p * n_pairs,
            &lower[0] + 16 * p, &upper[0] + 16 * p, n_bits - 16 * p, bits + p, 4 * out.shape[1]
        )
