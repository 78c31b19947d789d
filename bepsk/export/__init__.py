"""From fitted estimators to what predicts elsewhere."""

from bepsk.estimators import inference_only
from bepsk.export._c import CModel, to_c
from bepsk.export._learner import dump_weights, load_weights
from bepsk.export._onnx import register_converters, to_onnx

__all__ = [
    "CModel",
    "dump_weights",
    "inference_only",
    "load_weights",
    "register_converters",
    "to_c",
    "to_onnx",
]
