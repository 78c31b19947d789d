"""What all networks share: binary layers, a fixed classifier on top, and summed updates."""

from copy import copy
from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from bepsk.kernels import update
from bepsk.network.layer import Layer
from bepsk.network.packed import interleave, multiply, pack_bits
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

    A subclass adds `infer` and `compute_update`.

    Parameters
    ----------
    layers : list of Layer
    prototypes : int8 array of +-1, shape (n_classes, n_neurons of the last layer)
    """

    def __init__(self, layers, prototypes):
        self.layers = layers
        self.prototypes = prototypes
        self.packed_prototypes = pack_bits(prototypes > 0)
        self._prototype_panels = interleave(self.packed_prototypes)

    def copy(self):
        """Return an independent network with the same weights."""
        network = copy(self)
        network.layers = [
            Layer(layer.hidden_weights.copy(), layer.visible_weights.copy())
            for layer in self.layers
        ]
        return network

    def classify(self, activations, n_threads):
        """Return y = P a_L, int32 (n_samples, n_classes), of the last layer's packed a_L."""
        n_classes, n_outputs = self.prototypes.shape
        panels = self._prototype_panels
        return multiply(activations, panels, n_outputs, n_classes, n_threads, signs=False)[0]

    def infer(self, inputs, n_threads):
        """Return the logits of a block of samples."""
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
            logits[rows] = self.infer(inputs[rows], n_threads)
        return logits

    def trigger(self, logits, classes, weights, margin):
        """Find the samples that miss the margin (Eq. 1).

        Returns
        -------
        rows : int32 array, shape (n,)
            Which they are; samples of weight 0 are left out.
        desired : packed bits, shape (n, words)
            a*_L = rho_c, the prototype of each one's class.
        counts : list of int
            n_triggered, n_wrong and n_samples of `Update`.
        """
        rows = np.empty(len(logits), dtype=np.int32)
        prototypes = self.packed_prototypes
        desired = np.empty((len(logits), prototypes.shape[1]), dtype=np.uint64)
        bound = margin * self.prototypes.shape[1]
        n, *counts = update.trigger(logits, classes, weights, bound, prototypes, rows, desired)
        return rows[:n], desired[:n], counts

    def anneal(self, times):
        """Triple the hidden weights so many times: each time increments count a third."""
        for layer in self.layers * times:
            layer.anneal()

    def apply_update(self, deltas, n_threads=1, *, rate=0.0, key=0):
        """Add the summed deltas to the hidden weights, once, renew their signs, and reinforce.

        Every layer reinforces with p_l = rate sqrt(2 / (pi K_l)) (Sec. 3.3).
        """
        for index, (layer, increments) in enumerate(zip(self.layers, deltas, strict=True)):
            probability = rate * sqrt(2 / (pi * layer.n_neurons))
            layer.apply_update(increments, n_threads, probability, derive_key(key, index))
