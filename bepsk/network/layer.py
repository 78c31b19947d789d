"""One binary layer: hidden integer weights, and their signs packed both ways."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bepsk.kernels import product, through_time, update
from bepsk.network.packed import empty_bits, interleave, multiply, pack_signs, transpose_panels
from bepsk.network.randomness import random_signs

MAX_WEIGHT = np.iinfo(np.int16).max
"""Where hidden weights saturate: 2^(B-1) - 1 with B = 16 bits."""


@dataclass(slots=True)
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
        """Return whose row each entry changes, int32 (n,)."""
        every = np.arange(len(self.starts) - 1, dtype=np.int32)
        return np.repeat(every, np.diff(self.starts))


class Layer:
    """A layer of K neurons over a fan-in of N inputs (Sec. 3.1).

    Parameters
    ----------
    hidden_weights : int16 array, shape (K, N)
        H, odd integers; kept, not copied, and changed in place by `apply_update`.
    visible_weights : uint64 array, shape (ceil(K / 16), ceil(N / 64), 16), default=None
        W = sign(H), as panels of interleaved rows (`interleave`); made from H when None.
    """

    def __init__(self, hidden_weights, visible_weights=None):
        self.hidden_weights = hidden_weights
        self.n_neurons, self.n_inputs = hidden_weights.shape
        if visible_weights is None:
            visible_weights = interleave(pack_signs(hidden_weights))
        self.visible_weights = visible_weights
        self._transposed_weights = None

    @classmethod
    def random(cls, n_neurons, n_inputs, key):
        """Draw H = +-1 with fair signs."""
        return cls(random_signs(key, n_neurons, n_inputs))

    def forward(self, inputs, n_threads, **wanted):
        """Return z = W a, int32 (n_samples, K), and sign(z), packed (Sec. 3.1).

        `wanted` may leave out one of them, see `multiply`.
        """
        return multiply(
            inputs, self.visible_weights, self.n_inputs, self.n_neurons, n_threads, **wanted
        )

    def desired_activation(
        self, desired, z, rows, nu, n_threads, *, fan_in=None, inertia=0, current=None
    ):
        """Return a* of the layer below, sign(W^T (g . a*)), packed (Eq. 7).

        Parameters
        ----------
        desired : packed bits, a* of this layer, shape (n, words of K)
        z : int32 array, shape (n_samples, K)
        rows : int32 array, shape (n,)
            The samples meant.
        nu : float
            Width of the gate g = [ |z| <= nu N ] (Eq. 5).
        n_threads : int
        fan_in : int, default=None
            Stands in for N in the gate.
        inertia : int, default=0
            c of the weights W + c I.
        current : packed bits, shape (n, words of N), default=None
            What a sum of 0 gives; +1 when None.
        """
        if self._transposed_weights is None:
            self._transposed_weights = transpose_panels(
                self.visible_weights, self.n_neurons, self.n_inputs, n_threads
            )
        below = empty_bits(len(desired), self.n_inputs)
        nonzero, opened = np.empty_like(below), np.empty_like(desired)
        gate_width = int(nu * (fan_in or self.n_inputs))
        update.gate(z, rows, gate_width, desired[:0], opened, n_threads)
        sums = np.empty((len(below) if inertia else 0, self.n_inputs), dtype=np.int32)
        product.ternary_product(
            desired, opened, self._transposed_weights, sums, below, nonzero, n_threads
        )
        if inertia:
            through_time.carry_back(sums, desired, opened, inertia, below, nonzero, n_threads)
        if current is not None:
            below = (below & nonzero) | (current & ~nonzero)
        return below

    def compute_update(self, z, signs, desired, inputs, rows, weights, group_size, n_threads):
        """Return the change of H: one winner a group and sample (Sec. 3.3).

        Parameters
        ----------
        z : int32 array, shape (n_samples, K)
        signs : packed bits, a = sign(z)
        desired : packed bits, a* of this layer, for the samples in `rows`
        inputs : packed bits, a of the layer below, for all samples
        rows : int32 array, shape (n,)
            The samples that learn.
        weights : int32 array, shape (n_samples,)
            How often each sample counts.
        group_size : int
        n_threads : int

        Returns
        -------
        increments : Increments
        """
        starts, sources, steps = choose(z, signs, rows, desired, weights, group_size, n_threads)
        return Increments(starts, sources, steps, inputs, inputs[:0])

    def apply_update(self, increments, n_threads, probability=0.0, key=0):
        """H <- saturate(H + increments), W <- sign(H), then reinforcement (Sec. 3.3).

        That is h <- h + 2 sign(h) for every weight with this probability.
        """
        self._transposed_weights = None
        survival, at_least = survival_tables(probability)
        update.update_weights(
            self.hidden_weights,
            self.visible_weights,
            increments.starts,
            increments.sources,
            increments.steps,
            increments.inputs,
            increments.known,
            MAX_WEIGHT,
            survival,
            at_least,
            key,
            n_threads,
        )

    def anneal(self):
        """H <- saturate(3 H): still odd, with the same signs."""
        for row in self.hidden_weights:
            np.clip(3 * row.astype(np.int32), -MAX_WEIGHT, MAX_WEIGHT, out=row, casting="unsafe")


def choose(values, actual, rows, desired, weights, group_size, n_threads):
    """Choose of each group the wrong neuron with the smallest |value| (Sec. 3.3).

    Parameters
    ----------
    values : int32 array, shape (n_samples, K)
    actual : packed bits, shape (n_samples, words of K)
    rows : int32 array, shape (n,)
        The samples that learn.
    desired : packed bits, shape (n, words of K)
        Neurons whose bit in `actual` differs are wrong.
    weights : int32 array, shape (n_samples,)
    group_size : int
    n_threads : int

    Returns
    -------
    starts : int32 array, shape (K + 1,)
        Winners starts[j] .. starts[j + 1] - 1 are neuron j.
    sources, steps : int32 arrays, shape (n_winners,)
        The sample, and 2 w a*_j.
    """
    n_neurons = values.shape[1]
    winners = np.empty((len(rows), -(-n_neurons // group_size)), dtype=np.int32)
    starts = np.empty(n_neurons + 1, dtype=np.int32)
    sources, steps = np.empty((2, winners.size), dtype=np.int32)
    update.choose_winners(
        values,
        actual,
        rows,
        desired,
        ~np.zeros_like(desired),
        weights,
        group_size,
        winners,
        starts,
        sources,
        steps,
        n_threads,
    )
    n_winners = starts[-1]
    return starts, sources[:n_winners], steps[:n_winners]


@lru_cache(maxsize=64)
def survival_tables(probability):
    """Tabulate the geometric law of the gaps between hits.

    Made by integer arithmetic alone, so that every machine skips to the same weights.

    Returns
    -------
    survival : uint32 array, shape (256,)
        P(gap > i) in units of 2^-32, i = 0..254, and a 0; empty for a probability of 0.
    at_least : uint8 array, shape (4096,)
        How many of them exceed every 32-bit number with these first 12 bits: where to begin a
        search.
    """
    miss = 2**32 - min(round(probability * 2**32), 2**32)
    survival = np.zeros(256 if probability > 0 else 0, dtype=np.uint32)
    left = 2**32
    for i in range(len(survival) - 1):
        left = left * miss >> 32
        survival[i] = min(left, 2**32 - 1)
    largest = np.arange(1, 4097, dtype=np.int64) * 2**20 - 1
    at_least = np.searchsorted(-survival[:-1].astype(np.int64), -largest).astype(np.uint8)
    for table in (survival, at_least):
        table.flags.writeable = False
    return survival, at_least
