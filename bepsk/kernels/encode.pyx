"""From numbers to packed bits."""

from cython.parallel import prange
from libc.stdint cimport int32_t, uint8_t, uint64_t

from bepsk.kernels import cpu

cdef extern from "encode.h" nogil:
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


cdef void pack_outside_row(
    const real* values, const real* lower, const real* upper, Py_ssize_t n, uint64_t* out
) noexcept nogil:
    cdef Py_ssize_t start, k
    cdef uint64_t word
    for start in range(0, n, 64):
        word = 0
        for k in range(start, n if n - start < 64 else start + 64):
            word |= <uint64_t>((values[k] <= lower[k]) | (values[k] > upper[k])) << (k - start)
        out[start >> 6] = word


def pack_outside(
    const real[:, ::1] values,          # IN  (n_samples, n_bits)
    const real[::1] lower,              # IN  (n_bits,)
    const real[::1] upper,              # IN  (n_bits,)
    uint64_t[:, ::1] out,               # OUT (n_samples, words of n_bits)
    int n_threads,
):
    """Pack the bits [ values <= lower or values > upper ]."""
    cdef Py_ssize_t i
    for i in prange(values.shape[0], nogil=True, schedule="static", num_threads=n_threads):
        pack_outside_row(&values[i, 0], &lower[0], &upper[0], values.shape[1], &out[i, 0])


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
