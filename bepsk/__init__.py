"""Neural networks made of bits, trained on bits: Binary Error Propagation for scikit-learn."""

from bepsk import encoders, estimators
from bepsk._show_versions import show_versions
from bepsk.estimators import (
    BEPMLPClassifier,
    BEPMLPRegressor,
    BEPRNNClassifier,
    TrajectoryEnsembleClassifier,
    search_space,
)
from bepsk.training import store_rows

__all__ = [
    "BEPMLPClassifier",
    "BEPMLPRegressor",
    "BEPRNNClassifier",
    "TrajectoryEnsembleClassifier",
    "search_space",
    "show_versions",
    "store_rows",
]
__version__ = "0.4.0"

SKOPS_TRUSTED_TYPES = [
    f"{value.__module__}.{value.__qualname__}"
    for room in (encoders, estimators)
    for value in map(vars(room).get, room.__all__)
    if isinstance(value, type)
] + ["bepsk.estimators._categories.CategoriesToNumbers"]
"""What `skops.io.load(file, trusted=)` needs for files of fitted estimators and encoders."""
