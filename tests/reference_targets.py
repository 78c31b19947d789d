"""Other targets than classes, slow and obvious: one sample, one neuron, one label at a time.

A target says what it reads from the last activations, which samples it takes for wrong, whether a
sample is learned from, and what each neuron should do then; the rules below the top stay the same.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

import numpy as np
from reference import desired_activation, forward, gate, sign, still, update_of_layer
from reference_contrastive import Change, change_of_layer


@dataclass
class Numbers:
    """Neuron j says whether y > t_j, and is worth widths[j]."""

    thresholds: np.ndarray
    widths: np.ndarray

    def desired(self, y):
        return np.array([1 if y > t else -1 for t in self.thresholds.tolist()])

    def misses(self, a, y, margin):
        n_wrong = sum(int(have != want) for have, want in zip(a, self.desired(y), strict=True))
        return n_wrong > margin * len(a)

    def is_wrong(self, a, y, margin):
        return self.misses(a, y, margin)

    def contrast(self, a, y, margin):
        return [t if have != t else 0 for have, t in zip(a, self.desired(y), strict=True)]

    def decode(self, zs, n_inputs):
        """What is up counts as a whole, and in part within 3 sqrt(n_inputs) of the threshold."""
        reach = min(isqrt(9 * n_inputs), n_inputs)
        levels = [Fraction(256 * z, reach).__floor__() for z in zs]
        ups = [Fraction(min(max(level, -256), 256) + 256, 512) for level in levels]
        return sum(up * width for up, width in zip(ups, self.widths.tolist(), strict=True))


@dataclass
class Labels:
    """Each label has a share of the neurons; `prototypes` say yes, their opposite says no."""

    prototypes: np.ndarray
    n_labels: int

    def share(self, label):
        n = len(self.prototypes)
        return range(label * n // self.n_labels, (label + 1) * n // self.n_labels)

    def read(self, a):
        return [
            sum(int(a[j] * self.prototypes[j]) for j in self.share(label))
            for label in range(self.n_labels)
        ]

    def desired(self, y):
        t = np.zeros(len(self.prototypes), dtype=int)
        for label in range(self.n_labels):
            for j in self.share(label):
                t[j] = self.prototypes[j] if y[label] else -self.prototypes[j]
        return t

    def missed(self, a, y, margin):
        """Yes reads z and no reads -z: the right one must lead by the margin (Eq. 1)."""
        return [
            (2 * z if yes else -2 * z) < margin * len(self.share(label))
            for label, (z, yes) in enumerate(zip(self.read(a), y, strict=True))
        ]

    def misses(self, a, y, margin):
        return any(self.missed(a, y, margin))

    def is_wrong(self, a, y, margin):
        return any((z > 0) != yes for z, yes in zip(self.read(a), y, strict=True))

    def contrast(self, a, y, margin):
        t = np.zeros(len(self.prototypes), dtype=int)
        for label, missed in enumerate(self.missed(a, y, margin)):
            for j in self.share(label):
                t[j] = self.desired(y)[j] if missed else 0
        return t


def paper_deltas(hidden_weights, zs, read, desired, nu, group_sizes):
    deltas = [None] * len(zs)
    for k in reversed(range(len(zs))):
        deltas[k] = update_of_layer(zs[k], desired, read[k], group_sizes[k])
        W = sign(hidden_weights[k])
        desired = desired_activation(W, gate(zs[k], nu, W.shape[1]), desired)
    return deltas


def contrastive_changes(hidden_weights, zs, read, t, windows):
    changes = [None] * len(zs)
    for k in reversed(range(len(zs))):
        changes[k] = change_of_layer(zs[k], t, read[k], windows[k], len(read[k]))
        t = np.sign(sign(hidden_weights[k]).T @ t)
    return changes


def update_of_batch(hidden_weights, targets, inputs, ys, weights, margin, *, paper, noises=None):
    """Return the summed deltas, and how much weight triggered, was wrong, and was there at all.

    `paper` is (nu, group sizes) under the paper's rule; else it is the windows of all layers.
    """
    total = [np.zeros(H.shape, dtype=int) for H in hidden_weights]
    n_triggered = n_wrong = 0
    everything = np.eye(len(hidden_weights[-1]), dtype=int)  # reads all of a_L
    for x, y, weight, noise in zip(
        inputs, ys, weights.tolist(), noises or [still] * len(inputs), strict=True
    ):
        if weight == 0:
            continue
        zs, read, a = forward(hidden_weights, everything, x, noise)
        n_wrong += weight * targets.is_wrong(a, y, margin)
        if not targets.misses(a, y, margin):
            continue
        n_triggered += weight
        if isinstance(paper, tuple):
            deltas = paper_deltas(hidden_weights, zs, read, targets.desired(y), *paper)
        else:
            top = np.array(targets.contrast(a, y, margin))
            changes: list[Change] = contrastive_changes(hidden_weights, zs, read, top, paper)
            deltas = [change.delta for change in changes]
        total = [a + weight * b for a, b in zip(total, deltas, strict=True)]
    return total, n_triggered, n_wrong, int(weights.sum())


def place_thresholds(y, n):
    """Return n thresholds in ascending order, and what y is worth above 0 .. n of them, exactly."""
    ordered = sorted(map(Fraction, y.tolist()))
    values = sorted(set(ordered))
    if len(values) == 1:
        return values * n, values * (n + 1)
    below = [Fraction(sum(v <= low for v in ordered), len(ordered)) for low in values[:-1]]
    # The gap with the share of the sample below it that is nearest to (k + 1/2) / n.
    gaps = [
        min(range(len(below)), key=lambda g: abs(below[g] - Fraction(2 * k + 1, 2 * n)))
        for k in range(n)
    ]
    used = sorted(set(gaps))
    cells = [[] for _ in range(len(used) + 1)]
    for v in ordered:
        cells[sum(v > values[gap] for gap in used)].append(v)
    means = [sum(cell) / len(cell) for cell in cells]
    worths = [means[0]]
    for gap in gaps:
        cell = used.index(gap)
        worths.append(worths[-1] + (means[cell + 1] - means[cell]) / gaps.count(gap))
    return [(values[gap] + values[gap + 1]) / 2 for gap in gaps], worths
