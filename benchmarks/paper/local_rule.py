"""The local rule of Colombo et al. (2025): each layer learns for a classifier of its own."""

import numpy as np

from bepsk import BEPMLPClassifier
from bepsk.network import ClassTargets, FeedForwardNetwork, Update
from bepsk.network.noise import SILENCE
from bepsk.network.randomness import Stream, derive_key, random_signs


class LocalRuleNetwork(FeedForwardNetwork):
    """Layers whose error is their own prototype of the class; nothing flows back.

    Parameters
    ----------
    layers : list of Layer
    targets : list of ClassTargets
        The fixed classifier P_l of each layer.
    """

    def __init__(self, layers, targets):
        super().__init__(layers, targets[-1])
        self.local_targets = targets

    def compute_update(self, inputs, y, sample_weight, rule, n_threads=1, noise=SILENCE):
        """Compute what a mini-batch asks of the hidden weights, see `BinaryNetwork`."""
        deltas = []
        for index, (layer, targets) in enumerate(zip(self.layers, self.local_targets, strict=True)):
            inputs = noise.flip(inputs, layer.n_inputs - layer.n_bias, index, 0)
            z, signs = layer.forward(inputs, n_threads)
            logits = targets.read(signs, n_threads)
            triggered, error, counts = targets.trigger(logits, y, sample_weight, rule.margin)
            deltas.append(
                rule.increments(
                    index, layer, z, signs, error, inputs, triggered, sample_weight, n_threads
                )
            )
            inputs = signs
        return Update(deltas, *counts)


class LocalRuleClassifier(BEPMLPClassifier):
    """`BEPMLPClassifier` with the local rule under random classifiers; `gate` plays no part."""

    def draw(self, n_classes, n_outputs, key):
        """Return the targets of a layer of this width."""
        return ClassTargets(random_signs(key, n_classes, n_outputs).astype(np.int8))

    def make_network(self, n_inputs, seed):
        """Draw the layers of a perceptron, and targets for each."""
        network = super().make_network(n_inputs, seed)
        *below, top = network.widths
        n_classes = network.targets.n_classes
        targets = [
            self.draw(n_classes, width, derive_key(seed, Stream.FRAME, index))
            for index, width in enumerate(below, start=1)
        ]
        targets.append(self.draw(n_classes, top, derive_key(seed, Stream.FRAME)))
        return LocalRuleNetwork(network.layers, targets)


class FramedLocalRuleClassifier(LocalRuleClassifier):
    """The local rule under equiangular frames, which BEP has for its one classifier (App. C)."""

    def draw(self, n_classes, n_outputs, key):
        """Return the targets of a layer of this width."""
        return ClassTargets.random(n_classes, n_outputs, key)
