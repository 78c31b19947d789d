"""BEP itself: packed bits, layers, the rules, the targets, and networks of layers.

Begin with `tests/reference.py`: the whole algorithm again, slow and obvious.
"""

from bepsk.network.contrastive_rule import ContrastiveRule
from bepsk.network.feedforward import FeedForwardNetwork
from bepsk.network.label_targets import LabelTargets
from bepsk.network.number_targets import NumberTargets
from bepsk.network.paper_rule import PaperRule
from bepsk.network.recurrent import RecurrentNetwork
from bepsk.network.rule import Rule
from bepsk.network.sequences import Sequences
from bepsk.network.targets import ClassTargets
from bepsk.network.update import Update

__all__ = [
    "ClassTargets",
    "ContrastiveRule",
    "FeedForwardNetwork",
    "LabelTargets",
    "NumberTargets",
    "PaperRule",
    "RecurrentNetwork",
    "Rule",
    "Sequences",
    "Update",
]
