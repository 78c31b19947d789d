"""The binary equiangular frame of class prototypes (App. C)."""

from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int8_t, int64_t, uint64_t

from bepsk.kernels.checks cimport check_shape
from bepsk.kernels.random cimport random_word

cdef Py_ssize_t STEPS_BETWEEN_SIGNALS = 1 << 23     # some ten milliseconds


cdef bint flip_helps(
    const int8_t[:, ::1] prototypes, const int64_t[:, ::1] gram, Py_ssize_t i, Py_ssize_t d,
    int64_t n_pairs, int64_t total, int64_t* change
) noexcept nogil:
    # With S = sum of inner products, Q = sum of their squares and M pairs,
    # M^2 J = M^2 S + M Q - S^2: integers throughout.
    cdef int64_t squares = 0
    cdef int64_t step
    cdef Py_ssize_t j
    change[0] = 0
    for j in range(prototypes.shape[0]):
        if j != i:
            step = -2 * prototypes[i, d] * prototypes[j, d]
            change[0] += step
            squares += step * (2 * gram[i, j] + step)
    return (
        n_pairs * n_pairs * change[0] + n_pairs * squares
        - change[0] * (2 * total + change[0])
    ) < 0


def descend_frame(
    int8_t[:, ::1] prototypes,      # INOUT (n_classes, n_neurons), +-1
    int64_t[:, ::1] gram,           # INOUT (n_classes, n_classes), inner products
    uint64_t key,
    Py_ssize_t n_proposals,
):
    """Flip random single bits where J = sum <i, j> + Var <i, j> over pairs falls.

    This takes minutes for many classes, so Ctrl-C is heeded now and then.
    """
    cdef Py_ssize_t n_classes = prototypes.shape[0]
    cdef Py_ssize_t n_neurons = prototypes.shape[1]
    cdef int64_t n_pairs = n_classes * (n_classes - 1) // 2
    cdef Py_ssize_t stretch = 1 + STEPS_BETWEEN_SIGNALS // max(1, n_classes)
    cdef int64_t total = 0
    cdef int64_t change, step
    cdef Py_ssize_t proposal, i, j, d
    cdef uint64_t place
    check_shape("gram", gram.shape, n_classes, n_classes)
    with nogil:
        for i in range(n_classes):
            for j in range(i):
                total += gram[i, j]
        for proposal in range(n_proposals):
            if proposal % stretch == 0:
                with gil:
                    PyErr_CheckSignals()
            place = random_word(key, proposal) % <uint64_t>(n_classes * n_neurons)
            i = place // n_neurons
            d = place % n_neurons
            if flip_helps(prototypes, gram, i, d, n_pairs, total, &change):
                for j in range(n_classes):
                    if j != i:
                        step = -2 * prototypes[i, d] * prototypes[j, d]
                        gram[i, j] += step
                        gram[j, i] += step
                prototypes[i, d] = -prototypes[i, d]
                total += change
