"""BEP itself: packed bits, layers, the equiangular frame, and networks of layers."""

from bepsk.network.feedforward import FeedForwardNetwork
from bepsk.network.network import Update
from bepsk.network.recurrent import RecurrentNetwork, Sequences

__all__ = ["FeedForwardNetwork", "RecurrentNetwork", "Sequences", "Update"]
