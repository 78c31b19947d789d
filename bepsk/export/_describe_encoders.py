"""From a fitted encoder, by its public attributes alone, to its description."""

import warnings
from dataclasses import replace

import numpy as np
from sklearn.pipeline import Pipeline

from bepsk.encoders import (
    BinaryEncoder,
    BinaryExpansionEncoder,
    LocalPatchEncoder,
    RandomProjectionEncoder,
    SparseSumEncoder,
    ThermometerEncoder,
)
from bepsk.export import _model as model
from bepsk.export._fixed_point import make_scale

INTEGERS = ["uint8", "int8", "int16", "int32"]
TYPES = [*INTEGERS, "float32"]
LEVELS_PER_SIGMA = 128
MAX_LEVEL = 1023
GREY_LEVELS = 255
INT32_MAX = 2**31 - 1


def describe_encoder(encoder, input_type, any_order):
    """Describe a fitted encoder.

    Returns
    -------
    encoder : Encoder
    inputs : Inputs
        Which bits come where, in another order than in Python if `any_order`; and which are
        constant for this type of input.
    input_type : str
        What "auto" means here.
    """
    kind, first, others = encoder_steps(encoder)
    choose_type, describe_first = ENCODERS[kind]
    if input_type == "auto":
        input_type = choose_type(first)
    if input_type == "float32" and kind is not ThermometerEncoder:
        raise ValueError(
            "input_type='float32' needs ThermometerEncoder, which only compares numbers; the "
            f"model has a {type(first).__name__}. Fit on whole numbers, as a device reads them, "
            "and choose an integer type."
        )
    described, constant = describe_first(first, input_type)
    inputs = model.Inputs(np.arange(len(constant)), constant)
    if any_order and isinstance(described, model.Projection) and is_sparse(described):
        described, order = described.sorted()
        inputs = replace(inputs, order=order)
    expansions = []
    for step in others:
        expansions.append(model.make_layer(step.components_, inputs))
        inputs = model.Inputs.plain(len(step.components_))
    n_bits = int((inputs.constant == 0).sum())
    described = model.Encoder(encoder.n_features_in_, n_bits, described, tuple(expansions))
    return described, inputs, input_type


def encoder_steps(encoder):
    """Take a fitted encoder apart.

    Returns
    -------
    kind : class
        One of ENCODERS.
    first : encoder
        Of this kind.
    expansions : list of BinaryExpansionEncoder
        What reads its bits.
    """
    steps = [encoder]
    if isinstance(encoder, Pipeline):
        steps = [step for _, step in encoder.steps if step not in (None, "passthrough")]
    first, *expansions = steps
    if isinstance(first, BinaryExpansionEncoder):
        first, expansions = BinaryEncoder().fit(np.zeros((1, first.n_features_in_))), steps
    kind = next((kind for kind in ENCODERS if isinstance(first, kind)), None)
    if kind is None:
        refuse(first, ", ".join(kind.__name__ for kind in ENCODERS))
    for step in expansions:
        if not isinstance(step, BinaryExpansionEncoder):
            refuse(step, "in a pipeline, an encoder and then BinaryExpansionEncoder")
    return kind, first, expansions


def refuse(step, expected):
    """Raise the TypeError of an encoder that cannot be exported."""
    raise TypeError(
        f"estimator: its encoder_ must be, to be exported, one of: {expected}; got a "
        f"{type(step).__name__}. Fit with one of these, or feed bits with encoder='binary'."
    )


def smallest_type(low, high):
    """Return the first integer type that holds the numbers from low to high; None if none does."""
    for name in INTEGERS:
        if np.iinfo(name).min <= low and high <= np.iinfo(name).max:
            return name
    return None


def type_of_thermometer(encoder):
    """Choose an integer type if all thresholds lie at or midway between integers."""
    cuts = np.concatenate(encoder.thresholds_)
    whole = np.isfinite(cuts).all() and (2 * cuts == np.rint(2 * cuts)).all()
    if not whole or encoder.missing_.any():
        return "float32"
    return smallest_type(np.floor(cuts.min()), np.ceil(cuts.max())) or "float32"


def describe_thermometer(encoder, input_type):
    """Turn thresholds so that comparisons are exact for every value of the type."""
    floats = input_type == "float32"
    cuts = []
    for feature, thresholds in enumerate(encoder.thresholds_):
        turned = float_cuts(thresholds) if floats else integer_cuts(thresholds, feature, input_type)
        # The bit of a missing value comes last; nothing is above this cut.
        cuts.append(np.append(turned, np.repeat(INT32_MAX, encoder.missing_[feature])))
    features = np.flatnonzero(encoder.missing_)
    bits = np.cumsum(list(map(len, cuts)))[features] - 1
    constant = np.zeros(sum(map(len, cuts)), dtype=int)
    if floats:
        return model.Thermometer(tuple(cuts), np.stack([features, bits], axis=1)), constant
    constant[bits] = -1  # no integer is missing
    cuts = [cut[: len(encoder.thresholds_[feature])] for feature, cut in enumerate(cuts)]
    return model.Thermometer(tuple(cuts), np.zeros((0, 2), dtype=int)), constant


