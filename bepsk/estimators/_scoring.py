"""What early stopping watches: scores of a network on validation samples, more is better."""

from copy import copy

import numpy as np

from bepsk.estimators._calibration import fit_temperature, smoothed_losses


def log_loss(logits, y, sample_weight, n_neurons):
    """Return minus the log loss under the temperature that suits these samples best."""
    temperature = fit_temperature(logits, y, sample_weight, n_neurons)
    losses = smoothed_losses(temperature, logits, y)
    return -float(np.average(losses, weights=sample_weight))


def balanced_accuracy(logits, y, sample_weight, n_neurons):
    """Return the mean, over the classes that occur, of the share that is recognised."""
    right = np.bincount(y, sample_weight * (logits.argmax(axis=1) == y))
    total = np.bincount(y, sample_weight)
    return float((right[total > 0] / total[total > 0]).mean())


SCORES = {"log_loss": log_loss, "balanced_accuracy": balanced_accuracy}
"""Besides "accuracy", the score of the targets themselves."""


def make_scorer(scoring, estimator, X_val, y_val, progress):
    """Return the `scorer` of `Settings` for the parameter `scoring`.

    Parameters
    ----------
    scoring : str or callable
        A name, or a callable (estimator, X, y), as scikit-learn's scorers are.
    estimator : classifier
        The one that is being fitted.
    X_val, y_val : arrays
        The validation samples, not encoded.
    progress : Progress
        Of its training.

    Returns
    -------
    scorer : callable or None
        Called with a network and the encoded validation samples.
    """
    if callable(scoring):

        def score(network, data):
            view = copy(estimator)
            view._keep(network, progress)
            view._calibrate(network, data)
            return float(scoring(view, X_val, y_val))

    elif scoring in SCORES:

        def score(network, data):
            logits = network.logits(data.inputs, estimator._n_threads())
            return SCORES[scoring](logits, data.y, data.sample_weight, network.targets.n_outputs)

    else:
        return None
    return score
