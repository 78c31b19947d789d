"""One binary layer: hidden integer weights, and their signs packed both ways."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bepsk.kernels import product, update
from bepsk.network.packed import empty_bits, pack_signs, transpose_bits
from bepsk.network.randomness import random_bits

MAX_WEIGHT = np.iinfo(np.int16).max
"""Where hidden weights saturate: 2^(B-1) - 1 with B = 16 bits."""


@dataclass(frozen=True)
class Increments:
    """A change of H, kept as what is added to which row; those of several workers add up with +.

    Entries starts[j] .. starts[j + 1] - 1 belong to neuron j: each adds to its row, `steps`
    times, row `sources` of the inputs as +-1.

    Attributes
    ----------
    starts : int32 array, shape (K + 1,)
    sources, steps : int32 arrays, shape (n,)
    inputs : packed bits, shape (m, words of N)
    known : packed bits, shape (m, words of N), or (0, words of N)
        0 where an input adds nothing; no rows if all add.
    """

    starts: np.ndarray
    sources: np.ndarray
    steps: np.ndarray
    inputs: np.ndarray
    known: np.ndarray

    def __add__(self, other):
        neurons = np.concatenate([part.neurons() for part in (self, other)])
        order = np.argsort(neurons, kind="stable")
        sources = np.concatenate([self.sources, other.sources + np.int32(len(self.inputs))])
        return Increments(
            self.starts + other.starts,
            sources[order],
            np.concatenate([self.steps, other.steps])[order],
            np.concatenate([self.inputs, other.inputs]),
            np.concatenate([self.known, other.known]),
        )

    def neurons(self):
        """Return whose row each entry changes, int64 (n,)."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


class Layer:
    """A layer of K neurons over a fan-in of N inputs (Sec. 3.1).

    Parameters
    ----------
    hidden_weights : int16 array, shape (K, N)
        H, odd integers; kept, not copied, and changed in place by `apply_update`.
    visible_weights : uint64 array, shape (K, ceil(N / 64)), default=None
        W = sign(H) packed by row; made from H when None.
    """

    def __init__(self, hidden_weights, visible_weights=None):
        self.hidden_weights = hidden_weights
        self.n_neurons, self.n_inputs = hidden_weights.shape
        if visible_weights is None:
            visible_weights = pack_signs(hidden_weights)
        self.visible_weights = visible_weights
        self._transposed_weights = None

    @classmethod
    def random(cls, n_neurons, n_inputs, key):
        """Draw H = +-1 with fair signs."""
        signs = random_bits(key, n_neurons, n_inputs)
        return cls(2 * signs.astype(np.int16) - 1)

    def preactivation(self, inputs, n_threads):
        """Return z = W a, int32 (n_samples, K) (Sec. 3.1)."""
        z = np.empty((len(inputs), self.n_neurons), dtype=np.int32)
        product.preactivation(inputs, self.visible_weights, self.n_inputs, z, n_threads)
        return z

    def gate(self, z, nu, n_threads, *, fan_in=None):
        """Return the open gates g = [ |z| <= nu N ], packed (Eq. 5); N is the fan-in."""
        gates = empty_bits(*z.shape)
        update.gate(z, int(nu * (fan_in or self.n_inputs)), gates, n_threads)
        return gates

    def desired_activation(self, desired, gates, n_threads, *, inertia=0, current=None):
        """Return a* of the layer below, sign(W^T (g . a*)), packed (Eq. 7).

        With `inertia` c the weights are W + c I. A sum of 0 gives +1, or the bit in `current`.
        """
        if self._transposed_weights is None:
            self._transposed_weights = transpose_bits(
                self.visible_weights, self.n_inputs, n_threads
            )
        below = empty_bits(len(desired), self.n_inputs)
        current = below[:0] if current is None else current
        product.desired_activation(
            desired, gates, self._transposed_weights, inertia, current, below, n_threads
        )
        return below

    def compute_update(self, z, desired, inputs, weights, group_size, n_threads):
        """Return the change of H: one winner a group and sample (Sec. 3.3).

        Parameters
        ----------
        z : int32 array, shape (n_samples, K)
        desired : packed bits, a* of this layer
        inputs : packed bits, a of the layer below
        weights : int32 array, shape (n_samples,)
            How often each sample's update counts.
        group_size : int
        n_threads : int

        Returns
        -------
        increments : Increments
        """
        wrong = pack_signs(z, n_threads) ^ desired
        starts, samples, neurons = choose_winners(z, wrong, group_size, n_threads)
        steps = signed_steps(desired, samples, neurons, weights)
        return Increments(starts, samples, steps, inputs, inputs[:0])

    def apply_update(self, increments, n_threads):
        """H <- saturate(H + increments), W <- sign(H)."""
        self._transposed_weights = None
        update.apply(
            self.hidden_weights,
            increments.starts,
            increments.sources,
            increments.steps,
            increments.inputs,
            increments.known,
            MAX_WEIGHT,
            self.visible_weights,
            n_threads,
        )

    def reinforce(self, probability, key, n_threads):
        """H <- h + 2 sign(h) for every weight with this probability (Sec. 3.3)."""
        if probability > 0:
            survival, at_least = survival_tables(probability)
            update.reinforce(self.hidden_weights, survival, at_least, key, MAX_WEIGHT, n_threads)


def choose_winners(values, marked, group_size, n_threads):
    """Choose of each group the marked neuron with the smallest |value|, and sort by neuron.

    Parameters
    ----------
    values : int32 array, shape (n_samples, K)
    marked : packed bits, shape (n_samples, words of K)
    group_size : int
    n_threads : int

    Returns
    -------
    starts : int32 array, shape (K + 1,)
        Winners starts[j] .. starts[j + 1] - 1 are neuron j.
    samples, neurons : int32 arrays, shape (n_winners,)
    """
    n_samples, n_neurons = values.shape
    winners = np.empty((n_samples, -(-n_neurons // group_size)), dtype=np.int32)
    update.winners(values, marked, group_size, winners, n_threads)
    starts = np.empty(n_neurons + 1, dtype=np.int32)
    samples, neurons = np.empty((2, winners.size), dtype=np.int32)
    update.sort_by_neuron(winners, starts, samples, neurons)
    return starts, samples[: starts[-1]], neurons[: starts[-1]]


def signed_steps(desired, samples, neurons, weights):
    """Return 2 w a*_j of each winner, int32 (n,)."""
    words = desired[samples, neurons >> 6] >> (neurons & 63).astype(np.uint64)
    steps = 2 * weights[samples]
    return np.where(words & np.uint64(1), steps, -steps)


@lru_cache(maxsize=64)
def survival_tables(probability):
    """Tabulate the geometric law of the gaps between hits.

    Made by integer arithmetic alone, so that every machine skips to the same weights.

    Returns
    -------
    survival : uint32 array, shape (255,)
        P(gap > i) in units of 2^-32, i = 0..254.
    at_least : uint8 array, shape (256,)
        How many of them exceed every 32-bit number with this first byte: where to begin a search.
    """
    miss = 2**32 - min(round(probability * 2**32), 2**32)
    survival = np.empty(255, dtype=np.uint32)
    left = 2**32
    for i in range(len(survival)):
        left = left * miss >> 32
        survival[i] = min(left, 2**32 - 1)
    largest = np.arange(1, 257, dtype=np.int64) * 2**24 - 1
    at_least = np.searchsorted(-survival.astype(np.int64), -largest).astype(np.uint8)
    for table in (survival, at_least):
        table.flags.writeable = False
    return survival, at_least
