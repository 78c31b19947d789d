"""BEP itself: packed bits, layers, the equiangular frame, the feed-forward network."""

from bepsk.network.feedforward import FeedForwardNetwork, Update

__all__ = ["FeedForwardNetwork", "Update"]
