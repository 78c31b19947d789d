"""Epochs, mini-batches, schedules and early stopping over any network of bits."""

from bepsk.training.schedules import Patience
from bepsk.training.trainer import Progress, Settings, TrainingData, run_epoch, train

__all__ = ["Patience", "Progress", "Settings", "TrainingData", "run_epoch", "train"]
