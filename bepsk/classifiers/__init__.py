"""The scikit-learn estimators."""

from bepsk.classifiers.mlp import BEPMLPClassifier

__all__ = ["BEPMLPClassifier"]
