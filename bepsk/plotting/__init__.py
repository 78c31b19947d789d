"""Pictures of training, weights, margins and bits, in the manner of scikit-learn's displays.

They need matplotlib: ``pip install 'bepsk[plot]'``.
"""

from bepsk.plotting._encoders import EncoderDisplay
from bepsk.plotting._margins import MarginDisplay
from bepsk.plotting._training import TrainingCurveDisplay
from bepsk.plotting._weights import HiddenWeightDisplay

__all__ = ["EncoderDisplay", "HiddenWeightDisplay", "MarginDisplay", "TrainingCurveDisplay"]
