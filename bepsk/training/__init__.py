"""Epochs, mini-batches, schedules and early stopping over any network of bits."""

from bepsk.training.progress import Progress
from bepsk.training.schedules import Patience
from bepsk.training.trainer import Settings, TrainingData, report, run_epoch, train

__all__ = ["Patience", "Progress", "Settings", "TrainingData", "report", "run_epoch", "train"]
