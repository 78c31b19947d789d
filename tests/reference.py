"""BEP again, slow and obvious: +-1 integers, python ints for randomness, one sample at a time.

Written from the algorithm (Sec. 3.1 - 3.3 and App. C of arXiv:2512.04189), not from bepsk, and
kept simple enough to be checked against the paper by eye. The rest of the tests compare bepsk
with it bit for bit. `reference_contrastive` has the other rule, `reference_training` whole epochs,
and `reference_noise` the noise through which layers read in training.
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np

MASK64 = 2**64 - 1
MAX_WEIGHT = 2**15 - 1
WEIGHTS, FRAME, SHUFFLE, REINFORCEMENT, ROUNDING, PLACES, CALIBRATION, NOISE, HOLD_OUT, ONLINE = (
    range(10)
)


def sign(x):
    return np.where(np.asarray(x) >= 0, 1, -1)


# ---- bits in words: bit k of a row is bit k % 64 of word k // 64, 1 for +1 ----------------


def pack(signs):
    signs = np.asarray(signs)
    rows, n_words = [], -(-signs.shape[1] // 64)
    for row in signs:
        number = sum(1 << k for k, s in enumerate(row.tolist()) if s > 0)
        rows.append([number >> 64 * w & MASK64 for w in range(n_words)])
    return np.array(rows, dtype=np.uint64).reshape(len(signs), n_words)


# ---- random numbers: SplitMix64 as a counter-based generator ------------------------------


def random_word(key, index):
    x = (key + (index + 1) * 0x9E3779B97F4A7C15) & MASK64
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & MASK64
    x = (x ^ x >> 27) * 0x94D049BB133111EB & MASK64
    return x ^ x >> 31


def derive_key(seed, *counters):
    for counter in counters:
        seed = random_word(random_word(seed, 0) ^ counter, 0)
    return seed


def random_signs(key, n_rows, n_columns):
    n = n_rows * n_columns
    bits = [random_word(key, i // 64) >> i % 64 & 1 for i in range(n)]
    return 2 * np.array(bits, dtype=int).reshape(n_rows, n_columns) - 1


def random_permutation(key, n):
    return sorted(range(n), key=lambda i: random_word(key, i))


def stochastic_round(values, key):
    floors = [int(np.floor(value)) for value in values]
    return [
        floor + (random_word(key, i) / 2.0**64 < value - floor)
        for i, (value, floor) in enumerate(zip(values, floors, strict=True))
    ]


# ---- one training step (Sec. 3.2, 3.3) -----------------------------------------------------


def still(signs, layer, place):
    """Read without noise."""
    return signs


def forward(hidden_weights, prototypes, a, noise=still):
    """Return z_1 .. z_L, what each layer reads, a_0 .. a_{L-1}, and the logits."""
    zs, read = [], []
    for k, H in enumerate(hidden_weights):
        read.append(noise(a, k, 0))
        zs.append(sign(H) @ read[-1])
        a = sign(zs[-1])
    return zs, read, prototypes @ a


def is_triggered(logits, c, margin, width):
    """Eq. 1."""
    rivals = np.delete(logits, c)
    return len(rivals) > 0 and logits[c] - rivals.max() < margin * width


def gate(z, nu, fan_in):
    """Eq. 5."""
    return (np.abs(z) <= nu * fan_in).astype(int)


def desired_activation(W, g, desired, inertia=0, current=1):
    """Eq. 7; a sum of 0 gives `current`."""
    v = W.T @ (g * desired)
    if inertia:
        v = v + inertia * g * desired
    return np.where(v == 0, current, sign(v))


def winners(z, desired, group_size):
    """Return for each group the wrong neuron with the smallest |z|, or -1."""
    chosen = []
    for start in range(0, len(z), group_size):
        group = range(start, min(start + group_size, len(z)))
        wrong = [j for j in group if sign(z[j]) != desired[j]]
        chosen.append(min(wrong, key=lambda j: abs(z[j]), default=-1))
    return chosen


def update_of_layer(z, desired, a_below, group_size):
    delta = np.zeros((len(z), len(a_below)), dtype=int)
    for j in winners(z, desired, group_size):
        if j >= 0:
            delta[j] += 2 * desired[j] * a_below
    return delta


def update_of_sample(hidden_weights, prototypes, a_0, c, margin, nu, group_sizes, noise=still):
    """Return the Delta H of each layer, or None if the sample does not trigger."""
    zs, read, logits = forward(hidden_weights, prototypes, a_0, noise)
    if not is_triggered(logits, c, margin, prototypes.shape[1]):
        return None
    deltas = [None] * len(zs)
    desired = prototypes[c]
    for k in reversed(range(len(zs))):
        deltas[k] = update_of_layer(zs[k], desired, read[k], group_sizes[k])
        W = sign(hidden_weights[k])
        desired = desired_activation(W, gate(zs[k], nu, W.shape[1]), desired)
    return deltas


def update_of_batch(
    hidden_weights, prototypes, inputs, classes, weights, margin, nu, group_sizes, noises=None
):
    """Return the summed deltas and how much weight triggered and was wrong."""
    return sum_over_batch(
        lambda a_0, c, noise: update_of_sample(
            hidden_weights, prototypes, a_0, c, margin, nu, group_sizes, noise
        ),
        lambda a_0, noise: forward(hidden_weights, prototypes, a_0, noise)[2],
        hidden_weights,
        inputs,
        classes,
        weights,
        noises,
    )


def sum_over_batch(update_of, logits_of, hidden_weights, inputs, classes, weights, noises):
    """Add up; `noises` are those of the samples, None for none."""
    total = [np.zeros(H.shape, dtype=int) for H in hidden_weights]
    n_triggered = n_wrong = 0
    noises = noises or [still] * len(inputs)
    for x, c, weight, noise in zip(inputs, classes, weights, noises, strict=True):
        deltas = update_of(x, c, noise)
        if deltas is not None:
            total = [t + weight * d for t, d in zip(total, deltas, strict=True)]
            n_triggered += weight
        n_wrong += weight * (np.argmax(logits_of(x, noise)) != c)
    return total, n_triggered, n_wrong


def saturate(H, limit=MAX_WEIGHT):
    return np.clip(H, -limit, limit)


def draw_gap(u, probability):
    """Draw how many weights to skip: geometric, by inversion of 32 random bits, at most 255."""
    miss = 2**32 - min(round(probability * 2**32), 2**32)
    survival, gap = 2**32 * miss >> 32, 0
    while gap < 255 and u < min(survival, 2**32 - 1):
        survival, gap = survival * miss >> 32, gap + 1
    return gap


def reinforce(H, probability, key, limit=MAX_WEIGHT):
    H = H.copy()
    for row, weights in enumerate(H):
        row_key, draw, k = random_word(key, row), 0, 0
        while True:
            gap = draw_gap(random_word(row_key, draw) >> 32, probability)
            draw, k = draw + 1, k + gap
            if k >= len(weights):
                break
            if gap < 255:
                weights[k] = np.clip(weights[k] + 2 * sign(weights[k]), -limit, limit)
                k += 1
    return H


# ---- the classifier: a binary equiangular frame (App. C) -----------------------------------


def frame_objective(prototypes):
    products = [int(p @ q) for p, q in combinations(prototypes, 2)]
    if not products:
        return Fraction(0)
    mean = Fraction(sum(products), len(products))
    return sum(products) + sum((product - mean) ** 2 for product in products) / len(products)


def descend_frame(prototypes, key, n_proposals):
    prototypes = prototypes.copy()
    objective = frame_objective(prototypes)
    for proposal in range(n_proposals):
        place = divmod(random_word(key, proposal) % prototypes.size, prototypes.shape[1])
        prototypes[place] *= -1
        changed = frame_objective(prototypes)
        if changed < objective:
            objective = changed
        else:
            prototypes[place] *= -1
    return prototypes


def equiangular_frame(n_classes, n_neurons, key):
    start = random_signs(derive_key(key, 0), n_classes, n_neurons)
    return descend_frame(start, derive_key(key, 1), 20 * start.size)


# ---- the recurrent network (Sec. 3.5): inputs are one series, a list of steps ---------------


@dataclass
class Recurrence:
    """What is not in the weights; the defaults are the paper's."""

    inertia: int = 0
    clip: bool = False
    keep_ties: bool = False
    horizon: int | None = None
    single_step: bool = False


