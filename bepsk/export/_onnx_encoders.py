"""Encoders in ONNX, from their public attributes: one function for each."""

import numpy as np

from bepsk.encoders import (
    BinaryEncoder,
    LocalPatchEncoder,
    RandomProjectionEncoder,
    SparseSumEncoder,
    ThermometerEncoder,
)
from bepsk.export._describe_encoders import GREY_LEVELS, MAX_LEVEL, encoder_steps
from bepsk.export._model import make_layer
from bepsk.export._onnx_networks import add_layer

EXACT_FLOAT32 = 2**24
"""Sums of integers below this bound are exact in single precision, in any order."""
MISSING_LEVEL = 256
"""What the indicator of a missing value is for a projection."""
LARGEST_SUM = 2**15
"""Bound of what a `SparseSumEncoder` adds up."""


def add_encoder(graph, encoder, x):
    """Add a fitted encoder.

    Parameters
    ----------
    graph : Graph
    encoder : encoder, or Pipeline of encoders
    x : str
        double, shape (n_rows, n_features).

    Returns
    -------
    bits : str
        bool, shape (n_rows, n_bits).
    """
    kind, first, expansions = encoder_steps(encoder)
    bits = ENCODERS[kind](graph, first, x)
    for step in expansions:
        bits = add_layer(graph, make_layer(step.components_), bits)
    return bits


def add_bits(graph, encoder, x):
    """Add bits that come as numbers."""
    return graph.op("Equal", x, np.array(1.0))


def add_thermometer(graph, encoder, x):
    """Add comparisons with thresholds; the last bit of a feature may say that it is missing."""
    sizes = np.array(list(map(len, encoder.thresholds_))) + encoder.missing_
    tells_missing = np.zeros(sizes.sum(), dtype=bool)
    tells_missing[np.cumsum(sizes)[encoder.missing_] - 1] = True
    cuts = np.full(len(tells_missing), np.inf)
    cuts[~tells_missing] = np.concatenate(encoder.thresholds_)
    values = graph.op("Gather", x, np.repeat(np.arange(len(sizes)), sizes), axis=1)
    bits = graph.op("Greater", values, cuts)
    if not tells_missing.any():
        return bits
    return graph.op("Or", bits, graph.op("And", graph.op("IsNaN", values), tells_missing))


def add_levels(graph, x, offset, scale, lowest, highest):
    """Add floor((x - offset) * scale + 1/2) within bounds, 0 of NaN, in double as in Python."""
    scaled = graph.op("Mul", graph.op("Sub", x, np.float64(offset)), np.float64(scale))
    levels = graph.op("Floor", graph.op("Add", scaled, np.array(0.5)))
    levels = graph.op("Clip", levels, np.array(float(lowest)), np.array(float(highest)))
    return graph.op("Where", graph.op("IsNaN", x), np.array(0.0), levels)


def add_projection(graph, encoder, x):
    """Add projections of levels, and of an indicator for each feature that had missing values."""
    levels = add_levels(graph, x, encoder.offset_, encoder.scale_, -MAX_LEVEL, MAX_LEVEL)
    if encoder.missing_.any():
        holes = graph.op("Gather", x, np.flatnonzero(encoder.missing_), axis=1)
        missing = graph.cast(graph.op("IsNaN", holes), np.float64)
        missing = graph.op("Mul", missing, np.array(float(MISSING_LEVEL)))
        levels = graph.op("Concat", levels, missing, axis=1)
    return add_sums(graph, encoder, levels, MAX_LEVEL)


def add_sums_of_inputs(graph, encoder, x):
    """Add sums of the features as they are."""
    return add_sums(graph, encoder, x, LARGEST_SUM)


def add_sums(graph, encoder, levels, largest):
    """Add bits [ C q <= lower or C q > upper ] of whole numbers q no larger than `largest`."""
    components = encoder.components_
    most = int(np.abs(components, dtype=np.int16).sum(axis=1, dtype=np.int64).max()) * largest
    dtype = np.float32 if most < EXACT_FLOAT32 else np.float64
    weights = graph.cast(graph.constant(components.T.copy()), dtype)
    sums = graph.op("MatMul", graph.cast(levels, dtype), weights)
    thresholds = np.clip(encoder.thresholds_.astype(np.int64), -most - 1, most + 1)
    lower, upper = thresholds.T.astype(dtype)
    return graph.op("Or", graph.op("LessOrEqual", sums, lower), graph.op("Greater", sums, upper))


def add_patches(graph, encoder, x):
    """Add the search for patches, at once for all of one side whose windows have one side.

    Of each patch the part of the image is cut out that it may cover; then a convolution of each
    with its own patch finds the correlation at each place.
    """
    patches, places = encoder.components_, encoder.places_
    sides = np.array(list(map(len, patches)))
    channels = patches[0].shape[2]
    if max(int(np.abs(p, dtype=np.int64).sum()) for p in patches) * GREY_LEVELS >= EXACT_FLOAT32:
        raise ValueError(
            "estimator: sums of its LocalPatchEncoder may exceed 2^24, which is not exact in "
            "ONNX. Fit with a smaller patch_size."
        )
    levels = add_levels(graph, x, encoder.offset_, encoder.scale_, 0, GREY_LEVELS)
    levels = graph.cast(levels, np.float32)
    kinds = np.stack([sides, places[:, 2]], axis=1)
    found, order = [], []
    for side, window in np.unique(kinds, axis=0).tolist():
        members = np.flatnonzero((kinds == [side, window]).all(axis=1))
        pixels = covered(encoder, places[members, :2], side + window - 1)
        n, size = len(members), pixels.shape[-1]
        cut = graph.op("Gather", levels, pixels.reshape(-1), axis=1)
        cut = graph.op("Reshape", cut, np.array([-1, n * channels, size, size]))
        weights = np.stack([patches[i] for i in members]).transpose(0, 3, 1, 2)
        weights = graph.cast(graph.constant(np.ascontiguousarray(weights)), np.float32)
        sums = graph.op("GlobalMaxPool", graph.op("Conv", cut, weights, group=n))
        sums = graph.op("Reshape", sums, np.array([-1, n]))
        found.append(graph.op("Greater", sums, encoder.thresholds_[members].astype(np.float32)))
        order.append(members)
    bits = graph.op("Concat", *found, axis=1)
    return graph.op("Gather", bits, np.argsort(np.concatenate(order)), axis=1)


def covered(encoder, starts, side):
    """Return the pixels of squares, int64 (n_squares, channels, side, side)."""
    shape = (*encoder.image_shape, 1)[:3]
    pixels = np.arange(encoder.n_features_in_).reshape(shape)
    squares = [pixels[top : top + side, left : left + side] for top, left in starts]
    return np.stack(squares).transpose(0, 3, 1, 2)


ENCODERS: dict = {
    ThermometerEncoder: add_thermometer,
    RandomProjectionEncoder: add_projection,
    SparseSumEncoder: add_sums_of_inputs,
    LocalPatchEncoder: add_patches,
    BinaryEncoder: add_bits,
}
