"""The local rule of Colombo et al. (2025): each layer learns for a classifier of its own."""

from dataclasses import replace

from bepsk import BEPMLPClassifier
from bepsk.network import FeedForwardNetwork
from bepsk.network.frame import equiangular_frame
from bepsk.network.randomness import Stream, derive_key


class LocalRuleNetwork(FeedForwardNetwork):
    """Layers that take their own prototype of the class as the desired activation.

    To itself each layer is a network of one layer, trained by BEP on what the layers below give.

    Parameters
    ----------
    layers : list of Layer
    frames : list of int8 arrays of +-1, shapes (n_classes, width)
        The fixed classifier P_l of each layer.
    """

    def __init__(self, layers, frames):
        super().__init__(layers, frames[-1])
        self.frames = frames

    def compute_update(self, inputs, classes, weights, *, group_sizes, n_threads=1, **options):
        """Compute what a mini-batch asks of the hidden weights; nothing is changed."""
        deltas = []
        for layer, frame, group_size in zip(self.layers, self.frames, group_sizes, strict=True):
            alone = FeedForwardNetwork([layer], frame)
            update = alone.compute_update(
                inputs, classes, weights, group_sizes=[group_size], n_threads=n_threads, **options
            )
            deltas += update.deltas
            _, (_, inputs), _ = alone.forward(inputs, n_threads)
        return replace(update, deltas=deltas)


class LocalRuleClassifier(BEPMLPClassifier):
    """`BEPMLPClassifier` with the local rule; `gate` plays no part."""

    def _start(self, n_bits, seed):
        network, progress = super()._start(n_bits, seed)
        n_classes = len(network.prototypes)
        frames = [
            equiangular_frame(n_classes, layer.n_neurons, derive_key(seed, Stream.FRAME, index))
            for index, layer in enumerate(network.layers[:-1], start=1)
        ]
        return LocalRuleNetwork(network.layers, [*frames, network.prototypes]), progress
