"""Inputs as a model may see them, and what its estimator makes of them."""

import numpy as np

from bepsk.export._model import Bits, Thermometer
from bepsk.network import NumberTargets
from bepsk.network.number_targets import UNIT


def example_inputs(model, n_rows, seed):
    """Draw rows around what the encoder tells apart.

    Parameters
    ----------
    model : Model
    n_rows : int
    seed : int

    Returns
    -------
    X : array of the model's input type, shape (n_rows, n_features)
    """
    rng = np.random.default_rng(seed)
    n, first = model.encoder.n_features, model.encoder.first
    if isinstance(first, Bits):
        return rng.integers(0, 2, (n_rows, n)).astype(model.input_type)
    if isinstance(first, Thermometer):
        low = np.array([cut[0] - 1 if len(cut) else 0 for cut in first.cuts])
        high = np.array([cut[-1] + 2 if len(cut) else 1 for cut in first.cuts])
        if model.input_type == "float32":
            return rng.standard_normal((n_rows, n)).astype(np.float32)
    elif first.scale is None:
        high = np.full(n, np.abs(first.bounds).max())
        low = -high
    else:
        low, high = np.broadcast_to([first.scale.low, first.scale.high], (2, n))
    info = np.iinfo(model.input_type)
    X = rng.integers(
        np.maximum(low, info.min), np.minimum(high, info.max), (n_rows, n), endpoint=True
    )
    return X.astype(model.input_type)


def estimator_logits(estimator, X):
    """Return the integer logits of an estimator for rows, or of one series for its steps.

    Parameters
    ----------
    estimator : estimator
    X : array, shape (n_rows, n_features)
        Rows; of a recurrent estimator what each step of one series sees.

    Returns
    -------
    logits : int array, shape (n_rows, n_classes)
        Of a regressor its sums in 512ths, shape (n_rows, 1).
    """
    members = getattr(estimator, "estimators_", [estimator])
    return sum(map(member_logits, members, [X.astype(np.float64)] * len(members)))


def member_logits(member, X):
    """Return the logits of one network."""
    if not hasattr(member, "step"):
        network = member.network_
        levels = network.logits(member.encode(X))
        if not isinstance(network.targets, NumberTargets):
            return levels
        return (2 * UNIT * network.targets.decode(levels)).astype(np.int64)[:, np.newaxis]
    window = (1 + member.overlap_) * member.patch_length_
    state, logits = None, []
    for x in X.reshape(len(X), window, -1):
        state, step_logits = member.step(x[0] if window == 1 else x, state)
        logits.append(step_logits)
    return np.array(logits)
