"""The binary equiangular frame of class prototypes (App. C)."""

from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int8_t, int32_t, int64_t, uint64_t

from bepsk.kernels.checks cimport check_shape
from bepsk.kernels.random cimport random_word

cdef Py_ssize_t STEPS_BETWEEN_SIGNALS = 1 << 23     # some ten milliseconds


cdef int64_t multiply(const int8_t[::1] signs, const int32_t[::1] products) noexcept nogil:
    cdef int32_t total = 0
    cdef Py_ssize_t k
    for k in range(signs.shape[0]):
        total += signs[k] * products[k]
    return total


cdef bint flip_helps(
    int64_t n_pairs, int64_t total, int64_t change, int64_t squares
) noexcept nogil:
    # With S = sum of inner products, Q = sum of their squares and M pairs,
    # M^2 J = M^2 S + M Q - S^2: integers throughout. The last term is divided by M, rounded down.
    cdef int64_t gain = n_pairs * change + squares
    cdef int64_t spread = change * (2 * total + change)
    cdef int64_t quotient = 0
    cdef int64_t remainder = 0
    if n_pairs:
        quotient, remainder = spread // n_pairs, spread % n_pairs
    if remainder < 0:
        quotient, remainder = quotient - 1, remainder + n_pairs
    return gain < quotient or (gain == quotient and remainder > 0)


def descend_frame(
    int8_t[:, ::1] signs,           # INOUT (n_classes, n_neurons), or transposed, +-1
    int32_t[:, ::1] gram,           # INOUT (m, m), inner products of the m columns of signs
    int32_t[::1] sums,              # INOUT (n_neurons,), sums over classes
    bint transposed,
    uint64_t key,
    Py_ssize_t n_proposals,
):
    """Flip random single bits where J = sum <i, j> + Var <i, j> over pairs of classes falls.

    A flip of p_id changes the sum of squares by -4 p_id sum_{j != i} <rho_i, rho_j> p_jd + a
    constant. This sum is a row of P times a row of P^T P, or a row of P^T times one of P P^T:
    whichever is smaller. It may take long for many classes, so Ctrl-C is heeded now and then.
    """
    cdef Py_ssize_t n_columns = signs.shape[1]
    cdef Py_ssize_t n_classes = n_columns if transposed else signs.shape[0]
    cdef Py_ssize_t n_neurons = signs.shape[0] if transposed else n_columns
    cdef int64_t n_pairs = n_classes * (n_classes - 1) // 2
    cdef Py_ssize_t stretch = 1 + STEPS_BETWEEN_SIGNALS // max(1, n_columns)
    cdef int64_t total = 0
    cdef int64_t change, others
    cdef Py_ssize_t proposal, i, d, row, column, k
    cdef uint64_t place
    cdef int32_t sign, step
    check_shape("gram", gram.shape, n_columns, n_columns)
    check_shape("sums", sums.shape, n_neurons)
    with nogil:
        for d in range(n_neurons):
            total += (<int64_t>sums[d] * sums[d] - n_classes) // 2
        for proposal in range(n_proposals):
            if proposal % stretch == 0:
                with gil:
                    PyErr_CheckSignals()
            place = random_word(key, proposal) % <uint64_t>(n_classes * n_neurons)
            i, d = place // n_neurons, place % n_neurons
            row, column = (d, i) if transposed else (i, d)
            sign = signs[row, column]
            change = -2 * sign * (sums[d] - sign)
            others = multiply(signs[row], gram[column]) - sign * n_neurons
            if flip_helps(n_pairs, total, change, 4 * (n_classes - 1 - sign * others)):
                for k in range(n_columns):
                    if k != column:
                        step = 2 * sign * signs[row, k]
                        gram[column, k] -= step
                        gram[k, column] -= step
                signs[row, column] = -sign
                sums[d] -= 2 * sign
                total += change