def forward_through_time(hidden_weights, prototypes, series, recurrence, noise=still):
    """Return z_1 .. z_T, x_1 .. x_T and s_0 .. s_{T-1} as they are read, z_y and the logits.

    The output layer reads s_T as it is.
    """
    W_xs, W_ss, W_sy = map(sign, hidden_weights)
    z, zs, inputs, states = np.zeros(len(W_xs), dtype=int), [], [], []
    for t, x in enumerate(series):
        x = noise(x, 0, len(series) - t)
        s = noise(sign(z), 1, len(series) - t)
        carried = recurrence.inertia * z // 256
        z = W_xs @ x
        if not recurrence.single_step:
            z = z + W_ss @ s + carried
        inputs.append(x)
        states.append(s)
        zs.append(z)
    z_y = W_sy @ sign(z)
    return zs, inputs, states, z_y, prototypes @ sign(z_y)


def update_of_series(
    hidden_weights, prototypes, series, c, margin, nu, group_sizes, recurrence, noise=still
):
    """Return the Delta of Hxs, Hss and Hsy, or None if the series does not trigger."""
    zs, inputs, states, z_y, logits = forward_through_time(
        hidden_weights, prototypes, series, recurrence, noise
    )
    if not is_triggered(logits, c, margin, prototypes.shape[1]):
        return None
    _, W_ss, W_sy = map(sign, hidden_weights)
    fan_in = sum(H.shape[1] for H in hidden_weights[:2])
    q = recurrence.inertia / 256
    inertia = round(q * (fan_in / (1 - q * q)) ** 0.5)

    def go_back(W, g, desired, s, inertia=0):
        return desired_activation(W, g, desired, inertia, s if recurrence.keep_ties else 1)

    s_T = sign(zs[-1])
    desired = [go_back(W_sy, gate(z_y, nu, W_sy.shape[1]), prototypes[c], s_T)]
    for t in reversed(range(1, len(series))):
        g = gate(zs[t], nu, fan_in)
        desired.insert(0, go_back(W_ss, g, desired[0], sign(zs[t - 1]), inertia))

    T = len(series)
    horizon = 1 if recurrence.single_step else recurrence.horizon or T
    steps = range(max(0, T - horizon), T)
    stability = sum(desired[t] * zs[t] for t in steps)
    delta_xs, delta_ss = (np.zeros(H.shape, dtype=int) for H in hidden_weights[:2])
    for j in unstable_winners(stability, group_sizes[0]):
        for delta, incoming in ((delta_xs, inputs), (delta_ss, states)):
            change = sum(desired[t][j] * incoming[t] for t in steps)
            delta[j] = 2 * (np.sign(change) if recurrence.clip else change)
    return [delta_xs, delta_ss, update_of_layer(z_y, prototypes[c], s_T, group_sizes[1])]


