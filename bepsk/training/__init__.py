"""Epochs, mini-batches, schedules and early stopping over any network of bits."""

from bepsk.training.checkpoint import Checkpoint
from bepsk.training.data import SpreadData, TrainingData
from bepsk.training.mapped import store_rows
from bepsk.training.progress import Course, Progress
from bepsk.training.report import Report
from bepsk.training.schedules import Patience
from bepsk.training.trainer import Settings, is_at_chance, run_epoch, train
from bepsk.training.workers import Spread, WorkerError, Workers

__all__ = [
    "Checkpoint",
    "Course",
    "Patience",
    "Progress",
    "Report",
    "Settings",
    "Spread",
    "SpreadData",
    "TrainingData",
    "WorkerError",
    "Workers",
    "is_at_chance",
    "run_epoch",
    "store_rows",
    "train",
]
