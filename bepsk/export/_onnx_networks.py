"""Networks in ONNX: from bits to sums, signs and logits, all of them exact integers.

Bits are 0 and 1, and weights w are +-1. With as many of them as inputs, n agreements are
sum(w b) + (number of weights that are -1).
"""

import math

import numpy as np

from bepsk.export._model import Inputs, make_layer, make_sums
from bepsk.network.number_targets import REACH, UNIT
from bepsk.network.packed import unpack_bits
from bepsk.network.sequences import place_patterns

MORE_STEPS = 2
"""Series may have so many times the steps of those in `fit` where there is a place code."""


def add_matmul(graph, bits, weights):
    """Add sums of int8 weights (n_neurons, n_inputs), where bits are 1."""
    bits = graph.cast(bits, np.uint8)
    return graph.op("MatMulInteger", bits, np.ascontiguousarray(weights.T, dtype=np.int8))


def signs_of(layer):
    """Return weights as int8 of -1 and 1, and for each neuron how many are -1."""
    return np.where(layer.weights, 1, -1).astype(np.int8), (~layer.weights).sum(axis=1)


def add_layer(graph, layer, bits):
    """Add neurons; the bits and the result are bool."""
    weights, n_negative = signs_of(layer)
    needed = (layer.thresholds - n_negative).astype(np.int32)
    return graph.op("GreaterOrEqual", add_matmul(graph, bits, weights), needed)


def add_sums(graph, sums, bits):
    """Add the sums z of neurons, int32, without inertia."""
    weights, n_negative = signs_of(sums)
    twice = graph.op("Mul", add_matmul(graph, bits, weights), np.array(2, dtype=np.int32))
    constant = 2 * (n_negative + sums.begin) - sums.total
    return graph.op("Add", twice, constant.astype(np.int32))


def inputs_of(estimator):
    """Return what the first layer reads: bits, and then constants that are 1."""
    n_bias = estimator.n_bias_
    n_bits = estimator.hidden_weights_[0].shape[1] - n_bias
    return Inputs.plain(n_bits).followed_by(np.ones(n_bias, dtype=int))


def add_perceptron(graph, estimator, bits):
    """Add all layers of a perceptron but the last."""
    inputs = inputs_of(estimator)
    for weights in estimator.hidden_weights_[:-1]:
        bits = add_layer(graph, make_layer(weights, inputs), bits)
        inputs = Inputs.plain(len(weights))
    return bits, inputs


def add_feed_forward(graph, estimator, bits):
    """Add a perceptron; return the bits of its last layer."""
    bits, inputs = add_perceptron(graph, estimator, bits)
    return add_layer(graph, make_layer(estimator.hidden_weights_[-1], inputs), bits)


def add_recurrent(graph, estimator, bits):
    """Add a recurrent network over bits (n_series, n_steps, n_bits); return those of its output."""
    reading, recurring, output = estimator.hidden_weights_
    sums = add_sums(graph, make_sums(reading, inputs_of(estimator), 0, 0), bits)
    if estimator.n_steps_ == 1:  # the state reads the last step alone
        sums = graph.op("Gather", sums, np.array(-1), axis=1)
    else:
        first = graph.op("Gather", sums, np.array(0), axis=1)
        zeros = graph.op("Sub", first, first)
        sums = graph.scan(step_of(estimator, recurring), zeros, sums, len(recurring))
    return add_layer(graph, make_layer(output), is_positive(graph, sums))


def step_of(estimator, recurring):
    """Return what adds a step: z_t of z_{t-1} and what the inputs bring to z_t."""
    weights = make_sums(recurring, Inputs.plain(len(recurring)), 0, 0)
    inertia = int(256 * estimator.inertia_) / 256

    def step(graph, z, brought):
        recurrent = add_sums(graph, weights, is_positive(graph, z))
        following = graph.op("Add", brought, recurrent)
        if not inertia:
            return following
        kept = graph.op("Mul", graph.cast(z, np.float64), np.array(inertia))
        return graph.op("Add", following, graph.cast(graph.op("Floor", kept), np.int32))

    return step


