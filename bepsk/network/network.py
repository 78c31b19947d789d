"""What all networks share: binary layers, a fixed classifier on top, and summed updates."""

from copy import copy
from dataclasses import dataclass

import numpy as np

from bepsk.kernels import product
from bepsk.network.layer import Layer
from bepsk.network.packed import pack_bits
from bepsk.network.randomness import derive_key

BLOCK_ROWS = 1024


@dataclass(frozen=True)
class Update:
    """What one mini-batch asks for; the deltas of several batches or workers may be summed.

    Attributes
    ----------
    deltas : list of Increments, one a layer
    n_triggered, n_wrong, n_samples : int
        Samples whose margin was missed, that were misclassified, and that were seen, each
        counted as often as its weight says.
    """

    deltas: list
    n_triggered: int
    n_wrong: int
    n_samples: int


class BinaryNetwork:
    """Layers under a fixed classifier; only the hidden integer weights learn.

    A subclass adds `forward` and `compute_update`.

    Parameters
    ----------
    layers : list of Layer
    prototypes : int8 array of +-1, shape (n_classes, n_neurons of the last layer)
    """

    def __init__(self, layers, prototypes):
        self.layers = layers
        self.prototypes = prototypes
        self.packed_prototypes = pack_bits(prototypes > 0)

    def copy(self):
        """Return an independent network with the same weights."""
        return self._with_layers(
            Layer(layer.hidden_weights.copy(), layer.visible_weights.copy())
            for layer in self.layers
        )

    def repacked(self):
        """Return this network with the visible weights made anew from the hidden ones."""
        return self._with_layers(Layer(layer.hidden_weights) for layer in self.layers)

    def _with_layers(self, layers):
        network = copy(self)
        network.layers = list(layers)
        return network

    def classify(self, activations, n_threads):
        """Return y = P a_L, int32 (n_samples, n_classes), of the last layer's packed a_L."""
        logits = np.empty((len(activations), len(self.prototypes)), dtype=np.int32)
        n_outputs = self.prototypes.shape[1]
        product.preactivation(activations, self.packed_prototypes, n_outputs, logits, n_threads)
        return logits

    def forward(self, inputs, n_threads):
        """Return what passes through the network, the logits last."""
        raise NotImplementedError

    def block_rows(self, inputs):
        """Return how many samples pass at once when only logits are wanted."""
        return BLOCK_ROWS

    def logits(self, inputs, n_threads=1):
        """Return y = P a_L of packed inputs, int32 (n_samples, n_classes)."""
        block_rows = self.block_rows(inputs)
        logits = np.empty((len(inputs), len(self.prototypes)), dtype=np.int32)
        for start in range(0, len(inputs), block_rows):
            rows = slice(start, start + block_rows)
            logits[rows] = self.forward(inputs[rows], n_threads)[-1]
        return logits

    def triggered(self, logits, classes, margin):
        """Return the indices of the samples that miss the margin (Eq. 1)."""
        return np.flatnonzero(margin_to_rival(logits, classes) < margin * self.prototypes.shape[1])

    def apply_update(self, deltas, n_threads=1):
        """Add the summed deltas to the hidden weights, once, and renew their signs."""
        for layer, increments in zip(self.layers, deltas, strict=True):
            layer.apply_update(increments, n_threads)

    def reinforce(self, rate, key, n_threads=1):
        """Reinforce every layer with p_l = rate sqrt(2 / (pi K_l)) (Sec. 3.3)."""
        for index, layer in enumerate(self.layers):
            probability = rate * float(np.sqrt(2 / (np.pi * layer.n_neurons)))
            layer.reinforce(probability, derive_key(key, index), n_threads)


def summarise(deltas, logits, classes, weights, triggered):
    """Return the Update of a mini-batch from its deltas, logits and triggered samples."""
    return Update(
        deltas,
        n_triggered=int(weights[triggered].sum()),
        n_wrong=int(weights[logits.argmax(axis=1) != classes].sum()),
        n_samples=int(weights.sum()),
    )


def margin_to_rival(logits, classes):
    """Return y_c - max_{c' != c} y_c', the lead of the true class (Eq. 1)."""
    samples = np.arange(len(logits))
    rivals = logits.astype(np.int64)
    rivals[samples, classes] = np.iinfo(np.int32).min
    return logits[samples, classes] - rivals.max(axis=1)
