"""From numbers to packed bits."""

from cython.parallel import prange
from libc.stdint cimport uint8_t, uint64_t

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


cdef inline void set_range(uint64_t* row, Py_ssize_t first, Py_ssize_t last) noexcept nogil:
    # Set the bits first .. last - 1.
    cdef Py_ssize_t k = first
    while k < last:
        if k & 63 == 0 and last - k >= 64:
            row[k >> 6] = ~<uint64_t>0
            k += 64
        else:
            row[k >> 6] |= <uint64_t>1 << (k & 63)
            k += 1


cdef Py_ssize_t count_below(
    const double[::1] thresholds, Py_ssize_t first, Py_ssize_t last, double value
) noexcept nogil:
    # How many of the rising thresholds[first:last] lie below value; none for NaN.
    cdef Py_ssize_t low = first
    cdef Py_ssize_t middle
    while low < last:
        middle = (low + last) >> 1
        if thresholds[middle] < value:
            low = middle + 1
        else:
            last = middle
    return low - first


def thermometer(
    const number[:, ::1] values,        # IN  (n_samples, n_features)
    const double[::1] thresholds,       # IN  rising within each feature
    const Py_ssize_t[::1] first_threshold,  # IN  (n_features + 1,) into thresholds
    const Py_ssize_t[::1] first_bit,    # IN  (n_features + 1,) into a row of out
    uint64_t[:, ::1] out,               # OUT (n_samples, words of n_bits)
    int n_threads,
):
    """Bit i of a feature is [ value > threshold i ]; a spare last bit marks NaN."""
    cdef Py_ssize_t i, f, n, w
    cdef double value
    for i in prange(values.shape[0], nogil=True, schedule="static", num_threads=n_threads):
        for w in range(out.shape[1]):
            out[i, w] = 0
        for f in range(values.shape[1]):
            value = values[i, f]
            n = count_below(thresholds, first_threshold[f], first_threshold[f + 1], value)
            set_range(&out[i, 0], first_bit[f], first_bit[f] + n)
            n = first_bit[f] + first_threshold[f + 1] - first_threshold[f]
            if value != value and n < first_bit[f + 1]:
                set_range(&out[i, 0], n, n + 1)
