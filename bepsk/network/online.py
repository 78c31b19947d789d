"""Learning from one row at a time, in integers that a microcontroller can follow bit for bit.

A row is learned from as under the contrastive rule, but only by those inputs that differ from a
random background row, and by every second of these. In the first layer the bits of the background
have the means of the training data, so that the increments are on average those of centred inputs,
a quarter of them; in the others they are fair. Biases stay as they are.
"""

from dataclasses import dataclass

import numpy as np

from bepsk.kernels.online import DIGITS, draw_changes
from bepsk.network.contrastive_rule import ContrastiveRule
from bepsk.network.feedforward import FeedForwardNetwork
from bepsk.network.packed import empty_bits, pack_bits
from bepsk.network.randomness import Stream, derive_key

MEAN_WEIGHT = 15
"""Larger mean sizes of hidden weights are brought down to this, so that increments count."""
ONE = np.ones(1, dtype=np.int32)
NO_MEANS = empty_bits(0, 1)


@dataclass
class OnlineLearner:
    """A network that learns row by row.

    Parameters
    ----------
    network : FeedForwardNetwork
        Trained in place.
    rule : ContrastiveRule
        Triggers, propagates errors, says who learns, and adapts windows.
    means : packed bits, shape (4, words of K_0) or (0, words of K_0)
        What `background_means` returns.
    random : int
        State of the random generator, in 1 .. 2^32 - 1.
    """

    network: FeedForwardNetwork
    rule: ContrastiveRule
    means: np.ndarray
    random: int

    def learn(self, inputs, y):
        """Learn from rows, one after the other.

        Parameters
        ----------
        inputs : packed bits, shape (n_samples, words of K_0)
            Encoded samples.
        y : intp array, shape (n_samples,)
            Their classes.
        """
        network, rule = self.network, self.rule
        for i in range(len(y)):
            zs, read, activations, logits = network.forward(inputs[i : i + 1], 1)
            triggered, error, _ = rule.trigger(network.targets, logits, y[i : i + 1], ONE)
            if not len(triggered):
                continue
            learning = triggered, ONE, 1
            for index in reversed(range(len(network.layers))):
                layer, z, below = network.layers[index], zs[index], read[index]
                increments = rule.increments(
                    index, layer, z, activations[index], error, below, *learning
                )
                if index > 0:
                    error = rule.propagate(layer, error, z, below, triggered, 1)
                increments.known = self._draw_changes(index, below)
                layer.apply_update(increments, 1)
                rule.adapt(layer, increments)

    def _draw_changes(self, index, row):
        layer, changes = self.network.layers[index], np.empty_like(row)
        means = NO_MEANS if index else self.means
        n_bits = layer.n_inputs - layer.n_bias
        self.random = draw_changes(self.random, row[0], means, n_bits, changes[0])
        return changes


def background_means(counts, n_bits):
    """Return the probabilities of the bits of background rows, as digits of 16ths.

    Parameters
    ----------
    counts : int64 array, shape (n_bits + 1,), or None
        In how many rows each bit is 1, and then the number of rows; None if nobody counted.
    n_bits : int
        Bits of a row.

    Returns
    -------
    means : packed bits, shape (4, words of n_bits), or (0, words of n_bits)
        Row d has digit d, 2^d, of the probability of each bit, k / n rounded to 16ths, at most 15;
        no rows if there are no counts.
    """
    if counts is None:
        return empty_bits(0, n_bits)
    *ones, n = counts.tolist()
    shares = np.array([min((32 * k + n) // (2 * n), 15) for k in ones])
    return pack_bits((shares >> np.arange(DIGITS)[:, np.newaxis] & 1).astype(np.uint8))


def shrink(layer, limit):
    """Return a layer whose hidden weights have at most `MEAN_WEIGHT` as their mean size.

    Parameters
    ----------
    layer : Layer
        Its hidden weights are odd, and stay so.
    limit : int
        No weight of the result is larger.

    Returns
    -------
    layer : Layer
        With other arrays, of the same signs.
    """
    sizes = np.abs(layer.hidden_weights.astype(np.int64))
    total = int(sizes.sum())
    if total > MEAN_WEIGHT * sizes.size:
        sizes = sizes * (MEAN_WEIGHT * sizes.size) // total | 1
    sizes = np.minimum(sizes, limit)
    hidden_weights = np.where(layer.hidden_weights > 0, sizes, -sizes).astype(np.int16)
    return layer.with_weights(hidden_weights, layer.visible_weights)


def first_random(seed):
    """Return the first state of the random generator for a seed, int in 1 .. 2^32 - 1."""
    return derive_key(seed, Stream.ONLINE) % (2**32 - 1) + 1
