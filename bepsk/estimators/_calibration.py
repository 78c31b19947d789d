"""Probabilities from integer logits: a softmax with one fitted temperature."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

SHARPEST = 1 / 20
"""Smallest temperature, in units of the largest possible difference of two logits, 2 K_L, so that
probabilities stay distinct in floating point."""


def fit_temperature(logits, y, sample_weight, n_neurons):
    """Find the temperature that minimises the mean of `smoothed_losses`.

    Parameters
    ----------
    logits : int array, shape (n_samples, n_classes)
        The logits.
    y : int array, shape (n_samples,)
        The class of each sample.
    sample_weight : float array, shape (n_samples,)
        How much each sample counts.
    n_neurons : int
        K_L, width of the last layer: the largest possible logit.

    Returns
    -------
    temperature : float
        Between `SHARPEST` and 10 times the largest possible difference of two logits.
    """

    def loss(log_temperature):
        losses = smoothed_losses(np.exp(log_temperature), logits, y)
        return np.average(losses, weights=sample_weight)

    widest = 2 * n_neurons
    bounds = np.log(widest * SHARPEST), np.log(10 * widest)
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))


def smoothed_losses(temperature, logits, y):
    """Return the log loss of softmax(logits / temperature) for smoothed labels.

    The true class counts as 1 - 1 / (n_samples + 2), and all classes share the rest (after Platt),
    so that a few samples without errors do not call for certainty.

    Parameters
    ----------
    temperature : float
        What the logits are divided by.
    logits, y
        As in `fit_temperature`.

    Returns
    -------
    losses : float64 array, shape (n_samples,)
        In nats.
    """
    doubt = 1 / (len(logits) + 2)
    log_proba = log_softmax(logits / temperature, axis=1)
    true = log_proba[np.arange(len(logits)), y]
    return -(1 - doubt) * true - doubt * log_proba.mean(axis=1)
