"""From fitted estimators to what predicts elsewhere."""

from bepsk.estimators import inference_only
from bepsk.export._c import CModel, to_c

__all__ = ["CModel", "inference_only", "to_c"]
