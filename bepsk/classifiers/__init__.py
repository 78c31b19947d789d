"""The scikit-learn estimators."""

from bepsk.classifiers.ensemble import TrajectoryEnsembleClassifier
from bepsk.classifiers.mlp import BEPMLPClassifier
from bepsk.classifiers.rnn import BEPRNNClassifier

__all__ = ["BEPMLPClassifier", "BEPRNNClassifier", "TrajectoryEnsembleClassifier"]
