"""The binary equiangular frame of class prototypes (App. C)."""

from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int8_t, int32_t, int64_t, uint64_t

from numpy cimport NPY_INT8, ndarray

from bepsk.kernels.checks cimport WRITE, data_of, size_of, write_ints
from bepsk.kernels.random cimport random_word

cdef Py_ssize_t STEPS_BETWEEN_SIGNALS = 1 << 23     # some ten milliseconds


cdef int64_t multiply(
    const int8_t* signs, const int32_t* products, Py_ssize_t n
) noexcept nogil:
    cdef int32_t total = 0
    cdef Py_ssize_t k
    for k in range(n):
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
    ndarray signs not None,     # INOUT int8 (n_classes, n_neurons), or transposed, +-1
    ndarray gram not None,      # INOUT int32 (m, m), inner products of the m columns of signs
    ndarray sums not None,      # INOUT int32 (n_neurons,), sums over classes
    bint transposed,
    uint64_t key,
    Py_ssize_t n_proposals,
):
    """Flip random single bits where J = sum <i, j> + Var <i, j> over pairs of classes falls.

    A flip of p_id changes the sum of squares by -4 p_id sum_{j != i} <rho_i, rho_j> p_jd + a
    constant. This sum is a row of P times a row of P^T P, or a row of P^T times one of P P^T:
    whichever is smaller. It may take long for many classes, so Ctrl-C is heeded now and then.
    """
    cdef Py_ssize_t n_rows = size_of("signs", signs, 0)
    cdef Py_ssize_t n_columns = size_of("signs", signs, 1)
    cdef Py_ssize_t n_classes = n_columns if transposed else n_rows
    cdef Py_ssize_t n_neurons = n_rows if transposed else n_columns
    cdef int8_t* P = <int8_t*>data_of("signs", signs, NPY_INT8, WRITE, n_rows, n_columns)
    cdef int32_t* products = write_ints("gram", gram, n_columns, n_columns)
    cdef int32_t* totals = write_ints("sums", sums, n_neurons)
    cdef int8_t* line
    cdef int64_t n_pairs = n_classes * (n_classes - 1) // 2
    cdef Py_ssize_t stretch = 1 + STEPS_BETWEEN_SIGNALS // max(1, n_columns)
    cdef int64_t total = 0
    cdef int64_t change, others
    cdef Py_ssize_t proposal, i, d, row, column, k
    cdef uint64_t place
    cdef int32_t sign, step
    if n_rows == 0 or n_columns == 0:
        raise ValueError(f"signs has the shape {[n_rows, n_columns]}, without entries.")
    with nogil:
        for d in range(n_neurons):
            total += (<int64_t>totals[d] * totals[d] - n_classes) // 2
        for proposal in range(n_proposals):
            if proposal % stretch == 0:
                with gil:
                    PyErr_CheckSignals()
            place = random_word(key, proposal) % <uint64_t>(n_classes * n_neurons)
            i, d = place // n_neurons, place % n_neurons
            row, column = (d, i) if transposed else (i, d)
            line = P + row * n_columns
            sign = line[column]
            change = -2 * sign * (totals[d] - sign)
            others = multiply(line, products + column * n_columns, n_columns) - sign * n_neurons
            if flip_helps(n_pairs, total, change, 4 * (n_classes - 1 - sign * others)):
                for k in range(n_columns):
                    if k != column:
                        step = 2 * sign * line[k]
                        products[column * n_columns + k] -= step
                        products[k * n_columns + column] -= step
                line[column] = <int8_t>-sign
                totals[d] -= 2 * sign
                total += change
