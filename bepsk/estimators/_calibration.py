"""Probabilities from integer logits: a softmax with one fitted temperature."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

SHARPEST = 1 / 20
"""Smallest temperature, in units of the largest possible difference of two logits, 2 K_L, so that
probabilities stay distinct in floating point."""


def fit_temperature(logits, y, sample_weight, n_neurons):
    """Minimise the log loss of softmax(logits / temperature).

    The true class counts as 1 - 1 / (n_samples + 2), and all classes share the rest (after Platt),
    so that a training set without errors does not call for certainty.

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
    doubt = 1 / (len(logits) + 2)
    samples = np.arange(len(logits))

    def loss(log_temperature):
        log_proba = log_softmax(logits / np.exp(log_temperature), axis=1)
        true = log_proba[samples, y]
        return -np.average(
            (1 - doubt) * true + doubt * log_proba.mean(axis=1), weights=sample_weight
        )

    widest = 2 * n_neurons
    bounds = np.log(widest * SHARPEST), np.log(10 * widest)
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))
