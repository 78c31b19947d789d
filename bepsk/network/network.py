"""What all networks share: binary layers, targets on top, and how updates are applied."""

from copy import copy

import numpy as np

from bepsk.network.layer import Layer
from bepsk.network.noise import SILENCE
from bepsk.network.randomness import derive_key
from bepsk.network.threads import paced, usable_threads

BLOCK_ROWS = 1024


class BinaryNetwork:
    """Binary layers whose hidden integer weights learn, and the targets on top, which are fixed.

    A subclass adds `infer` and `compute_update`.

    Parameters
    ----------
    layers : list of Layer
        The layers, from the input up; not copied.
    targets : ClassTargets
        What the last layer should do, and how it is read.
    """

    def __init__(self, layers, targets):
        self.layers = layers
        self.targets = targets

    def copy(self):
        """Return an independent network with the same weights.

        Returns
        -------
        network : BinaryNetwork
            Of the same class; it shares the targets.
        """
        return self.with_layers([layer.copy() for layer in self.layers])

    def with_layers(self, layers):
        """Return this network with other layers.

        Parameters
        ----------
        layers : list of Layer
            They take the place of its own; not copied.

        Returns
        -------
        network : BinaryNetwork
            Of the same class; it shares the targets.
        """
        network = copy(self)
        network.layers = layers
        return network

    def of_rows(self, rows):
        """Return a network to which an update `of_rows` can be applied.

        Parameters
        ----------
        rows : sequence of slice
            Rows of each layer, as in `Layer.of_rows`.

        Returns
        -------
        network : BinaryNetwork
            Of the same class, over the same weights.
        """
        return self.with_layers(list(map(Layer.of_rows, self.layers, rows)))

    @property
    def widths(self):
        """Numbers of neurons of the layers that are cut into groups, list of int (Sec. 3.3)."""
        return [layer.n_neurons for layer in self.layers]

    def infer(self, inputs, n_threads):
        """Return the logits of a block of samples.

        Parameters
        ----------
        inputs : packed bits, shape (n_samples, words), or Sequences
            Encoded samples.
        n_threads : int
            Number of threads.

        Returns
        -------
        logits : array, one row per sample
            What the targets read at the top.
        """
        raise NotImplementedError

    def compute_update(self, inputs, y, sample_weight, rule, n_threads=1, noise=SILENCE):
        """Compute the changes that a mini-batch asks for, without making them.

        Parameters
        ----------
        inputs : packed bits, shape (n_samples, words), or Sequences
            Encoded samples.
        y : array, shape (n_samples,)
            What the targets take, for classes integers from 0.
        sample_weight : int32 array, shape (n_samples,)
            How many times each sample counts.
        rule : Rule
            The learning rule.
        n_threads : int, default=1
            Number of threads.
        noise : Noise, default=SILENCE
            Flips bits of what the layers read.

        Returns
        -------
        update : Update
            The changes, for `apply_update`.
        """
        raise NotImplementedError

    def apply_update(self, update, rule=None, *, error=1.0, share=1.0, key=0, n_threads=1):
        """Add an update to the hidden weights, renew their signs, reinforce (Sec. 3.3), and adapt.

        Parameters
        ----------
        update : Update
            The changes to make.
        rule : Rule or None, default=None
            Sets the probability of reinforcement, and adapts its windows; None does neither.
        error : float, default=1.0
            E, the training error of the previous epoch.
        share : float, default=1.0
            Size of the mini-batch relative to a full one.
        key : int, default=0
            Key of the random stream for reinforcement and rounding.
        n_threads : int, default=1
            Number of threads.
        """
        n_threads = usable_threads(n_threads)
        for index, (layer, increments) in enumerate(zip(self.layers, update.deltas, strict=True)):
            probability = 0.0
            if rule is not None:
                probability = rule.reinforcement_probability(layer.n_neurons, error, share)
            layer.apply_update(increments, n_threads, probability, derive_key(key, index))
            if rule is not None and increments.counts is not None:
                rule.adapt(layer, increments)

    def learn(
        self,
        inputs,
        y,
        sample_weight,
        rule,
        *,
        combine=None,
        apply=None,
        error=1.0,
        share=1.0,
        key=0,
        n_threads=1,
        noise=SILENCE,
    ):
        """Learn from a mini-batch: `compute_update`, then `apply_update`.

        Parameters
        ----------
        inputs : packed bits, shape (n_samples, words), or Sequences
            Encoded samples.
        y : array, shape (n_samples,)
            What the targets take, for classes integers from 0.
        sample_weight : int32 array, shape (n_samples,)
            How many times each sample counts.
        rule : Rule
            The learning rule.
        combine : callable or None, default=None
            Called with the update, returns the one to apply; None means the same one.
        apply : callable or None, default=None
            Called in the place of `apply_update`, with this network first, returns the update that
            it has applied.
        error, share : float, default=1.0
            The training error of the previous epoch, and the size of the mini-batch relative to a
            full one.
        key : int, default=0
            Key of the random stream for reinforcement and rounding.
        n_threads : int, default=1
            Number of threads.
        noise : Noise, default=SILENCE
            Flips bits of what the layers read.

        Returns
        -------
        n_triggered, n_wrong, n_samples : int
            As in `Update`.
        """
        update = self.compute_update(inputs, y, sample_weight, rule, n_threads, noise)
        if combine is not None:
            update = combine(update)
        settings = {"error": error, "share": share, "key": key, "n_threads": n_threads}
        if apply is None:
            self.apply_update(update, rule, **settings)
        else:
            update = apply(self, update, rule, **settings)
        return update.n_triggered, update.n_wrong, update.n_samples

    def anneal(self, times):
        """Triple the hidden weights, so that increments count a third of what they did.

        Parameters
        ----------
        times : int
            How often.
        """
        for layer in self.layers * times:
            layer.anneal()

    def block_rows(self, inputs):
        """Return how many samples `logits` takes at a time.

        Parameters
        ----------
        inputs : packed bits, shape (n_samples, words), or Sequences
            Encoded samples.

        Returns
        -------
        n_rows : int
            Length of a block.
        """
        return BLOCK_ROWS

    def logits(self, inputs, n_threads=1):
        """Return what the targets read at the top.

        Parameters
        ----------
        inputs : packed bits, shape (n_samples, words), or Sequences
            Encoded samples.
        n_threads : int, default=1
            Number of threads.

        Returns
        -------
        logits : array, one row per sample
            For `ClassTargets` int32, shape (n_samples, n_classes).
        """
        n, step = len(inputs), self.block_rows(inputs)
        blocks = [
            self._infer_paced(inputs[start : start + step], n_threads)
            for start in range(0, max(n, 1), step)
        ]
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)

    def _infer_paced(self, inputs, n_threads):
        if n_threads == 1:
            return self.infer(inputs, 1)
        with paced(n_threads, self, len(inputs)) as n_threads:
            return self.infer(inputs, n_threads)
