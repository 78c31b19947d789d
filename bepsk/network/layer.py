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
class RowDeltas:
    """A change of some rows of H; those of several batches or workers may be summed with +.

    Attributes
    ----------
    rows : int32 array, shape (n_rows,)
        Which rows change, rising.
    values : int32 array, shape (n_rows, N)
    """

    rows: np.ndarray
    values: np.ndarray

    def __add__(self, other):
        rows = np.union1d(self.rows, other.rows)
        values = np.zeros((len(rows), self.values.shape[1]), dtype=np.int32)
        for part in (self, other):
            values[np.searchsorted(rows, part.rows)] += part.values
        return RowDeltas(rows, values)


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
        """Return the summed change of H: one winner a group and sample (Sec. 3.3).

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
        deltas : RowDeltas
        """
        n_groups = -(-self.n_neurons // group_size)
        winners = np.empty((len(z), n_groups), dtype=np.int32)
        update.winners(z, desired, group_size, winners, n_threads)
        rows, slots = rows_of(winners, self.n_neurons)
        values = np.empty((len(rows), self.n_inputs), dtype=np.int32)
        update.accumulate(winners, desired, inputs, weights, slots, group_size, values, n_threads)
        return RowDeltas(rows, values)

    def apply_update(self, deltas, n_threads):
        """H <- saturate(H + delta), W <- sign(H)."""
        self._transposed_weights = None
        update.apply(
            self.hidden_weights,
            deltas.rows,
            deltas.values,
            MAX_WEIGHT,
            self.visible_weights,
            n_threads,
        )

    def reinforce(self, probability, key, n_threads):
        """H <- h + 2 sign(h) for every weight with this probability (Sec. 3.3)."""
        if probability > 0:
            survival = survival_table(probability)
            update.reinforce(self.hidden_weights, survival, key, MAX_WEIGHT, n_threads)


def rows_of(winners, n_neurons):
    """Return the neurons among the winners, rising, and for each neuron its place there or -1."""
    won = np.zeros(n_neurons, dtype=bool)
    won[winners[winners >= 0]] = True
    rows = np.flatnonzero(won).astype(np.int32)
    slots = np.full(n_neurons, -1, dtype=np.int32)
    slots[rows] = np.arange(len(rows))
    return rows, slots


@lru_cache(maxsize=64)
def survival_table(probability):
    """Return P(gap > i) of the geometric gaps between hits, i = 0..254, in units of 2^-32.

    Made by integer arithmetic alone, so that every machine skips to the same weights.
    """
    miss = 2**32 - min(round(probability * 2**32), 2**32)
    table = np.empty(255, dtype=np.uint32)
    survival = 2**32
    for i in range(len(table)):
        survival = survival * miss >> 32
        table[i] = min(survival, 2**32 - 1)
    table.flags.writeable = False
    return table
