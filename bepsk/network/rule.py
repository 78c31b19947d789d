"""The learning rule: what flows back through a layer, and which neurons learn (Sec. 3.2, 3.3).

An error t says which way each neuron of a layer should go, +1, -1 or 0 for neither: two planes of
bits. In the paper's rule no error is 0, and its signs are the desired activations a*.
"""

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from bepsk.kernels import through_time, update
from bepsk.network.layer import Error
from bepsk.network.packed import all_ones, pack_signs
from bepsk.network.update import Increments


@dataclass(frozen=True)
class Rule:
    """The paper's rule: wrong neurons near their threshold learn, one per group.

    A subclass may send back another error (`propagate`) or let other neurons learn (`increments`).

    Parameters
    ----------
    margin : float
        The r of Eq. 1: a sample is learned from while its class leads by less than r K_L.
    gate : float
        The nu of Eq. 5: errors flow back through neurons with |z| <= nu times their fan-in.
    group_sizes : sequence of int
        Neurons per group for each of the network's `widths`, gamma in Sec. 3.3.
    reinforcement : float, default=0.0
        The p_r of `reinforcement_probability`.
    keep_ties : bool, default=False
        Whether a back-projected sum of 0 asks for the present activation instead of +1.
    clip : bool, default=False
        Whether the change that a series asks of a weight, summed over its steps, is reduced to
        its sign.
    horizon : int or None, default=None
        Number of last steps of a series through which errors flow back; None means all.
    """

    margin: float
    gate: float
    group_sizes: tuple
    reinforcement: float = 0.0
    keep_ties: bool = False
    clip: bool = False
    horizon: int | None = None

    def propagate(
        self, layer, error, z, activations, triggered, n_threads, *, fan_in=None, inertia=0
    ):
        """Return the error of the layer below, a* = sign(W^T (g . a*)) (Eq. 7).

        Parameters
        ----------
        layer : Layer
            K neurons over N inputs.
        error : Error, shape (n, K)
            The error of this layer.
        z : int32 array, shape (n_samples, K)
            The sums of this layer, for all samples.
        activations : packed bits, shape (n_samples, words of N)
            The inputs of this layer, for all samples.
        triggered : int32 array, shape (n,)
            Rows of the triggered samples.
        n_threads : int
            Number of threads.
        fan_in : int or None, default=None
            What the gate g = [ |z| <= nu fan_in ] compares with (Eq. 5); None means N.
        inertia : int, default=0
            The c of W^T + c I, which takes the place of W^T.

        Returns
        -------
        error : Error, shape (n, N)
            The error of the layer below.
        """
        gate_width = int(self.gate * (fan_in or layer.n_inputs))
        open_gates = np.empty_like(error.nonzero)
        update.gate(z, triggered, gate_width, error.nonzero, open_gates, n_threads)
        passed = Error(error.signs, open_gates)
        v, below = layer.back_project(passed, n_threads, sums=inertia > 0, signs=inertia == 0)
        if inertia:
            below = Error.empty(len(triggered), layer.n_inputs)
            through_time.carry_back(
                v, error.signs, open_gates, inertia, below.signs, below.nonzero, n_threads
            )
        present = activations if self.keep_ties else activations[:0]
        update.settle_ties(below.signs, below.nonzero, layer.n_inputs, present, triggered)
        return below

    def increments(self, index, z, signs, error, inputs, triggered, sample_weight, n_threads):
        """Return what the winners' rows of H gain, 2 t_j a_{l-1} per winner j (Sec. 3.3).

        Parameters
        ----------
        index : int
            Which of the `group_sizes` applies.
        z : int32 array, shape (n_samples, K)
            The sums of the layer, z_l.
        signs : packed bits, shape (n_samples, words of K)
            Their signs, a_l.
        error : Error, shape (n, K)
            The error t of the layer.
        inputs : packed bits, shape (n_samples, words of N)
            The activations of the layer below, a_{l-1}.
        triggered : int32 array, shape (n,)
            Rows of the triggered samples.
        sample_weight : int32 array, shape (n_samples,)
            How many times each sample counts.
        n_threads : int
            Number of threads.

        Returns
        -------
        increments : Increments
            The change of the layer.
        """
        starts, sources, steps = self.choose_winners(
            index, z, signs, error, triggered, sample_weight, n_threads
        )
        return Increments(starts, sources, steps, inputs, inputs[:0])

    def choose_winners(self, index, values, actual, error, triggered, sample_weight, n_threads):
        """Choose in each group the wrong neuron with the smallest |value| (Sec. 3.3).

        Parameters
        ----------
        index : int
            Which of the `group_sizes` applies.
        values : int32 array, shape (n_samples, K)
            What decides among wrong neurons: z_l, or through time the stability S.
        actual : packed bits, shape (n_samples, words of K)
            What the neurons do.
        error : Error, shape (n, K)
            What they should do: a neuron is wrong if its bit in `actual` has the other sign.
        triggered : int32 array, shape (n,)
            Rows of the triggered samples.
        sample_weight : int32 array, shape (n_samples,)
            How many times each sample counts.
        n_threads : int
            Number of threads.

        Returns
        -------
        starts : int32 array, shape (K + 1,)
            Entries starts[j] .. starts[j + 1] - 1 are the wins of neuron j.
        sources, steps : int32 arrays, shape (n_winners,)
            The row of the sample, and 2 w t_j, where w is the weight of the sample.
        """
        group_size, n_neurons = self.group_sizes[index], values.shape[1]
        winners = np.empty((len(triggered), -(-n_neurons // group_size)), dtype=np.int32)
        starts = np.empty(n_neurons + 1, dtype=np.int32)
        sources, steps = np.empty((2, winners.size), dtype=np.int32)
        update.choose_winners(
            values,
            actual,
            triggered,
            error.signs,
            error.nonzero,
            sample_weight,
            group_size,
            winners,
            starts,
            sources,
            steps,
            n_threads,
        )
        n_winners = starts[-1]
        return starts, sources[:n_winners], steps[:n_winners]

    def increments_through_time(
        self, index, z, errors, incoming, first, triggered, sample_weight, n_threads
    ):
        """Return what the rows of recurrent layers gain: one winner per group for all steps.

        It is the unstable neuron, S_j = sum_t s*_t,j z_t,j < 0, with S_j nearest to 0 (Sec. 3.5).

        Parameters
        ----------
        index : int
            Which of the `group_sizes` applies.
        z : int32 array, shape (T, n_samples, K_s)
            The sums z_1 .. z_T.
        errors : Error, shape (T, n, K_s)
            The desired states s*_1 .. s*_T; no error may be 0.
        incoming : sequence of packed bits, shapes (T, n_samples, words)
            What each of the layers reads at each step: x_t, s_{t-1}.
        first : int32 array, shape (n,)
            The first step of each series that counts.
        triggered : int32 array, shape (n,)
            Rows of the triggered samples.
        sample_weight : int32 array, shape (n_samples,)
            How many times each sample counts.
        n_threads : int
            Number of threads.

        Returns
        -------
        increments : list of Increments
            The change of each of the layers.
        """
        n, n_neurons = len(triggered), z.shape[2]
        stability = np.empty((n, n_neurons), dtype=np.int32)
        through_time.stability(z, triggered, errors.signs, first, stability, n_threads)
        # If all are asked for a stability of 0 or more, the unstable neurons are the wrong ones.
        ones = all_ones(n, n_neurons)
        starts, samples, steps = self.choose_winners(
            index,
            stability,
            pack_signs(stability, n_threads),
            Error(ones, ones),
            np.arange(n, dtype=np.int32),
            sample_weight[triggered],
            n_threads,
        )
        winners = Increments(starts, samples, steps, ones, ones)
        if not self.clip:
            return spread_over_time(winners, errors.signs, incoming, triggered, first)
        neurons, sources = winners.neurons(), np.arange(len(samples), dtype=np.int32)
        increments = []
        for bits in incoming:
            signs = np.empty((len(samples), bits.shape[2]), dtype=np.uint64)
            known = np.empty_like(signs)
            through_time.majority(
                errors.signs, bits, triggered, first, samples, neurons, signs, known, n_threads
            )
            increments.append(Increments(starts, sources, steps, signs, known))
        return increments

    def reinforcement_probability(self, n_neurons, error, share=1.0):
        """Return p_l = p_r sqrt(2 / (pi K_l)) sqrt(E), times the share of a batch (Sec. 3.3).

        Parameters
        ----------
        n_neurons : int
            K_l, neurons of the layer.
        error : float
            E, the training error of the previous epoch.
        share : float, default=1.0
            Size of the mini-batch relative to a full one, for which p_r is meant.

        Returns
        -------
        probability : float
            Probability of h <- h + 2 sign(h), for each weight.
        """
        return self.reinforcement * error**0.5 * share * sqrt(2 / (pi * n_neurons))


def spread_over_time(winners, signs, incoming, triggered, first):
    """Return an increment for each step of each winner, for each layer.

    Parameters
    ----------
    winners : Increments
        Their `sources` are places in `triggered`.
    signs : packed bits, shape (T, n, words of K_s)
        The desired states s*_1 .. s*_T.
    incoming : sequence of packed bits, shapes (T, n_samples, words)
        What each of the layers reads at each step.
    triggered : int32 array, shape (n,)
        Rows of the triggered samples.
    first : int32 array, shape (n,)
        The first step of each series that counts.

    Returns
    -------
    increments : list of Increments
        The change of each of the layers.
    """
    samples = winners.sources
    lengths = len(signs) - first[samples]
    entries = np.repeat(np.arange(len(samples)), lengths)
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    times = first[samples][entries] + np.arange(len(entries)) - ends[entries]
    j = winners.neurons()[entries]
    up = signs[times, samples[entries], j >> 6] >> (j & 63).astype(np.uint64) & np.uint64(1)
    steps = np.where(up, winners.steps[entries], -winners.steps[entries])
    increments = []
    for bits in incoming:
        sources = times * bits.shape[1] + triggered[samples][entries]
        rows = bits.reshape(-1, bits.shape[2])
        increments.append(
            Increments(ends[winners.starts], sources.astype(np.int32), steps, rows, rows[:0])
        )
    return increments
