"""A learning rule: when a sample teaches, what flows back, and which neurons learn.

An error t says which way each neuron of a layer should go, +1, -1 or 0 for neither: two planes of
bits, `Error`.
"""

from dataclasses import dataclass, field

import numpy as np

from bepsk.kernels import through_time, update
from bepsk.network.layer import Error


@dataclass(frozen=True)
class Rule:
    """Base of `PaperRule` and `ContrastiveRule`.

    A subclass gives `propagate`, `increments` and, for recurrent networks,
    `increments_through_time`, and may replace the others.

    Parameters
    ----------
    margin : float
        The r of Eq. 1: a sample is learned from while its class leads by less than r K_L.
    horizon : int or None, default=None
        Number of last steps of a series through which errors flow back; None means all.

    Examples
    --------
    >>> from bepsk.network import PaperRule, Rule
    >>> isinstance(PaperRule(0.5, gate=0.05, group_sizes=(16, 16)), Rule)
    True
    """

    margin: float
    horizon: int | None = field(default=None, kw_only=True)

    def trigger(self, targets, logits, y, sample_weight):
        """Return the samples that teach, and the error of the last layer.

        Parameters
        ----------
        targets : ClassTargets
            What the last layer should do.
        logits : array, one row per sample
            What the targets read.
        y : array, shape (n_samples,)
            What they should read.
        sample_weight : int32 array, shape (n_samples,)
            How many times each sample counts.

        Returns
        -------
        triggered, error, counts
            As `ClassTargets.trigger` returns them.
        """
        return targets.trigger(logits, y, sample_weight, self.margin)

    carry = 1.0
    """Share of inertia through which errors flow back in time."""

    def propagate(self, layer, error, z, activations, triggered, n_threads):
        """Return the error of the layer below.

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

        Returns
        -------
        error : Error, shape (n, N)
            The error of the layer below.
        """
        raise NotImplementedError

    def propagate_through_time(
        self, layer, error, z, states, triggered, n_threads, *, fan_in, inertia
    ):
        """Return the error of the state before.

        Parameters
        ----------
        layer : Layer
            The layer from state to state, of K neurons.
        error : Error, shape (n, K)
            The error of a state.
        z : int32 array, shape (n_samples, K)
            Its sums, for all samples.
        states : packed bits, shape (n_samples, words of K)
            The state before, for all samples.
        triggered : int32 array, shape (n,)
            Rows of the triggered samples.
        n_threads : int
            Number of threads.
        fan_in : int
            Number of inputs of a state neuron, those of the input layer included.
        inertia : int
            The c of W^T + c I, which takes the place of W^T.

        Returns
        -------
        error : Error, shape (n, K)
            The error of the state before.
        """
        raise NotImplementedError

    def increments(
        self, index, layer, z, signs, error, inputs, triggered, sample_weight, n_threads
    ):
        """Return what the rows of H gain.

        Parameters
        ----------
        index : int
            Which of the network's `widths` the layer has.
        layer : Layer
            K neurons over N inputs.
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
        raise NotImplementedError

    def increments_through_time(
        self, index, layers, z, errors, incoming, first, triggered, sample_weight, n_threads
    ):
        """Return what the rows of the layers that feed the state gain.

        Parameters
        ----------
        index : int
            Which of the network's `widths` the state has.
        layers : list of Layer
            The layers that feed the state: from the input, and from the state before.
        z : int32 array, shape (T, n_samples, K_s)
            The sums z_1 .. z_T.
        errors : Error, shape (T, n, K_s)
            The errors of the states s_1 .. s_T.
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
        raise NotImplementedError

    def reinforcement_probability(self, n_neurons, error, share=1.0):
        """Return with which probability a weight is reinforced after a mini-batch.

        Parameters
        ----------
        n_neurons : int
            K_l, neurons of the layer.
        error : float
            E, the training error of the previous epoch.
        share : float, default=1.0
            Size of the mini-batch relative to a full one.

        Returns
        -------
        probability : float
            Probability of h <- h + 2 sign(h), for each weight; here 0.
        """
        return 0.0

    def adapt(self, layer, increments):
        """Adapt what a layer keeps for training besides H; here nothing.

        Parameters
        ----------
        layer : Layer
            The layer, after its update.
        increments : Increments
            What was added, by all workers.
        """

    def with_group_sizes(self, group_sizes):
        """Return this rule with other group sizes; here the rule itself, which has none.

        Parameters
        ----------
        group_sizes : sequence of int
            Neurons per group for each of the network's `widths`.

        Returns
        -------
        rule : Rule
            The rule to train with.
        """
        return self


def pass_within(error, z, triggered, widths, n_threads):
    """Return an error where |z_j| <= widths[j], and 0 elsewhere."""
    open_gates = np.empty_like(error.nonzero)
    update.gate(z, triggered, widths, error.nonzero, open_gates, n_threads)
    return Error(error.signs, open_gates)


def back_project_with_inertia(layer, passed, carried, inertia, n_threads):
    """Return sign(W^T t + c t') of the errors that pass the gates, t, and of those carried, t'."""
    v, before = layer.back_project(passed, n_threads, sums=inertia > 0, signs=inertia == 0)
    if inertia:
        before = Error.empty(len(v), layer.n_inputs)
        through_time.carry_back(
            v,
            carried.signs,
            carried.nonzero,
            inertia,
            before.signs,
            before.nonzero,
            n_threads,
        )
    return before