def update_of_series_batch(
    hidden_weights,
    prototypes,
    inputs,
    classes,
    weights,
    margin,
    nu,
    group_sizes,
    recurrence,
    noises=None,
):
    """Return the summed deltas and how much weight triggered and was wrong."""
    return sum_over_batch(
        lambda series, c, noise: update_of_series(
            hidden_weights, prototypes, series, c, margin, nu, group_sizes, recurrence, noise
        ),
        lambda series, noise: forward_through_time(
            hidden_weights, prototypes, series, recurrence, noise
        )[-1],
        hidden_weights,
        inputs,
        classes,
        weights,
        noises,
    )


def unstable_winners(stability, group_size):
    """Return the neurons below 0 nearest to it, one of each group that has any."""
    chosen = []
    for start in range(0, len(stability), group_size):
        group = range(start, min(start + group_size, len(stability)))
        unstable = [j for j in group if stability[j] < 0]
        chosen += [max(unstable, key=lambda j: stability[j])] if unstable else []
    return chosen


# ---- encoders ---------------------------------------------------------------------------------


def outside(values, lower, upper):
    """Say where the values lie outside of the intervals (lower, upper]."""
    return ~((lower < values) & (values <= upper))


def best_correlation(image, patch, top, left, window):
    """Return the largest sum of patch times image over window x window places from (top, left)."""
    side = len(patch)
    return max(
        int((image[y : y + side, x : x + side].astype(int) * patch).sum())
        for y in range(top, top + window)
        for x in range(left, left + window)
    )


def thermometer(x, thresholds, missing):
    """Encode one sample: [ x > t ] for each threshold of each feature, then [ x is NaN ]."""
    bits = []
    for value, rising, has_missing_bit in zip(x, thresholds, missing, strict=True):
        bits += [value > t for t in rising] + [np.isnan(value)] * bool(has_missing_bit)
    return bits
