"""One binary layer: hidden integer weights, and their signs packed both ways."""

from copy import copy
from functools import cached_property, lru_cache
from math import isqrt
from typing import NamedTuple

import numpy as np

from bepsk.kernels import product, update
from bepsk.network.packed import (
    PANEL_ROWS,
    aligned_words,
    empty_bits,
    interleave,
    multiply,
    n_words,
    pack_signs,
    transpose_panels,
)
from bepsk.network.randomness import Stream, derive_key, random_signs, random_words

MAX_WEIGHT = np.iinfo(np.int16).max
"""Where hidden weights saturate: 2^(B-1) - 1 with B = 16 bits."""
NO_CENTRING = np.empty((0, 0), dtype=np.uint16)


class Error(NamedTuple):
    """Which way each neuron of a layer should go: +1, -1, or 0 for neither.

    Parameters
    ----------
    signs : packed bits, shape (n, words of K)
        1 for +1, 0 for -1; ignored where `nonzero` is 0.
    nonzero : packed bits, shape (n, words of K)
        0 for 0; unused bits are 0.
    """

    signs: np.ndarray
    nonzero: np.ndarray

    @classmethod
    def empty(cls, n, n_neurons):
        """Allocate the planes of n samples."""
        return cls(empty_bits(n, n_neurons), empty_bits(n, n_neurons))


