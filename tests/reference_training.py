"""Whole epochs again, slow and obvious, under either rule."""

from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

import numpy as np
import reference_contrastive as contrastive
from reference import (
    REINFORCEMENT,
    ROUNDING,
    SHUFFLE,
    Recurrence,
    derive_key,
    random_permutation,
    random_word,
    reinforce,
    saturate,
    stochastic_round,
    update_of_batch,
    update_of_series_batch,
)
from reference_noise import Flips, key_of_epoch

ONE = 2**15


def means_of(rows, n_bias, noise=0):
    """Return the mean of each +-1 input in units of 2^-15, halves rounded up; 0 for biases.

    Noise flips this share of the inputs, in 256ths, and shrinks the means.
    """
    left = 1 - 2 * Fraction(noise, 256)
    means = [left * Fraction(int(total), len(rows)) for total in np.sum(rows, axis=0, dtype=int)]
    rounded = [floor(ONE * mean + Fraction(1, 2)) for mean in means]
    return [0 if k >= len(means) - n_bias else mean for k, mean in enumerate(rounded)]


def draw_15_bits(key, j, k):
    """Return the draw that rounds weight k of row j: one per input, shifted for each row."""
    word = random_word(derive_key(key, 0), k // 4)
    of_input = (word >> 16 * (k % 4) & 0xFFFF) >> 1
    of_row = random_word(key ^ (2**64 - 1), j)
    return (of_input + of_row) % ONE


def centre(delta, moves, means, key):
    """Subtract from the change of H what the means of the inputs bring, rounded to even numbers.

    `moves` is the sum of t of each row, so that delta is 2 sum t a, and what remains is about
    2 sum t (a - mean).
    """
    centred = delta.copy()
    for j, moved in enumerate(moves):
        if moved != 0:
            for k, mean in enumerate(means):
                centred[j, k] -= 2 * int((moved * mean + draw_15_bits(key, j, k)) // ONE)
    return centred


@dataclass
class Training:
    """A network in training, with all that carries over from epoch to epoch.

    `windows` are given under the contrastive rule, and `means` if the first layer is centred; under
    the paper's rule its last input must then be a bias. `noise` is in 256ths.
    """

    hidden_weights: list
    prototypes: np.ndarray
    seed: int
    margin: float
    nu: float
    group_sizes: list
    reinforcement: float
    batch_size: int
    shuffle: bool = True
    n_steps: int = 0
    n_epochs: int = 0
    error: float = 1.0
    losses: list = field(default_factory=list)
    recurrence: Recurrence | None = None
    windows: list | None = None
    means: list | None = None
    noise: int = 0
    n_bias: int = 0

    def run_epoch(self, inputs, classes, weights):
        key = derive_key(self.seed, ROUNDING, self.n_epochs)
        weights = np.array(stochastic_round(weights, key))
        order = np.arange(len(classes))
        if self.shuffle:
            key = derive_key(self.seed, SHUFFLE, self.n_epochs)
            order = np.array(random_permutation(key, len(classes)))
        noise_key = key_of_epoch(self.seed, self.n_epochs)
        n_triggered = n_wrong = 0
        for start in range(0, len(order), self.batch_size):
            batch = order[start : start + self.batch_size]
            noises = [Flips(self.noise, noise_key, int(i), self.n_bias) for i in batch]
            counts = self.step([inputs[i] for i in batch], classes[batch], weights[batch], noises)
            n_triggered, n_wrong = n_triggered + counts[0], n_wrong + counts[1]
        self.n_epochs += 1
        if weights.sum():
            self.error = n_wrong / weights.sum()
        self.losses.append(n_triggered / weights.sum() if weights.sum() else 0.0)

    def step(self, inputs, classes, weights, noises):
        batch = (self.hidden_weights, self.prototypes, inputs, classes, weights, self.margin)
        rate = self.reinforcement * self.error**0.5 * len(classes) / self.batch_size
        key = derive_key(self.seed, REINFORCEMENT, self.n_steps)
        self.n_steps += 1
        if self.windows is None:
            deltas, *counts = self.paper_update(*batch, noises=noises)
            moves = deltas[0][:, -1] // 2  # what the bias would gain: 2 sum t
        else:
            changes, *counts = contrastive.sum_of_batch(
                *batch, self.windows, self.recurrence, noises
            )
            deltas, moves, rate = [change.delta for change in changes], changes[0].moves, 0.0
            self.adapt(changes)
        if self.means is not None:
            deltas[0] = centre(deltas[0], moves, self.means, derive_key(key, 0))
        for k, (H, delta) in enumerate(zip(self.hidden_weights, deltas, strict=True)):
            H = saturate(H + delta)
            probability = rate * float(np.sqrt(2 / (np.pi * len(H))))
            if probability > 0:
                H = reinforce(H, probability, derive_key(key, k))
            self.hidden_weights[k] = H
        return counts

    def paper_update(self, *batch, noises):
        settings = (self.nu, self.group_sizes)
        if self.recurrence is None:
            return update_of_batch(*batch, *settings, noises)
        return update_of_series_batch(*batch, *settings, self.recurrence, noises)

    def adapt(self, changes):
        """The state's windows are those of Hss; Hxs, which feeds it too, has none of its own."""
        for k, change in enumerate(changes):
            if self.recurrence is None or k > 0:
                self.windows[k] = contrastive.adapted(self.windows[k], change)
