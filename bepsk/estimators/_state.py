"""What holds of the state of every fitted estimator; anything else is refused."""

from dataclasses import astuple
from numbers import Integral, Real

import numpy as np

from bepsk._sklearn_compat import Interval
from bepsk._state import check_attributes, checked_array, describe, refuse
from bepsk.encoders import BitEncoder
from bepsk.kernels.learners import MAX_WINDOW
from bepsk.network.packed import bit_means
from bepsk.training import Patience, Progress

NATURAL = Interval(Integral, 0, 2**63, closed="left")
MAX_COUNT = 2**62
SHARE = Interval(Real, 0, 1, closed="both")
NUMBER = Interval(Real, None, None, closed="both")
POSITIVE = Interval(Real, 0, None, closed="neither")

PROGRESS = {
    "n_iter_": NATURAL,
    "t_": NATURAL,
    "_n_steps": NATURAL,
    "_seed": Interval(Integral, 0, 2**32, closed="left"),
    "_error": SHARE,
}
"""Numbers that training goes on from."""
SCORES = "loss_curve_", "train_scores_", "validation_scores_"
"""Lists that training appends to."""
MOST_KEPT = 10_000
"""How many scores of earlier epochs a call keeps: a stream has no end."""


def settle_weights(estimator, expected_shapes):
    """Check the hidden weights, and make them read-only.

    Parameters
    ----------
    estimator : estimator
    expected_shapes : callable
        Takes the number of inputs and the widths of all layers; returns the shapes of all layers.
    """
    name, weights = "hidden_weights_", vars(estimator).get("hidden_weights_")
    if not isinstance(weights, (list, tuple)) or not weights:
        refuse(estimator, name, "a list of int16 arrays, one per layer", describe(weights))
    weights = [
        checked_array(estimator, f"{name}[{i}]", H, np.int16, (None, None))
        for i, H in enumerate(weights)
    ]
    shapes = [H.shape for H in weights]
    encoder, n_inputs = vars(estimator).get("encoder_"), shapes[0][1]
    if estimator.n_bias_ >= n_inputs:
        refuse(estimator, "n_bias_", f"below {n_inputs}, the inputs", estimator.n_bias_)
    if isinstance(encoder, BitEncoder):
        n_inputs = encoder.n_features_out_ + estimator.n_bias_
    expected = expected_shapes(n_inputs, [n_neurons for n_neurons, _ in shapes])
    if shapes != expected:
        refuse(estimator, name, f"a list of arrays of the shapes {expected}", shapes)
    for i, H in enumerate(weights):
        if not np.bitwise_and.reduce(H, axis=None) & 1:
            refuse(estimator, f"{name}[{i}]", "odd integers", "even ones")
    estimator.hidden_weights_ = weights


def check_bits(estimator, n_bits):
    """Raise ValueError unless the encoder gives as many bits as the network reads."""
    n_inputs, n_bias = estimator.hidden_weights_[0].shape[-1], estimator.n_bias_
    if n_bits != n_inputs:
        expected = f"an encoder to {n_inputs - n_bias} bits"
        refuse(estimator, "encoder_", expected, f"one to {n_bits - n_bias}")


def check_progress(estimator, widths, layers):
    """Raise ValueError unless training can go on from what the estimator kept of it.

    Parameters
    ----------
    estimator : estimator
    widths : list of int
        Neurons of each layer that is cut into groups.
    layers : list of Layer
        All layers of its network.
    """
    check_attributes(estimator, PROGRESS)
    for name in SCORES:
        listed(estimator, name)
    if vars(estimator).get("group_sizes_") != []:
        groups = [Interval(Integral, 0, width, closed="right") for width in widths]
        check_list(estimator, "group_sizes_", groups)
    for name in ("_growth", "_stopping"):
        check_list(estimator, name, [NUMBER, NATURAL])
    windows = listed(estimator, "_windows")
    if len(windows) != len(layers):
        refuse(estimator, "_windows", f"a list of {len(layers)} arrays", f"{len(windows)} of them")
    for i, (values, layer) in enumerate(zip(windows, layers, strict=True)):
        values = checked_array(estimator, f"_windows[{i}]", values, np.int32, (layer.n_neurons,))
        if values.min() < 0 or values.max() > MAX_WINDOW:
            refuse(estimator, f"_windows[{i}]", f"in 0 .. {MAX_WINDOW}", "other values")
    if vars(estimator).get("_bit_counts", "missing") is not None:
        n_counts = layers[0].n_inputs + 1
        counts = checked_array(
            estimator, "_bit_counts", vars(estimator).get("_bit_counts"), np.int64, (n_counts,)
        )
        if not 0 <= counts.min() <= counts.max() == counts[-1] > 0 or counts[-1] > MAX_COUNT:
            expected = f"in 0 .. the last of them, that in 1 .. {MAX_COUNT}"
            refuse(estimator, "_bit_counts", expected, "other values")


