"""The local rule of Colombo et al. (2025): each layer learns for a classifier of its own."""

import numpy as np

from bepsk import BEPMLPClassifier
from bepsk.network import FeedForwardNetwork, Update
from bepsk.network.frame import equiangular_frame
from bepsk.network.network import BinaryNetwork
from bepsk.network.randomness import Stream, derive_key, random_signs


class LocalRuleNetwork(FeedForwardNetwork):
    """Layers that take their own prototype of the class as the desired activation.

    Parameters
    ----------
    layers : list of Layer
    classifiers : list of int8 arrays of +-1, shapes (n_classes, width)
        The fixed P_l of each layer.
    """

    def __init__(self, layers, classifiers):
        super().__init__(layers, classifiers[-1])
        self.classifiers = [BinaryNetwork([], prototypes) for prototypes in classifiers]

    def compute_update(self, inputs, classes, weights, *, margin, gate, group_sizes, n_threads=1):
        """Compute what a mini-batch asks of the hidden weights; nothing is changed."""
        deltas = []
        for layer, classifier, group_size in zip(
            self.layers, self.classifiers, group_sizes, strict=True
        ):
            z, signs = layer.forward(inputs, n_threads)
            logits = classifier.classify(signs, n_threads)
            rows, desired, counts = classifier.trigger(logits, classes, weights, margin)
            deltas.append(
                layer.compute_update(
                    z, signs, desired, inputs, rows, weights, group_size, n_threads
                )
            )
            inputs = signs
        return Update(deltas, *counts)


class LocalRuleClassifier(BEPMLPClassifier):
    """`BEPMLPClassifier` with the local rule under random classifiers; `gate` plays no part."""

    def draw(self, n_classes, n_neurons, key):
        """Return a classifier, int8 array of +-1, shape (n_classes, n_neurons)."""
        return random_signs(key, n_classes, n_neurons).astype(np.int8)

    def _start(self, n_bits, seed):
        network, progress = super()._start(n_bits, seed)
        below, top = network.layers[:-1], network.layers[-1]
        n_classes = len(self.classes_)
        classifiers = [
            self.draw(n_classes, layer.n_neurons, derive_key(seed, Stream.FRAME, index))
            for index, layer in enumerate(below, start=1)
        ]
        classifiers.append(self.draw(n_classes, top.n_neurons, derive_key(seed, Stream.FRAME)))
        return LocalRuleNetwork(network.layers, classifiers), progress


class FramedLocalRuleClassifier(LocalRuleClassifier):
    """The local rule under equiangular frames, which BEP has for its one classifier (App. C)."""

    def draw(self, n_classes, n_neurons, key):
        """Return a classifier, int8 array of +-1, shape (n_classes, n_neurons)."""
        return equiangular_frame(n_classes, n_neurons, key)
