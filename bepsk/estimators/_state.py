"""What holds of the state of every fitted estimator; anything else is refused."""

from numbers import Integral, Real

import numpy as np

from bepsk._sklearn_compat import Interval
from bepsk._state import check_attributes, checked_array, describe, refuse
from bepsk.encoders import BitEncoder

NATURAL = Interval(Integral, 0, 2**63, closed="left")
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
    if isinstance(encoder, BitEncoder):
        n_inputs = encoder.n_features_out_
    expected = expected_shapes(n_inputs, [n_neurons for n_neurons, _ in shapes])
    if shapes != expected:
        refuse(estimator, name, f"a list of arrays of the shapes {expected}", shapes)
    for i, H in enumerate(weights):
        if not np.bitwise_and.reduce(H, axis=None) & 1:
            refuse(estimator, f"{name}[{i}]", "odd integers", "even ones")
    estimator.hidden_weights_ = weights


def check_bits(estimator, n_bits):
    """Raise ValueError unless the encoder gives as many bits as the network reads."""
    n_inputs = estimator.hidden_weights_[0].shape[-1]
    if n_bits != n_inputs:
        refuse(estimator, "encoder_", f"an encoder to {n_inputs} bits", f"one to {n_bits}")


def check_progress(estimator, widths):
    """Raise ValueError unless training can go on from what the estimator kept of it.

    Parameters
    ----------
    estimator : estimator
    widths : list of int
        Neurons of each layer that is cut into groups.
    """
    check_attributes(estimator, PROGRESS)
    for name in SCORES:
        listed(estimator, name)
    groups = [Interval(Integral, 0, width, closed="right") for width in widths]
    check_list(estimator, "group_sizes_", groups)
    for name in ("_growth", "_stopping"):
        check_list(estimator, name, [NUMBER, NATURAL])


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