def integer_cuts(thresholds, feature, input_type):
    """Return integers c such that x > c if and only if x > threshold."""
    info, cuts = np.iinfo(input_type), np.floor(thresholds)
    beyond = (cuts < info.min) | (cuts > info.max)
    if beyond.any():
        raise ValueError(
            f"input_type={input_type!r} cannot hold the data: feature {feature} is compared with "
            f"{thresholds[beyond][0]}. Choose a wider type."
        )
    return cuts.astype(np.int64)


def float_cuts(thresholds):
    """Return keys, integers that compare as floats do, of thresholds rounded down to float32."""
    with np.errstate(over="ignore"):
        cuts = thresholds.astype(np.float32)
    too_high = cuts > thresholds
    cuts[too_high] = np.nextafter(cuts[too_high], np.float32(-np.inf))
    bits = (cuts + np.float32(0)).view(np.int32)  # the sum makes 0 of -0
    return np.where(bits < 0, bits ^ np.int32(INT32_MAX), bits).astype(np.int64)


def type_of_projection(encoder):
    """Choose int16 if it holds all that the levels tell apart; warn of numbers too close."""
    with np.errstate(over="ignore", divide="ignore"):
        reach = MAX_LEVEL / encoder.scale_
        low, high = (encoder.offset_ - reach).min(), (encoder.offset_ + reach).max()
    if np.median(encoder.scale_) >= LEVELS_PER_SIGMA:
        warnings.warn(
            "The C of this model reads whole numbers, but the features that it was fitted on "
            "mostly vary by less than 1. If they are no whole numbers, multiply X before fit.",
            stacklevel=5,
        )
    return "int16" if smallest_type(low, high) in INTEGERS[:3] else "int32"


def describe_projection(encoder, input_type):
    """Put levels into fixed point, and move the thresholds along with them."""
    scale = make_scale(encoder.offset_, encoder.scale_, -MAX_LEVEL, MAX_LEVEL, input_type)
    # What follows the features are indicators of missing values; no integer is missing.
    components = encoder.components_[:, : encoder.n_features_in_]
    bounds = encoder.thresholds_ - (components @ scale.base)[:, np.newaxis]
    return projection(scale, components, bounds, np.zeros_like(scale.top), scale.top)


def type_of_sums(encoder):
    """Choose int16, which holds all that the encoder takes."""
    return "int16"


def describe_sums(encoder, input_type):
    """Take the sums as they are."""
    n, info = encoder.n_features_in_, np.iinfo(input_type)
    low, high = max(info.min, -(2**15)), min(info.max, 2**15 - 1)
    return projection(
        None, encoder.components_, encoder.thresholds_, np.full(n, low), np.full(n, high)
    )


def projection(scale, components, bounds, low, high):
    """Describe projections of levels that lie within low and high; bounds go no further."""
    up = np.maximum(components, 0).astype(np.int64)
    down = np.minimum(components, 0).astype(np.int64)
    lowest, highest = up @ low + down @ high, up @ high + down @ low
    if max(np.abs(lowest).max(), np.abs(highest).max()) >= 2**31 - 1:
        raise ValueError("estimator: sums of its encoder_ may exceed 32 bits.")
    bounds = np.clip(bounds, lowest[:, np.newaxis] - 1, highest[:, np.newaxis])
    described = model.Projection(scale, components, bounds, bounds[:, 0] >= lowest)
    return described, no_constants(bounds)


def is_sparse(projection):
    """Say whether numbers of features take less room than whole rows of weights."""
    return 3 * np.count_nonzero(projection.components) < projection.components.size


def no_constants(bits):
    """Return zeros, one per bit."""
    return np.zeros(len(bits), dtype=int)


def type_of_patches(encoder):
    """Choose the first integer type that holds all pixels."""
    span = GREY_LEVELS / encoder.scale_
    low, high = np.rint([encoder.offset_, encoder.offset_ + span])
    if abs(low - encoder.offset_) > 1e-6 or abs(high - low - span) > 1e-6:
        warnings.warn(
            "The C of this model reads whole numbers, but the pixels that its encoder was fitted "
            "on are others. Multiply X before fit, for example so that it is within 0 and 255.",
            stacklevel=5,
        )
    return smallest_type(low, high) or "int32"


def describe_patches(encoder, input_type):
    """Put levels into fixed point; their base is moved into the thresholds."""
    offset, scale = np.array([encoder.offset_]), np.array([encoder.scale_])
    scale = make_scale(offset, scale, 0, GREY_LEVELS, input_type)
    patches = encoder.components_
    sums = np.array([patch.sum(dtype=np.int64) for patch in patches])
    return model.Patches(
        scale,
        (*encoder.image_shape, 1)[:3],
        patches,
        encoder.places_,
        encoder.thresholds_ - sums * scale.base[0],
    ), no_constants(patches)


def type_of_bits(encoder):
    """Choose int8, which holds 0 / 1 and -1 / +1."""
    return "int8"


def describe_bits(encoder, input_type):
    """Describe bits that come as numbers."""
    return model.Bits(), np.zeros(encoder.n_features_in_, dtype=int)


ENCODERS: dict = {
    ThermometerEncoder: (type_of_thermometer, describe_thermometer),
    RandomProjectionEncoder: (type_of_projection, describe_projection),
    SparseSumEncoder: (type_of_sums, describe_sums),
    LocalPatchEncoder: (type_of_patches, describe_patches),
    BinaryEncoder: (type_of_bits, describe_bits),
}
"""For each encoder: what "auto" means, and how it is described."""