def keep_progress(estimator, progress):
    """Set the attributes of an estimator that say how far its training has come.

    Parameters
    ----------
    estimator : estimator
    progress : Progress
    """
    estimator.group_sizes_ = progress.group_sizes
    estimator.n_iter_ = progress.n_epochs
    estimator.t_ = progress.n_seen
    estimator.loss_curve_ = progress.losses
    estimator.train_scores_ = progress.train_scores
    estimator.validation_scores_ = progress.validation_scores
    estimator._seed = progress.seed
    estimator._n_steps = progress.n_steps
    estimator._error = progress.error
    estimator._growth = list(astuple(progress.growth))
    estimator._stopping = list(astuple(progress.stopping))
    estimator._bit_counts = progress.bit_counts


def recall_progress(estimator):
    """Return how far the training of an estimator has come, as `keep_progress` has kept it.

    Parameters
    ----------
    estimator : estimator

    Returns
    -------
    progress : Progress
    """
    return Progress(
        seed=estimator._seed,
        group_sizes=list(estimator.group_sizes_),
        n_steps=estimator._n_steps,
        n_epochs=estimator.n_iter_,
        n_seen=estimator.t_,
        error=estimator._error,
        growth=Patience(*estimator._growth),
        stopping=Patience(*estimator._stopping),
        losses=list(estimator.loss_curve_[-MOST_KEPT:]),
        train_scores=list(estimator.train_scores_[-MOST_KEPT:]),
        validation_scores=list(estimator.validation_scores_[-MOST_KEPT:]),
        bit_counts=estimator._bit_counts,
    )


def recall_network(estimator):
    """Return a copy of the network of an estimator, ready to be trained on.

    Parameters
    ----------
    estimator : estimator

    Returns
    -------
    network : BinaryNetwork
    """
    network = estimator._network().copy()
    for layer, windows in zip(network.layers, estimator._windows, strict=True):
        layer.windows = windows
    first, counts = network.layers[0], estimator._bit_counts
    if counts is not None:
        first.input_means = bit_means(counts, estimator.n_bias_, **estimator._mean_options())
    first.n_bias = estimator.n_bias_
    return network


def check_same_widths(estimator):
    """Raise ValueError if a warm start is asked for other widths than the estimator has."""
    widths, wanted = estimator._network().widths, estimator._widths()
    if widths != wanted:
        raise ValueError(
            f"warm_start=True keeps the widths of the previous fit, {widths}; "
            f"{estimator._width_parameters} now ask for {wanted}."
        )


def check_list(estimator, name, constraints):
    """Raise ValueError unless an attribute is a list of numbers, each under its constraint."""
    values = listed(estimator, name)
    if len(values) != len(constraints):
        refuse(estimator, name, f"a list of {len(constraints)} numbers", f"{len(values)} of them")
    for i, (value, constraint) in enumerate(zip(values, constraints, strict=True)):
        if not constraint.is_satisfied_by(value):
            refuse(estimator, f"{name}[{i}]", constraint, describe(value))


def listed(estimator, name):
    """Return an attribute that is a list; ValueError if it is none."""
    values = vars(estimator).get(name)
    if not isinstance(values, (list, tuple)):
        refuse(estimator, name, "a list of numbers", describe(values))
    return values
