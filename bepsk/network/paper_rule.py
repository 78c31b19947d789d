"""The paper's rule: wrong neurons near their threshold learn, one per group (Sec. 3.2, 3.3).

No error is 0, and its signs are the desired activations a*.
"""

from dataclasses import dataclass, replace
from math import pi, sqrt

import numpy as np

from bepsk.kernels import learners, through_time, update
from bepsk.network.layer import Error
from bepsk.network.packed import all_ones, pack_signs
from bepsk.network.rule import Rule, back_project_with_inertia, pass_within
from bepsk.network.update import Increments


@dataclass(frozen=True)
class PaperRule(Rule):
    """Binary Error Propagation as published.

    Parameters
    ----------
    margin : float
        As in `Rule`.
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
        As in `Rule`.

    Examples
    --------
    >>> from bepsk.network import PaperRule
    >>> rule = PaperRule(margin=0.5, gate=0.05, group_sizes=(16, 16))
    >>> rule.with_group_sizes([32, 32]).group_sizes
    (32, 32)
    """

    gate: float
    group_sizes: tuple
    reinforcement: float = 0.0
    keep_ties: bool = False
    clip: bool = False

    def with_group_sizes(self, group_sizes):
        """Return this rule with other group sizes, see `Rule`."""
        return replace(self, group_sizes=tuple(group_sizes))

    def propagate(self, layer, error, z, activations, triggered, n_threads):
        """Return the error of the layer below, a* = sign(W^T (g . a*)) (Eq. 7), see `Rule`."""
        passed = self._pass_gate(error, z, triggered, layer.n_inputs, n_threads)
        _, below = layer.back_project(passed, n_threads, sums=False)
        return self._settle_ties(below, layer.n_inputs, activations, triggered)

    def propagate_through_time(
        self, layer, error, z, states, triggered, n_threads, *, fan_in, inertia
    ):
        """Return s*_{t-1} = sign((W^T + c I) (g . s*_t)) (Eq. 7 through time), see `Rule`."""
        passed = self._pass_gate(error, z, triggered, fan_in, n_threads)
        before = back_project_with_inertia(layer, passed, passed, inertia, n_threads)
        return self._settle_ties(before, layer.n_inputs, states, triggered)

    def _pass_gate(self, error, z, triggered, fan_in, n_threads):
        """Return the error where g = [ |z| <= nu K ] with the fan-in K, else 0 (Eq. 5)."""
        widths = np.full(z.shape[1], int(self.gate * fan_in), dtype=np.int32)
        return pass_within(error, z, triggered, widths, n_threads)

    def _settle_ties(self, error, n_neurons, activations, triggered):
        """Leave no error 0: it becomes +1, or with `keep_ties` the present activation."""
        present = activations if self.keep_ties else activations[:0]
        update.settle_ties(error.signs, error.nonzero, n_neurons, present, triggered)
        return error

    def increments(
        self, index, layer, z, signs, error, inputs, triggered, sample_weight, n_threads
    ):
        """Return what the winners' rows of H gain, 2 t_j a_{l-1} per winner j, see `Rule`."""
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
        sources = np.empty(winners.size, dtype=np.int32)
        steps = np.empty_like(sources)
        learners.choose_winners(
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
        self, index, layers, z, errors, incoming, first, triggered, sample_weight, n_threads
    ):
        """Return what the rows of recurrent layers gain: one winner per group for all steps.

        It is the unstable neuron, S_j = sum_t s*_t,j z_t,j < 0, with S_j nearest to 0 (Sec. 3.5),
        see `Rule`.
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
        """Return p_l = p_r sqrt(2 / (pi K_l)) sqrt(E), times the share, see `Rule`."""
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
