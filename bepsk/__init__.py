"""Neural networks made of bits, trained on bits: Binary Error Propagation for scikit-learn."""

from bepsk._show_versions import show_versions
from bepsk.estimators import (
    BEPMLPClassifier,
    BEPMLPRegressor,
    BEPRNNClassifier,
    TrajectoryEnsembleClassifier,
    search_space,
)

__all__ = [
    "BEPMLPClassifier",
    "BEPMLPRegressor",
    "BEPRNNClassifier",
    "TrajectoryEnsembleClassifier",
    "search_space",
    "show_versions",
]
__version__ = "0.3.0"
