"""BEP itself: packed bits, layers, the rule, the targets, and networks of layers.

The whole algorithm once more, slow and obvious, is in `tests/reference.py`: begin there.
"""

from bepsk.network.feedforward import FeedForwardNetwork
from bepsk.network.recurrent import RecurrentNetwork, Sequences
from bepsk.network.rule import Rule
from bepsk.network.targets import ClassTargets
from bepsk.network.update import Update

__all__ = [
    "ClassTargets",
    "FeedForwardNetwork",
    "RecurrentNetwork",
    "Rule",
    "Sequences",
    "Update",
]
