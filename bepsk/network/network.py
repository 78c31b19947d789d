"""What all networks share: binary layers under targets, and updates that are applied at once."""

from copy import copy

import numpy as np

from bepsk.network.randomness import derive_key

BLOCK_ROWS = 1024


class BinaryNetwork:
    """Binary layers, of which only the hidden integer weights learn, and what the top is asked for.

    A subclass adds `infer` and `compute_update`.

    Parameters
    ----------
    layers : list of Layer
    targets : ClassTargets
    """

    def __init__(self, layers, targets):
        self.layers = layers
        self.targets = targets

    def copy(self):
        """Return an independent network with the same weights."""
        network = copy(self)
        network.layers = [layer.copy() for layer in self.layers]
        return network

    @property
    def widths(self):
        """Neurons of each layer that is cut into groups, list of int (Sec. 3.3)."""
        return [layer.n_neurons for layer in self.layers]

    def infer(self, inputs, n_threads):
        """Return the logits of a block of samples."""
        raise NotImplementedError

    def compute_update(self, inputs, y, sample_weight, rule, n_threads=1):
        """Compute what a mini-batch asks of the hidden weights; nothing is changed.

        Parameters
        ----------
        inputs : packed bits, shape (n_samples, words), or Sequences
        y : array, shape (n_samples,)
            As the targets take it.
        sample_weight : int32 array, shape (n_samples,)
            How often each sample counts.
        rule : Rule
        n_threads : int, default=1

        Returns
        -------
        update : Update
        """
        raise NotImplementedError

    def apply_update(self, update, rule=None, *, error=1.0, share=1.0, key=0, n_threads=1):
        """Add an update to the hidden weights, renew their signs, and reinforce (Sec. 3.3).

        Parameters
        ----------
        update : Update
        rule : Rule or None, default=None
            Its `reinforcement_probability` is what `error` and `share` are for; None reinforces
            nothing.
        error : float, default=1.0
        share : float, default=1.0
        key : int, default=0
            Key of the random stream.
        n_threads : int, default=1
        """
        for index, (layer, increments) in enumerate(zip(self.layers, update.deltas, strict=True)):
            probability = 0.0
            if rule is not None:
                probability = rule.reinforcement_probability(layer.n_neurons, error, share)
            layer.apply_update(increments, n_threads, probability, derive_key(key, index))

    def anneal(self, times):
        """Triple the hidden weights this many times: each time increments count a third."""
        for layer in self.layers * times:
            layer.anneal()

    def block_rows(self, inputs):
        """Return how many samples pass at once when only logits are wanted."""
        return BLOCK_ROWS

    def logits(self, inputs, n_threads=1):
        """Return what the targets read at the top, for classes int32 (n_samples, n_classes).

        Parameters
        ----------
        inputs : packed bits, shape (n_samples, words), or Sequences
        n_threads : int, default=1
        """
        n, step = len(inputs), self.block_rows(inputs)
        blocks = [
            self.infer(inputs[start : start + step], n_threads)
            for start in range(0, max(n, 1), step)
        ]
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
