"""What the top of a network is asked for, and what its bits mean."""

import numpy as np

from bepsk.kernels import update
from bepsk.network.frame import equiangular_frame
from bepsk.network.layer import Error
from bepsk.network.packed import all_ones, interleave, multiply, pack_bits


class ClassTargets:
    """One class per sample, for each class a fixed prototype of the last activations (Sec. 3.1).

    Parameters
    ----------
    prototypes : int8 array of +-1, shape (n_classes, K_L)
        P; K_L is the width of the last layer.
    """

    def __init__(self, prototypes):
        self.prototypes = prototypes
        self.n_classes, self.n_outputs = prototypes.shape
        self.packed_prototypes = pack_bits(prototypes > 0)
        self._panels = interleave(self.packed_prototypes)

    @classmethod
    def random(cls, n_classes, n_outputs, key):
        """Draw an equiangular frame (App. C)."""
        return cls(equiangular_frame(n_classes, n_outputs, key))

    def read(self, activations, n_threads):
        """Return the logits y = P a_L of packed a_L, int32 (n_samples, n_classes)."""
        logits, _ = multiply(
            activations, self._panels, self.n_outputs, self.n_classes, n_threads, signs=False
        )
        return logits

    def trigger(self, logits, y, sample_weight, margin):
        """Find the samples that miss the margin, y_c - max_{c' != c} y_c' < r K_L (Eq. 1).

        Parameters
        ----------
        logits : int32 array, shape (n_samples, n_classes)
        y : intp array, shape (n_samples,)
            The class of each sample.
        sample_weight : int32 array, shape (n_samples,)
            How often each sample counts; one of weight 0 does not trigger.
        margin : float
            r.

        Returns
        -------
        triggered : int32 array, shape (n,)
            Which samples they are.
        error : Error
            Of the last layer: t = a*_L = rho_c, the prototype of the sample's class.
        counts : list of int
            `n_triggered`, `n_wrong` and `n_samples` of `Update`.
        """
        triggered = np.empty(len(logits), dtype=np.int32)
        desired = np.empty((len(logits), self.packed_prototypes.shape[1]), dtype=np.uint64)
        n, *counts = update.trigger(
            logits,
            y,
            sample_weight,
            margin * self.n_outputs,
            self.packed_prototypes,
            triggered,
            desired,
        )
        return triggered[:n], Error(desired[:n], all_ones(n, self.n_outputs)), counts

    def score(self, logits, y, sample_weight):
        """Return the weighted fraction of samples whose class has the first largest logit."""
        return float(np.average(logits.argmax(axis=1) == y, weights=sample_weight))

    @property
    def chance(self):
        """The score of a guess."""
        return 1 / self.n_classes
