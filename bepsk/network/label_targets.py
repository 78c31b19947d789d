"""Targets that are several labels, yes or no: each has a share of the last layer."""

from functools import cached_property

import numpy as np

from bepsk.network.layer import Error
from bepsk.network.packed import all_ones, pack_bits, unpack_bits
from bepsk.network.randomness import random_bits


class LabelTargets:
    """For each label a share of the last layer, and two opposite prototypes of it.

    The neurons of a share stand side by side, and no share has more than one neuron more than
    another. So the prototypes of all labels, side by side, are one row of K_L signs.

    Parameters
    ----------
    prototypes : int8 array of +-1, shape (K_L,)
        What the last layer does if all labels are there; the opposite means no.
    n_labels : int
        Number of labels, at most K_L.

    Examples
    --------
    >>> from bepsk.network import LabelTargets
    >>> LabelTargets.random(3, 64, key=0).sizes.tolist()
    [21, 21, 22]
    """

    chance = 0.5
    """Expected score of a guess."""
    reads_sums = False

    def __init__(self, prototypes, n_labels):
        self.prototypes = prototypes
        self.n_labels = n_labels
        self.n_outputs = len(prototypes)
        self.starts = np.arange(n_labels) * self.n_outputs // n_labels
        self.sizes = np.diff(self.starts, append=self.n_outputs)

    @classmethod
    def random(cls, n_labels, n_outputs, key):
        """Draw the prototypes.

        Parameters
        ----------
        n_labels : int
            Number of labels.
        n_outputs : int
            K_L, neurons of the last layer, at least one per label.
        key : int
            Key of the random stream.

        Returns
        -------
        targets : LabelTargets
            The targets over these prototypes.
        """
        return cls(2 * random_bits(key, 1, n_outputs).view(np.int8)[0] - 1, n_labels)

    @cached_property
    def packed_prototypes(self):
        """The prototypes packed, uint64 (1, words of K_L)."""
        return pack_bits(self.prototypes[np.newaxis] > 0)

    def read(self, activations, n_threads):
        """Return the logits of all labels, rho a_L over the share of each.

        Parameters
        ----------
        activations : packed bits, shape (n_samples, words of K_L)
            The last activations, a_L.
        n_threads : int
            Number of threads.

        Returns
        -------
        logits : int32 array, shape (n_samples, n_labels)
            One logit per label, from minus to plus the size of its share; above 0 for yes.
        """
        differing = unpack_bits(activations ^ self.packed_prototypes, self.n_outputs, n_threads)
        opposed = np.add.reduceat(differing, self.starts, axis=1, dtype=np.int32)
        return self.sizes.astype(np.int32) - 2 * opposed

    def trigger(self, logits, y, sample_weight, margin, *, contrast=False):
        """Find the samples that miss the margin of a label: its logit the right way < r K / 2.

        Yes has this logit and no its opposite, so that the lead of the right one over the other
        is less than r K (Eq. 1), where K is the size of the share.

        Parameters
        ----------
        logits : int32 array, shape (n_samples, n_labels)
            What `read` returned.
        y : bool array, shape (n_samples, n_labels)
            Which labels each sample has.
        sample_weight : int32 array, shape (n_samples,)
            How many times each sample counts; one of weight 0 does not trigger.
        margin : float
            The r of r K.
        contrast : bool, default=False
            Whether to ask only the shares of labels that miss their margin.

        Returns
        -------
        triggered : int32 array, shape (n,)
            Rows of these samples, in ascending order.
        error : Error, shape (n, K_L)
            The error of the last layer: in each share the prototype of yes or no.
        counts : list of int
            The `n_triggered`, `n_wrong` and `n_samples` of an `Update`; a sample is wrong if any
            of its labels is.
        """
        leads = np.where(y, 2 * logits, -2 * logits)
        misses = leads < margin * self.sizes
        weighs = sample_weight > 0
        triggered = np.flatnonzero(misses.any(axis=1) & weighs).astype(np.int32)
        desired = self._spread(~y[triggered]) ^ self.packed_prototypes
        if contrast:
            nonzero = self._spread(misses[triggered])
        else:
            nonzero = all_ones(len(triggered), self.n_outputs)
        wrong = ((logits > 0) != y).any(axis=1)
        counts = [sample_weight[rows].sum(dtype=np.int64) for rows in (triggered, wrong, weighs)]
        return triggered, Error(desired, nonzero), list(map(int, counts))

    def _spread(self, flags):
        """Give all neurons of a share the flag of its label, packed."""
        return pack_bits(np.repeat(flags, self.sizes, axis=1))

    def score(self, logits, y, sample_weight):
        """Return the weighted share of labels that are right.

        Parameters
        ----------
        logits : int32 array, shape (n_samples, n_labels)
            What `read` returned.
        y : bool array, shape (n_samples, n_labels)
            Which labels each sample has.
        sample_weight : array, shape (n_samples,)
            How much each sample counts.

        Returns
        -------
        score : float
            Mean over the labels of the fraction of the total weight that is right.
        """
        right = ((logits > 0) == y).mean(axis=1)
        return float(np.average(right, weights=sample_weight))
