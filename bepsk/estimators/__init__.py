"""The scikit-learn estimators."""

from bepsk.estimators.ensemble import TrajectoryEnsembleClassifier
from bepsk.estimators.inference import inference_only
from bepsk.estimators.mlp import BEPMLPClassifier
from bepsk.estimators.regressor import BEPMLPRegressor
from bepsk.estimators.rnn import BEPRNNClassifier
from bepsk.estimators.search import search_space

__all__ = [
    "BEPMLPClassifier",
    "BEPMLPRegressor",
    "BEPRNNClassifier",
    "TrajectoryEnsembleClassifier",
    "inference_only",
    "search_space",
]