def is_positive(graph, sums):
    """Add the signs of sums; that of 0 is 1."""
    return graph.op("GreaterOrEqual", sums, np.array(0, dtype=np.int32))


def add_windows(graph, estimator, x):
    """Cut series (n_series, n_timesteps, n_features) into what each step sees.

    They are cut from their ends, and repeat their first value before their beginning.
    """
    length, overlap = estimator.patch_length_, estimator.overlap_
    n_timesteps = graph.op("Gather", graph.op("Shape", x), np.array([1]))
    missing = graph.op("Mod", graph.op("Neg", n_timesteps), np.array([length]))
    missing = graph.op("Add", missing, np.array([overlap * length]))
    pads = graph.op("Concat", np.array([0]), missing, np.zeros(4, dtype=np.int64), axis=0)
    x = graph.op("Pad", x, pads, mode="edge")
    blocks = graph.op("Reshape", x, np.array([0, -1, length * len(estimator.feature_means_)]))
    last = np.iinfo(np.int64).max
    ends = [last if k == overlap else k - overlap for k in range(overlap + 1)]
    axis = np.array([1])
    parts = [
        graph.op("Slice", blocks, np.array([k]), np.array([end]), axis)
        for k, end in enumerate(ends)
    ]
    return graph.op("Concat", *parts, axis=2)


def add_places(graph, estimator, bits):
    """Flip the bits (n_series, n_steps, n_bits) of each step according to its place."""
    n_bits = estimator.hidden_weights_[0].shape[1] - estimator.n_bias_
    places = range(MORE_STEPS * estimator.n_steps_)
    patterns = unpack_bits(place_patterns(estimator.place_seed_, n_bits, places), n_bits) > 0
    n_steps = graph.op("Gather", graph.op("Shape", bits), np.array([1]))
    flipped = graph.op("Slice", patterns, np.array([0]), n_steps, np.array([0]))
    return graph.op("Xor", bits, flipped)


def add_class_logits(graph, targets, bits):
    """Add the logits of classes or labels, int32."""
    prototypes = targets.prototypes
    if prototypes.ndim == 1:  # of labels, side by side: each sees its share of the neurons
        shares = np.repeat(np.arange(targets.n_labels), targets.sizes)
        prototypes = (np.arange(targets.n_labels)[:, np.newaxis] == shares) * prototypes
    twice = graph.op("Mul", add_matmul(graph, bits, prototypes), np.array(2, dtype=np.int32))
    return graph.op("Sub", twice, prototypes.sum(axis=1, dtype=np.int32))


def add_number(graph, estimator, bits):
    """Add a perceptron that predicts numbers, double (n_samples, 1)."""
    bits, inputs = add_perceptron(graph, estimator, bits)
    weights = estimator.hidden_weights_[-1]
    n_inputs = weights.shape[1]
    reach = min(math.isqrt(REACH**2 * n_inputs), n_inputs)
    bound, unit = np.array(reach, dtype=np.int32), np.array(UNIT, dtype=np.int32)
    sums = add_sums(graph, make_sums(weights, inputs, 0, 0), bits)
    sums = graph.op("Add", graph.op("Clip", sums, -bound, bound), bound)
    up = graph.op("Div", graph.op("Mul", sums, unit), bound)  # 0 .. 2 UNIT, rounded down
    widths = estimator.widths_.astype(np.float64)[:, np.newaxis]
    height = graph.op("MatMul", graph.cast(up, np.float64), widths)
    height = graph.op("Div", height, np.array(2.0 * UNIT))
    height = graph.op("Mul", height, np.array(float(estimator.scale_)))
    return graph.op("Add", height, np.array(float(estimator.offset_)))
