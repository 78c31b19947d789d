"""What the last layer of a network should do, and how it is read."""

from functools import cached_property

import numpy as np

from bepsk.kernels import update
from bepsk.network.frame import equiangular_frame
from bepsk.network.layer import Error
from bepsk.network.packed import all_ones, interleave, multiply, pack_bits


class ClassTargets:
    """The fixed classifier: for each class a prototype of the last activations (Sec. 3.1).

    Parameters
    ----------
    prototypes : int8 array of +-1, shape (n_classes, K_L)
        P; K_L is the width of the last layer.
    panels : uint64 array, shape (ceil(n_classes / 16), ceil(K_L / 64), 16), default=None
        P as panels of interleaved rows (`interleave`); made from it when None.

    Examples
    --------
    >>> from bepsk.network import ClassTargets
    >>> targets = ClassTargets.random(n_classes=3, n_outputs=6, key=0)
    >>> P = targets.prototypes
    >>> (P @ P.T).tolist()  # as different as three can be
    [[6, -2, -2], [-2, 6, -2], [-2, -2, 6]]
    """

    reads_sums = False
    """Whether `read` takes the sums z of the last layer and its fan-in, not the activations."""

    def __init__(self, prototypes, panels=None):
        self.prototypes = prototypes
        self.n_classes, self.n_outputs = prototypes.shape
        self.panels = interleave(self.packed_prototypes) if panels is None else panels

    @cached_property
    def packed_prototypes(self):
        """P packed, uint64 (n_classes, words of K_L)."""
        return pack_bits(self.prototypes > 0)

    @classmethod
    def random(cls, n_classes, n_outputs, key):
        """Draw the prototypes: an equiangular frame (App. C).

        Parameters
        ----------
        n_classes : int
            Number of classes.
        n_outputs : int
            K_L, neurons of the last layer.
        key : int
            Key of the random stream.

        Returns
        -------
        targets : ClassTargets
            The targets over this frame.
        """
        return cls(equiangular_frame(n_classes, n_outputs, key))

    def read(self, activations, n_threads):
        """Return the logits y = P a_L.

        Parameters
        ----------
        activations : packed bits, shape (n_samples, words of K_L)
            The last activations, a_L.
        n_threads : int
            Number of threads.

        Returns
        -------
        logits : int32 array, shape (n_samples, n_classes)
            One logit per class, in [-K_L, K_L].
        """
        logits, _ = multiply(
            activations, self.panels, self.n_outputs, self.n_classes, n_threads, signs=False
        )
        return logits

    def trigger(self, logits, y, sample_weight, margin, *, contrast=False):
        """Find the samples that miss the margin, y_c - max_{c' != c} y_c' < r K_L (Eq. 1).

        Parameters
        ----------
        logits : int32 array, shape (n_samples, n_classes)
            What `read` returned.
        y : intp array, shape (n_samples,)
            The class of each sample, c.
        sample_weight : int32 array, shape (n_samples,)
            How many times each sample counts; one of weight 0 does not trigger.
        margin : float
            The r of r K_L.
        contrast : bool, default=False
            Whether to ask only for what sets the class apart from its strongest rival d.

        Returns
        -------
        triggered : int32 array, shape (n,)
            Rows of these samples, in ascending order.
        error : Error, shape (n, K_L)
            The error of the last layer: t = a*_L = rho_c, or (rho_c - rho_d) / 2.
        counts : list of int
            The `n_triggered`, `n_wrong` and `n_samples` of an `Update`.
        """
        triggered = np.empty(len(logits), dtype=np.int32)
        rivals = np.empty_like(triggered)
        n, *counts = update.trigger(
            logits, y, sample_weight, margin * self.n_outputs, triggered, rivals
        )
        triggered = triggered[:n]
        signs = self.packed_prototypes.take(y.take(triggered), axis=0)
        if contrast:
            nonzero = signs ^ self.packed_prototypes.take(rivals[:n], axis=0)
        else:
            nonzero = all_ones(n, self.n_outputs)
        return triggered, Error(signs, nonzero), counts

    def score(self, logits, y, sample_weight):
        """Return the weighted accuracy; the first largest logit decides.

        Parameters
        ----------
        logits : int32 array, shape (n_samples, n_classes)
            What `read` returned.
        y : intp array, shape (n_samples,)
            The class of each sample.
        sample_weight : array, shape (n_samples,)
            How much each sample counts.

        Returns
        -------
        score : float
            Fraction of the total weight that is classified correctly.
        """
        return float(np.average(logits.argmax(axis=1) == y, weights=sample_weight))

    @property
    def chance(self):
        """Expected score of a guess."""
        return 1 / self.n_classes
