from libc.stdint cimport (
    int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
)
from numpy cimport ndarray


cdef extern from "update.h" nogil:
    ctypedef struct input_rows:
        const uint64_t* inputs
        const uint64_t* known
        Py_ssize_t n_words
        const uint16_t* centring
        bint wraps
    ctypedef struct increments:
        const int32_t* sources
        const int32_t* steps
        Py_ssize_t n
        int32_t total
        uint16_t shift


cdef struct trigger_counts:
    # How many samples trigger; their weight, that of the misclassified samples, and of all.
    Py_ssize_t n
    int64_t n_triggered
    int64_t n_wrong
    int64_t n_all


cdef struct weight_update:
    # What all rows of H share.
    int16_t* hidden_weights
    uint64_t* panels
    Py_ssize_t n_inputs
    input_rows rows
    const uint32_t* survival
    const uint8_t* at_least
    uint64_t key
    int32_t limit
    Py_ssize_t first_row


cdef const Py_ssize_t* read_classes(
    ndarray classes, Py_ssize_t n_samples, Py_ssize_t n_classes
) except NULL
cdef int read_weights(weight_update* of, ndarray hidden_weights, ndarray panels) except -1
cdef int draw_rounding(
    const int32_t* means, Py_ssize_t n, uint64_t key, uint16_t* place
) except -1
cdef void find_triggered(
    const int32_t* logits, const Py_ssize_t* labels, const int32_t* weights, Py_ssize_t first,
    Py_ssize_t last, Py_ssize_t n_classes, double bound, int32_t* found, int32_t* others,
    trigger_counts* counts
) noexcept nogil
cdef void update_row(
    const weight_update* of, Py_ssize_t j, const int32_t* sources, const int32_t* steps,
    Py_ssize_t n, int32_t total
) noexcept nogil