class Layer:
    """A layer of K neurons over a fan-in of N inputs (Sec. 3.1).

    Parameters
    ----------
    hidden_weights : int16 array, shape (K, N)
        H, odd integers; not copied, and changed in place by `apply_update` and `anneal`.
    visible_weights : uint64 array, shape (ceil(K / 16), ceil(N / 64), 16), default=None
        W = sign(H), as panels of interleaved rows (`interleave`); computed from H if None.
    limit : int, default=MAX_WEIGHT
        Hidden weights saturate at +-limit; odd.

    Attributes
    ----------
    windows : int32 array, shape (K,)
        The largest |z| with which each neuron learns under the contrastive rule.
    input_means : int32 array, shape (N,), or None
        Means of the inputs in units of 2^-15, by which `apply_update` centres them; None means 0.
    n_bias : int
        How many of the last inputs are always 1.
    columns : uint64 array, shape (ceil(N / 16), ceil(K / 64), 16), or None
        W transposed, as panels, if `transposed` has made it since W changed.
    first_row : int
        Number of the first row of H, which is not 0 in what `of_rows` returns.
    """

    input_means = None
    n_bias = 0
    columns = None
    first_row = 0

    def __init__(self, hidden_weights, visible_weights=None, *, limit=MAX_WEIGHT):
        self.hidden_weights = hidden_weights
        self.n_neurons, self.n_inputs = hidden_weights.shape
        if visible_weights is None:
            visible_weights = interleave(pack_signs(hidden_weights))
        self.visible_weights = visible_weights
        self.limit = limit

    @classmethod
    def random(cls, n_neurons, n_inputs, key, n_bias=0):
        """Draw H = +-1 with fair signs; those of the last `n_bias` inputs are +-1, +-3 .. +-63."""
        hidden_weights = random_signs(key, n_neurons, n_inputs)
        if n_bias:
            sizes = random_words(derive_key(key, 0), n_neurons * n_bias) >> 59 << 1 | 1
            hidden_weights[:, -n_bias:] *= sizes.astype(np.int16).reshape(n_neurons, n_bias)
        layer = cls(hidden_weights)
        layer.n_bias = n_bias
        return layer

    def copy(self):
        """Return an independent layer with the same weights."""
        panels = aligned_words(*self.visible_weights.shape)
        panels[:] = self.visible_weights
        return self.with_weights(self.hidden_weights.copy(), panels)

    def with_weights(self, hidden_weights, visible_weights=None):
        """Return this layer with other weights of the same shape; not copied."""
        if visible_weights is None:
            visible_weights = interleave(pack_signs(hidden_weights))
        layer = copy(self)
        layer.hidden_weights, layer.visible_weights = hidden_weights, visible_weights
        layer.columns = None
        return layer

    def of_rows(self, rows):
        """Return a layer that is some rows of this one, to be updated by itself.

        Parameters
        ----------
        rows : slice
            Which; whole panels of 16 rows, the last of all excepted.

        Returns
        -------
        layer : Layer
            Over the same H and W.
        """
        layer = copy(self)
        layer.hidden_weights = self.hidden_weights[rows]
        layer.visible_weights = self.visible_weights[
            rows.start // PANEL_ROWS : -(-rows.stop // PANEL_ROWS)
        ]
        layer.windows, layer.columns = self.windows[rows], None
        layer.first_row = rows.start
        return layer

    def renew(self, visible_weights, windows):
        """Replace what the rows of H have been updated to, without their H."""
        self.visible_weights, self.windows = visible_weights, windows
        self.columns = None

    @cached_property
    def windows(self):
        """The largest |z| with which each neuron learns, at first sqrt(N)."""
        return np.full(self.n_neurons, isqrt(self.n_inputs), dtype=np.int32)

    def forward(self, inputs, n_threads, **wanted):
        """Return z = W a, int32 (n_samples, K), and sign(z), packed (Sec. 3.1).

        `sums=False` or `signs=False` leaves one of them out, see `multiply`.
        """
        return multiply(
            inputs, self.visible_weights, self.n_inputs, self.n_neurons, n_threads, **wanted
        )

    def transposed(self, n_threads):
        """Return W transposed, as panels; it is made once per W."""
        if self.columns is None:
            self.columns = transpose_panels(
                self.visible_weights, self.n_neurons, self.n_inputs, n_threads
            )
        return self.columns

    def back_project(self, error, n_threads, *, sums=True, signs=True):
        """Return v = W^T t and its signs (Eq. 7).

        Parameters
        ----------
        error : Error, shape (n, K)
            The error t of this layer.
        n_threads : int
            Number of threads.
        sums, signs : bool, default=True
            Whether to return v, and whether to compute its signs.

        Returns
        -------
        v : int32 array, shape (n, N), or (0, N) without `sums`
            The sums.
        below : Error, shape (n, N)
            The signs of v, +1 for 0, and where v is not 0; no rows without `signs`.
        """
        n = len(error.signs)
        v = np.empty((n if sums else 0, self.n_inputs), dtype=np.int32)
        below = Error.empty(n if signs else 0, self.n_inputs)
        product.ternary_product(
            error.signs,
            error.nonzero,
            self.transposed(n_threads),
            v,
            below.signs,
            below.nonzero,
            n_threads,
        )
        return v, below

    def apply_update(self, increments, n_threads, probability=0.0, key=0):
        """H <- saturate(H + increments), W <- sign(H), then reinforcement (Sec. 3.3).

        With `input_means` the increments are those of centred inputs, rounded to even numbers at
        random. Reinforcement is h <- h + 2 sign(h), for each weight with this probability.
        """
        self.columns = None
        survival, at_least = survival_tables(probability)
        update.update_weights(
            self.hidden_weights,
            self.visible_weights,
            increments.starts,
            increments.sources,
            increments.steps,
            increments.inputs,
            increments.known,
            self.draw_centring(key),
            self.limit,
            survival,
            at_least,
            key,
            n_threads,
            self.first_row,
        )

    def draw_centring(self, key):
        """Draw how the means of the inputs are rounded, for the kernels; no rows without means."""
        if self.input_means is None:
            return NO_CENTRING
        centring = aligned_words(n_words(self.n_inputs), 3, 16).view(np.uint16)
        update.draw_centring(self.input_means, derive_key(key, 0), centring)
        return centring

    def anneal(self):
        """H <- saturate(3 H): still odd, with the same signs."""
        for row in self.hidden_weights:
            np.clip(3 * row.astype(np.int32), -self.limit, self.limit, out=row, casting="unsafe")


def random_layers(shapes, seed, n_bias=0):
    """Draw a layer of each shape (K, N), each from a stream of its own; biases for the first."""
    return [
        Layer.random(
            n_neurons, n_inputs, derive_key(seed, Stream.WEIGHTS, index), 0 if index else n_bias
        )
        for index, (n_neurons, n_inputs) in enumerate(shapes)
    ]


@lru_cache(maxsize=64)
def survival_tables(probability):
    """Tabulate the geometric law of the gaps between reinforced weights.

    Integer arithmetic alone, so that every machine reinforces the same weights.

    Returns
    -------
    survival : uint32 array, shape (256,)
        P(gap > i) in units of 2^-32, i = 0..254, and a 0; empty for a probability of 0.
    at_least : uint8 array, shape (4096,)
        How many of them exceed every 32-bit number that begins with these 12 bits: where to
        begin the search for one.
    """
    miss = 2**32 - round(min(probability, 1.0) * 2**32)
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
