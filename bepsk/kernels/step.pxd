from libc.stdint cimport int32_t, int64_t, uint16_t, uint64_t

from bepsk.kernels.update cimport weight_update


cdef struct layer_arrays:
    # H, W and more of a layer; what it reads and computes, one row per sample; what its neurons
    # should do, one row per triggered sample.
    weight_update weights
    uint64_t* columns           # W transposed, as panels; the first layer's may be NULL
    int32_t* windows
    int32_t least_window
    int32_t* wide               # at least that
    Py_ssize_t n_neurons
    Py_ssize_t n_words
    const int32_t* means        # of what it reads, or NULL
    uint16_t* centring
    uint64_t noise_key
    Py_ssize_t n_noisy          # inputs that may flip
    const uint64_t* below
    uint64_t* noisy             # the same with some flipped
    const uint64_t* read        # one or the other
    uint64_t* pairs             # zeros, and the triggered ones, each after its complement
    int32_t* z
    uint64_t* activations
    uint64_t* signs
    uint64_t* nonzero
    uint64_t* learning


cdef struct mini_batch:
    layer_arrays* layers
    Py_ssize_t n_layers
    Py_ssize_t n
    const Py_ssize_t* classes
    const int32_t* sample_weight
    const int64_t* numbers
    int noise
    const uint64_t* prototype_panels
    const uint64_t* prototypes
    Py_ssize_t n_classes
    double bound
    double share
    int32_t* logits
    Py_ssize_t n_triggered
    int32_t* triggered
    int32_t* rivals
    int32_t* weights            # of the triggered samples
    bint all_alike              # whether these are all 1
    int32_t* entries            # room for those of 64 neurons, for each thread
    int n_threads
