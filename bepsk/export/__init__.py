"""From fitted estimators to what predicts elsewhere."""

from bepsk.estimators import inference_only
from bepsk.export._c import CModel, to_c
from bepsk.export._learner import dump_weights, load_weights

__all__ = ["CModel", "dump_weights", "inference_only", "load_weights", "to_c"]
