"""BEP itself: packed bits, layers, the rule, the targets, and networks of layers.

Begin with `tests/reference.py`: the whole algorithm again, slow and obvious.
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
