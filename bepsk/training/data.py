"""Training data: here as a whole, or spread over workers.

All workers know the labels and the weights of all samples, draw the same order, and compute the
update of those samples of a mini-batch that they hold. Each then applies the sum of all updates to
its share of the rows of H, and sends the others the signs. Updates are sums of integers, so that
the workers stay bit for bit alike.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, starmap
from typing import Any, ClassVar

import numpy as np

from bepsk.network.packed import PANEL_ROWS
from bepsk.network.update import Update
from bepsk.training.workers import Workers


@dataclass(frozen=True)
class TrainingData:
    """Encoded samples with their labels and weights.

    Parameters
    ----------
    inputs : packed bits, shape (n_samples, words), or Sequences
        Encoded samples.
    y : array, one row per sample
        What the network's targets take; classes are integers from 0.
    sample_weight : float array, shape (n_samples,)
        How many times each sample counts; fractions are rounded at random in each epoch.

    Examples
    --------
    >>> import numpy as np
    >>> from bepsk.network.packed import pack_bits
    >>> from bepsk.training import TrainingData
    >>> data = TrainingData(pack_bits(np.eye(8, dtype=np.uint8)), np.arange(8) % 2, np.ones(8))
    >>> data.inputs.shape
    (8, 1)
    """

    apply: ClassVar[Any] = None
    """What `BinaryNetwork.learn` calls to apply an update; None without other workers."""

    inputs: np.ndarray
    y: np.ndarray
    sample_weight: np.ndarray

    def take(self, batch):
        """Return those samples of a mini-batch that are here.

        Parameters
        ----------
        batch : int64 array, shape (n_samples,)
            Their numbers.

        Returns
        -------
        rows : int64 array, shape (n_here,)
            Numbers of those that are here; without other workers, of all.
        inputs : packed bits, shape (n_here, words), or Sequences
            These samples, encoded.
        """
        return batch, self.inputs.take(batch, axis=0)  # faster than self.inputs[batch]

    def complete(self, network):
        """Bring all of H here, after an epoch.

        Parameters
        ----------
        network : BinaryNetwork
            Updated in place; without other workers it stays as it is.
        """

    def own(self, values):
        """Return those of an array that belong to samples that are here.

        Parameters
        ----------
        values : array, one per sample
            Of all samples.

        Returns
        -------
        values : array, one per row of `inputs`
            Without other workers, the same.
        """
        return values

    def total(self, counts):
        """Add up what all workers have counted.

        Parameters
        ----------
        counts : int array
            What has been counted here.

        Returns
        -------
        counts : int array
            The sums.
        """
        return counts

    def logits(self, network, rows, n_threads):
        """Return the logits of some samples.

        Parameters
        ----------
        network : BinaryNetwork
            The network.
        rows : int array, shape (n_samples,)
            Their numbers.
        n_threads : int
            Number of threads.

        Returns
        -------
        logits : array, one row per sample
            What the targets read at the top.
        """
        return network.logits(self.inputs.take(rows, axis=0), n_threads)


@dataclass(frozen=True)
class SpreadData(TrainingData):
    """Training data whose inputs are spread over workers, which share out the rows of H as well.

    During an epoch a worker updates its own rows of H alone, and gets the signs of the others after
    each mini-batch. Their H comes at the end of the epoch: after an interrupt it is still that of
    the epoch before.

    Parameters
    ----------
    inputs : packed bits, shape (n_here, words), or Sequences
        Encoded samples that this worker holds.
    y, sample_weight : arrays, one row per sample
        As in `TrainingData`, of all samples.
    here : slice
        Which of all samples these are.
    workers : Workers
        All of them.

    Examples
    --------
    >>> import numpy as np
    >>> from bepsk.training import SpreadData, Workers
    >>> class Alone(Workers):
    ...     def exchange(self, part):
    ...         return [part]
    >>> bits, workers = np.zeros((3, 1), np.uint64), Alone(rank=0, size=1)
    >>> data = SpreadData(bits, np.arange(3), np.ones(3), slice(0, 3), workers)
    >>> data.take(np.array([2, 0]))[0]
    array([2, 0])
    """

    here: slice
    workers: Workers

    def take(self, batch):
        """Return those samples of a mini-batch that are here, see `TrainingData`."""
        rows = batch[(batch >= self.here.start) & (batch < self.here.stop)]
        return rows, self.inputs.take(rows - self.here.start, axis=0)

    def own(self, values):
        """Return those of an array that belong to samples that are here, see `TrainingData`."""
        return values[self.here]

    def apply(self, network, update, rule, **settings):
        """Apply the updates of all workers to this one's rows of H.

        Parameters
        ----------
        network : BinaryNetwork
            Gets all signs, but only a share of H until `complete`.
        update : Update
            What the samples ask for that are here.
        rule : Rule
            The learning rule.
        **settings
            As in `BinaryNetwork.apply_update`.

        Returns
        -------
        update : Update
            What was applied here; its numbers of samples are those of all.
        """
        shares = self._shares(network)
        update = Update.sum(self.workers.deal("update", list(map(update.of_rows, shares))))
        mine = network.of_rows(shares[self.workers.rank])
        mine.apply_update(update, rule, **settings)
        signs = [(layer.visible_weights, layer.windows) for layer in mine.layers]
        signs = self.workers.gather("signs", signs)
        for layer, parts in zip(network.layers, zip(*signs, strict=True), strict=True):
            layer.renew(*map(np.concatenate, zip(*parts, strict=True)))
        return update

    def complete(self, network):
        """Exchange the rows of H, see `TrainingData`."""
        shares = self._shares(network)
        mine = network.of_rows(shares[self.workers.rank])
        parts = self.workers.gather("rows of H", [layer.hidden_weights for layer in mine.layers])
        for rows, part in zip(shares, parts, strict=True):
            for layer, hidden_weights in zip(network.of_rows(rows).layers, part, strict=True):
                layer.hidden_weights[:] = hidden_weights

    def _shares(self, network):
        """Return which rows of each layer each worker updates, lists of slices."""
        heights = [layer.n_neurons for layer in network.layers]
        shares = [whole_panels(height, self.workers.size) for height in heights]
        return list(zip(*shares, strict=True))

    def total(self, counts):
        """Return the sums of the integers of all workers, see `TrainingData`."""
        return np.sum(self.workers.gather("counts", counts), axis=0)

    def logits(self, network, rows, n_threads):
        """Return the logits of some samples, wherever they are, see `TrainingData`."""
        mine = (rows >= self.here.start) & (rows < self.here.stop)
        _, inputs = self.take(rows)
        parts = self.workers.gather("logits", (mine, network.logits(inputs, n_threads)))
        logits = np.empty((len(rows), *parts[0][1].shape[1:]), dtype=parts[0][1].dtype)
        for places, part in parts:
            logits[places] = part
        return logits


@lru_cache(maxsize=64)
def whole_panels(n_rows, n_parts):
    """Cut rows into stretches of whole panels, as even as these let them be."""
    n_panels = -(-n_rows // PANEL_ROWS)
    ends = [min(n_panels * i // n_parts * PANEL_ROWS, n_rows) for i in range(n_parts + 1)]
    return tuple(starmap(slice, pairwise(ends)))
