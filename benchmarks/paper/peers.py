"""Peers that are not scikit-learn's own, and what brings series into their form."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin

from benchmarks.common import train_tsetlin

SHORTEST = 9
"""MiniRocket's kernels have so many taps; shorter series are stretched by their last value."""


class FlatSeries(TransformerMixin, BaseEstimator):
    """Series as rows: (n_samples, n_timesteps * n_features), without NaN."""

    def fit(self, X, y=None):
        """Do nothing."""
        return self

    def transform(self, X):
        """Fill and flatten."""
        return fill(X).reshape(len(X), -1)


class MiniRocket(ClassifierMixin, BaseEstimator):
    """aeon's MiniRocketClassifier; aeon is needed only to fit and predict."""

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y):
        """Train from scratch."""
        from aeon.classification.convolution_based import MiniRocketClassifier

        self.classifier_ = MiniRocketClassifier(random_state=self.random_state, n_jobs=1)
        self.classifier_.fit(channels_first(X), y)
        self.classes_ = self.classifier_.classes_
        return self

    def predict(self, X):
        """Predict labels."""
        return self.classifier_.predict(channels_first(X))


class TsetlinMachine(ClassifierMixin, BaseEstimator):
    """A Tsetlin machine of green-tsetlin, over bits; the package is needed only to fit."""

    def __init__(self, n_clauses=1050, s=10.0, threshold=1000, max_iter=15, random_state=None):
        self.n_clauses = n_clauses
        self.s = s
        self.threshold = threshold
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X, y):
        """Train from scratch."""
        self.classes_, codes = np.unique(y, return_inverse=True)
        machine = train_tsetlin(
            X,
            codes,
            n_clauses=self.n_clauses,
            s=self.s,
            threshold=self.threshold,
            n_jobs=1,
            n_epochs=self.max_iter,
            seed=1 + (self.random_state or 0),
        )
        self.predictor_ = machine.get_predictor()
        return self

    def predict(self, X):
        """Predict labels."""
        return self.classes_[[self.predictor_.predict(x) for x in X.astype(np.uint8)]]


def fill(X):
    """Replace NaN inside a series by the line between its neighbours, at its ends by the nearest.

    Parameters
    ----------
    X : float array, shape (n_samples, n_timesteps, n_features)
    """
    filled = np.array(X, dtype=np.float32)
    times = np.arange(X.shape[1])
    for series in filled:
        for feature in series.T:
            there = ~np.isnan(feature)
            if not there.all():
                feature[:] = np.interp(times, times[there], feature[there])
    return filled


def channels_first(X):
    """Return filled series (n_samples, n_features, n_timesteps), at least SHORTEST long."""
    X = fill(X).transpose(0, 2, 1)
    return np.pad(X, [(0, 0), (0, 0), (0, max(0, SHORTEST - X.shape[2]))], mode="edge")
