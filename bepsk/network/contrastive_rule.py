"""A rule that learns more: contrastive ternary errors, and every undecided neuron learns.

The paper's rule moves wrong neurons only: one that has just turned right, at |z| near 0, gets no
further push, and turns back. docs/algorithm.md compares the two.
"""

from dataclasses import dataclass
from math import isqrt

import numpy as np

from bepsk.kernels import learners
from bepsk.network.layer import Error
from bepsk.network.rule import Rule, back_project_with_inertia, pass_within
from bepsk.network.update import Increments


@dataclass(frozen=True)
class ContrastiveRule(Rule):
    """Contrastive BEP: no groups, no gates, no reinforcement.

    The error of the last layer is (rho_c - rho_d) / 2, where d is the strongest wrong class. Below
    it is sign(W^T t), and a sum of 0 stays 0. All neurons with an error and |z| within their window
    learn, right or wrong. Windows follow what they let in, see `adapt`.

    Parameters
    ----------
    margin : float
        As in `Rule`.
    share : float, default=0.125
        Share of a neuron's errors that it learns from.
    horizon : int or None, default=None
        As in `Rule`.

    Examples
    --------
    >>> from bepsk.network import ContrastiveRule
    >>> ContrastiveRule(margin=0.5)
    ContrastiveRule(margin=0.5, horizon=None, share=0.125)
    """

    share: float = 0.125
    carry = 0.75

    def trigger(self, targets, logits, y, sample_weight):
        """Return the samples that teach, and the contrastive error, see `Rule`."""
        return targets.trigger(logits, y, sample_weight, self.margin, contrast=True)

    def propagate(self, layer, error, z, activations, triggered, n_threads):
        """Return the error of the layer below, sign(W^T t), see `Rule`."""
        _, below = layer.back_project(error, n_threads, sums=False)
        return below

    def propagate_through_time(
        self, layer, error, z, states, triggered, n_threads, *, fan_in, inertia
    ):
        """Return t_{t-1} = sign(W^T (g . t_t) + c t_t), see `Rule`.

        Without gates, errors would spread over all neurons within a few steps. They are as wide as
        the windows, and at least 3.2 sqrt(K) with the fan-in K.
        """
        widths = np.maximum(layer.windows, isqrt(10 * fan_in))
        passed = pass_within(error, z, triggered, widths, n_threads)
        return back_project_with_inertia(layer, passed, error, inertia, n_threads)

    def increments(
        self, index, layer, z, signs, error, inputs, triggered, sample_weight, n_threads
    ):
        """Return what the rows of H gain, 2 t_j a_{l-1} per neuron j that learns, see `Rule`."""
        windows = np.maximum(layer.windows, isqrt(layer.n_inputs))
        starts, sources, steps, counts = self.list_learners(
            z, error, triggered, sample_weight.take(triggered), windows, n_threads
        )
        inputs = inputs.take(triggered, axis=0)
        return Increments(starts, sources, steps, inputs, inputs[:0], counts)

    def increments_through_time(
        self, index, layers, z, errors, incoming, first, triggered, sample_weight, n_threads
    ):
        """Return what the rows of the layers that feed the state gain, summed over steps.

        A neuron learns at each step where it has an error and |z| is within its window, see `Rule`.
        """
        times, which = np.nonzero(np.arange(len(z))[:, np.newaxis] >= first)
        samples = triggered[which]
        rows = (times * z.shape[1] + samples).astype(np.int32)
        fan_in = sum(layer.n_inputs for layer in layers)
        starts, sources, steps, counts = self.list_learners(
            z.reshape(-1, z.shape[2]),
            Error(errors.signs[times, which], errors.nonzero[times, which]),
            rows,
            sample_weight[samples],
            np.maximum(layers[-1].windows, isqrt(fan_in)),
            n_threads,
        )
        increments = []
        for bits in incoming:
            inputs = bits[times, samples]
            increments.append(Increments(starts, sources, steps, inputs, inputs[:0]))
        increments[-1].counts = counts
        return increments

    def list_learners(self, z, error, rows, weights, windows, n_threads):
        """List the neurons that learn, and from what.

        Parameters
        ----------
        z : int32 array, shape (n_rows, K)
            The sums.
        error : Error, shape (n, K)
            The errors t.
        rows : int32 array, shape (n,)
            The row of `z` of each error.
        weights : int32 array, shape (n,)
            How many times each counts.
        windows : int32 array, shape (K,)
            The largest |z| with which each neuron learns.
        n_threads : int
            Number of threads.

        Returns
        -------
        starts : int32 array, shape (K + 1,)
            Entries starts[j] .. starts[j + 1] - 1 are those of neuron j.
        sources, steps : int32 arrays, shape (n_entries,)
            The number of the error, and 2 w t_j, where w is the weight.
        counts : int32 array, shape (2, K)
            Weight of each neuron's errors, and of those that it learns from.
        """
        n_neurons = z.shape[1]
        learning = np.empty_like(error.nonzero)
        starts = np.empty(n_neurons + 1, dtype=np.int32)
        counts = np.empty((2, n_neurons), dtype=np.int32)
        asked, learned = counts[0], counts[1]
        learners.choose_learners(
            z, rows, error.nonzero, weights, windows, learning, starts, asked, learned, n_threads
        )
        sources = np.empty(starts[-1], dtype=np.int32)
        steps = np.empty_like(sources)
        numbers = np.arange(len(rows), dtype=np.int32)
        learners.list_learners(
            learning, error.signs, numbers, weights, starts, sources, steps, n_threads
        )
        return starts, sources, steps, counts

    def adapt(self, layer, increments):
        """Widen the windows of neurons that learn from less than their share, narrow the others.

        A window moves by an eighth of itself, plus 1.
        """
        windows = layer.windows.copy()
        learners.adapt_windows(windows, increments.counts[0], increments.counts[1], self.share)
        layer.windows = windows
