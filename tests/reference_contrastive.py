"""The contrastive rule again, slow and obvious: one sample at a time, as `reference` does it.

An error t is +1, -1 or 0 for each neuron; 0 says that nothing is wrong there. Weights, forward pass
and margin are those of the paper's rule.
"""

from dataclasses import dataclass
from math import isqrt

import numpy as np
from reference import forward, forward_through_time, is_triggered, sign, still

SHARE = 1 / 8
CARRY = 0.75
LARGEST_WINDOW = 2**30


@dataclass
class Change:
    """What a sample asks of a layer; changes add up, and count as often as the sample does.

    `delta` is the change of H, `moves` the sum of t over all from which a neuron learns, `asked`
    counts its errors and `learned` those from which it learns.
    """

    delta: np.ndarray
    moves: np.ndarray
    asked: np.ndarray
    learned: np.ndarray

    @classmethod
    def none(cls, shape):
        return cls(np.zeros(shape, dtype=int), *np.zeros((3, shape[0]), dtype=int))

    def __add__(self, other):
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return Change(*(a + b for a, b in pairs))

    def __rmul__(self, weight):
        return Change(*(weight * value for value in vars(self).values()))


def top_error(prototypes, logits, c):
    """Return (rho_c - rho_d) / 2, where d is the strongest wrong class, the first of equals."""
    d = max((d for d in range(len(logits)) if d != c), key=lambda d: logits[d])
    return (prototypes[c] - prototypes[d]) // 2


def change_of_layer(z, t, a_below, windows, fan_in):
    """All neurons learn that have an error and are near their threshold, right or wrong."""
    change = Change.none((len(z), len(a_below)))
    for j in range(len(z)):
        if t[j] != 0:
            change.asked[j] = 1
            if abs(z[j]) <= max(isqrt(fan_in), windows[j]):
                change.learned[j] = 1
                change.moves[j] = t[j]
                change.delta[j] = 2 * t[j] * a_below
    return change


def changes_of_sample(hidden_weights, prototypes, a_0, c, margin, windows, noise=still):
    """Return the change of each layer, or None if the sample does not trigger."""
    zs, read, logits = forward(hidden_weights, prototypes, a_0, noise)
    if not is_triggered(logits, c, margin, prototypes.shape[1]):
        return None
    changes = [None] * len(zs)
    t = top_error(prototypes, logits, c)
    for k in reversed(range(len(zs))):
        a_below = read[k]
        changes[k] = change_of_layer(zs[k], t, a_below, windows[k], len(a_below))
        t = np.sign(sign(hidden_weights[k]).T @ t)
    return changes


def changes_of_series(
    hidden_weights, prototypes, series, c, margin, windows, recurrence, noise=still
):
    """Return the changes of Hxs, Hss and Hsy, or None if the series does not trigger.

    The state has one window for both of the layers that feed it, and it is counted once.
    """
    zs, inputs, states, z_y, logits = forward_through_time(
        hidden_weights, prototypes, series, recurrence, noise
    )
    if not is_triggered(logits, c, margin, prototypes.shape[1]):
        return None
    H_xs, H_ss, H_sy = hidden_weights
    N = H_xs.shape[1] + H_ss.shape[1]
    q = recurrence.inertia / 256
    carried = round(CARRY * q * (N / (1 - q * q)) ** 0.5)

    t = top_error(prototypes, logits, c)
    change_sy = change_of_layer(z_y, t, sign(zs[-1]), windows[2], H_sy.shape[1])
    t = np.sign(sign(H_sy).T @ t)

    change_xs, change_ss = Change.none(H_xs.shape), Change.none(H_ss.shape)
    horizon = 1 if recurrence.single_step else recurrence.horizon or len(series)
    for step in reversed(range(max(0, len(series) - horizon), len(series))):
        z = zs[step]
        change_xs += change_of_layer(z, t, inputs[step], windows[1], N)
        change_ss += change_of_layer(z, t, states[step], windows[1], N)
        g = abs(z) <= np.maximum(isqrt(10 * N), windows[1])
        t = np.sign(sign(H_ss).T @ (g * t) + carried * t)
    return [change_xs, change_ss, change_sy]


def sum_of_batch(
    hidden_weights,
    prototypes,
    inputs,
    classes,
    weights,
    margin,
    windows,
    recurrence=None,
    noises=None,
):
    """Return the summed changes and how much weight triggered and was wrong."""
    total = [Change.none(H.shape) for H in hidden_weights]
    n_triggered = n_wrong = 0
    noises = noises or [still] * len(inputs)
    for x, c, weight, noise in zip(inputs, classes, weights, noises, strict=True):
        if weight == 0:
            continue
        settings = (hidden_weights, prototypes, x)
        if recurrence is None:
            changes = changes_of_sample(*settings, c, margin, windows, noise)
            logits = forward(*settings, noise)[-1]
        else:
            changes = changes_of_series(*settings, c, margin, windows, recurrence, noise)
            logits = forward_through_time(*settings, recurrence, noise)[-1]
        if changes is not None:
            total = [a + weight * b for a, b in zip(total, changes, strict=True)]
            n_triggered += weight
        n_wrong += weight * (np.argmax(logits) != c)
    return total, n_triggered, n_wrong


def first_windows(hidden_weights):
    return [np.full(len(H), isqrt(H.shape[1])) for H in hidden_weights]


def adapted(windows, change):
    """Return wider windows where too few errors were learned from, and narrower ones where not."""
    new = []
    for window, asked, learned in zip(windows, change.asked, change.learned, strict=True):
        step = window // 8 + 1
        if asked == 0:
            new.append(window)
        elif learned < SHARE * asked:
            new.append(min(window + step, LARGEST_WINDOW))
        else:
            new.append(max(window - step, 0))
    return np.array(new, dtype=int)
