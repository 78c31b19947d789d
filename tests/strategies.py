"""Hypothesis strategies: small networks and batches of awkward shapes."""

from dataclasses import dataclass
from itertools import pairwise
from math import isqrt

import numpy as np
import reference
import reference_contrastive
from common import random_signs
from hypothesis import settings
from hypothesis import strategies as st
from reference_noise import Flips

from bepsk.network import (
    ClassTargets,
    ContrastiveRule,
    FeedForwardNetwork,
    PaperRule,
    RecurrentNetwork,
    Sequences,
)
from bepsk.network.layer import Layer
from bepsk.network.noise import SILENCE, Noise

modest = settings(max_examples=40, deadline=None, derandomize=True)
ample = settings(modest, max_examples=80)
"""For strategies of both rules."""

widths = st.sampled_from([1, 2, 5, 63, 64, 65, 127])


@dataclass
class Case:
    """A network with a batch for it, in +-1 integers, and the settings of a step."""

    hidden_weights: list
    prototypes: np.ndarray
    inputs: np.ndarray
    classes: np.ndarray
    weights: np.ndarray
    margin: float
    gate: float
    group_sizes: list
    recurrence = None
    windows = None
    """Of each layer under the contrastive rule; None stands for the paper's rule."""
    noise, noise_key, numbers, n_bias = 0, 0, None, 0
    """The share of flips in 256ths, their key, the numbers of the samples, and of biases."""

    def encoded(self, rows=slice(None)):
        return reference.pack(self.inputs[rows])

    def layers(self):
        layers = [Layer(H.astype(np.int16)) for H in self.hidden_weights]
        if self.windows is not None:
            for layer, windows in zip(layers, self.windows, strict=True):
                layer.windows = windows.astype(np.int32)
        layers[0].n_bias = self.n_bias
        return layers

    def network(self):
        return FeedForwardNetwork(self.layers(), self.targets())

    def targets(self):
        return ClassTargets(self.prototypes.astype(np.int8))

    def rule(self, **options):
        """Return the rule; the options are those of the paper's."""
        if self.windows is not None:
            return ContrastiveRule(self.margin, horizon=self.recurrence and self.recurrence.horizon)
        return PaperRule(self.margin, self.gate, tuple(self.group_sizes), **options)

    def set_biases(self, n_bias):
        """Make the last inputs of all samples, or of all steps, +1."""
        self.n_bias = min(n_bias, self.hidden_weights[0].shape[1])
        for x in self.inputs:
            x[..., x.shape[-1] - self.n_bias :] = 1

    def noise_of(self, rows=slice(None)):
        """Return the noise for the network."""
        if self.numbers is None:
            return SILENCE
        return Noise(self.noise, self.noise_key, np.array(self.numbers, dtype=np.int64)[rows])

    def noises(self):
        """Return the noise of each sample for the reference."""
        if self.numbers is None:
            return None
        return [Flips(self.noise, self.noise_key, i, self.n_bias) for i in self.numbers]

    def reference_update(self):
        """Return the deltas, and how much weight triggered and was wrong."""
        if self.windows is not None:
            changes, *counts = self.reference_changes()
            return [change.delta for change in changes], *counts
        settings = (self.margin, self.gate, self.group_sizes)
        if self.recurrence is None:
            return reference.update_of_batch(*self.batch(), *settings, self.noises())
        settings = (*settings, self.recurrence, self.noises())
        return reference.update_of_series_batch(*self.batch(), *settings)

    def reference_changes(self):
        """Return the changes under the contrastive rule, and the same weights."""
        settings = (self.margin, self.windows, self.recurrence, self.noises())
        return reference_contrastive.sum_of_batch(*self.batch(), *settings)

    def batch(self):
        return self.hidden_weights, self.prototypes, self.inputs, self.classes, self.weights

    def update(self, network, rows=slice(None), n_threads=1, **encoding):
        return network.compute_update(
            self.encoded(rows, **encoding),
            self.classes[rows],
            self.weights[rows].astype(np.int32),
            self.rule(),
            n_threads,
            self.noise_of(rows),
        )


@st.composite
def cases(draw, batch_sizes=(0, 1, 3, 4, 5, 7, 20), max_classes=30):
    shape = draw(st.lists(widths, min_size=2, max_size=5))
    n_classes = draw(st.integers(2, max_classes))
    n_samples = draw(st.sampled_from(batch_sizes))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return Case(
        hidden_weights=[
            random_signs(rng, n_out, n_in) * rng.choice([1, 1, 3, 7], size=(n_out, n_in))
            for n_in, n_out in pairwise(shape)
        ],
        prototypes=random_signs(rng, n_classes, shape[-1]),
        inputs=random_signs(rng, n_samples, shape[0]),
        classes=rng.integers(0, n_classes, size=n_samples),
        weights=rng.choice([0, 1, 1, 1, 2, 5], size=n_samples),
        margin=draw(st.sampled_from([0.1, 0.5, 0.75, 1.0])),
        gate=draw(st.sampled_from([0.01, 0.05, 0.2, 0.5, 1.0])),
        group_sizes=[int(rng.choice([1, 2, 3, 7, 16, 64, 100])) for _ in shape[1:]],
    )


@dataclass
class SeriesCase(Case):
    """A recurrent network with a batch of series for it."""

    recurrence: reference.Recurrence

    def network(self):
        options = {name: getattr(self.recurrence, name) for name in ("inertia", "single_step")}
        return RecurrentNetwork(self.layers(), self.targets(), **options)

    def rule(self, **options):
        through_time = {
            name: getattr(self.recurrence, name) for name in ("keep_ties", "clip", "horizon")
        }
        return super().rule(**through_time, **options)

    def encoded(self, rows=slice(None), n_steps=None):
        series = [self.inputs[i] for i in np.arange(len(self.inputs))[rows]]
        return pack_series(series, self.hidden_weights[0].shape[1], n_steps)


def pack_series(series, n_inputs, n_steps=None):
    """Pack series of unequal lengths, padded in front with noise that must not matter."""
    n_steps = n_steps or max(map(len, series), default=1)
    signs = random_signs(np.random.default_rng(0), len(series), n_steps, n_inputs)
    for row, one in zip(signs, series, strict=True):
        row[n_steps - len(one) :] = one
    words = reference.pack(signs.reshape(-1, n_inputs))
    bits = words.reshape(len(series), n_steps, words.shape[1])
    return Sequences(bits, np.array([n_steps - len(one) for one in series], dtype=np.int32))


@st.composite
def series_cases(draw, batch_sizes=(0, 1, 3, 5, 9), max_classes=10):
    n_inputs, n_states, n_outputs = draw(st.tuples(widths, widths, widths))
    n_classes, n_samples = draw(st.integers(2, max_classes)), draw(st.sampled_from(batch_sizes))
    longest = draw(st.sampled_from([1, 2, 3, 7]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    lengths = rng.integers(1, longest + 1, size=n_samples)
    shapes = [(n_states, n_inputs), (n_states, n_states), (n_outputs, n_states)]
    return SeriesCase(
        hidden_weights=[
            random_signs(rng, *shape) * rng.choice([1, 1, 3, 7], size=shape) for shape in shapes
        ],
        prototypes=random_signs(rng, n_classes, n_outputs),
        inputs=[random_signs(rng, length, n_inputs) for length in lengths],
        classes=rng.integers(0, n_classes, size=n_samples),
        weights=rng.choice([0, 1, 1, 1, 2, 5], size=n_samples),
        margin=draw(st.sampled_from([0.1, 0.5, 1.0])),
        gate=draw(st.sampled_from([0.01, 0.05, 0.2, 1.0])),
        group_sizes=[int(rng.choice([1, 3, 16, 100])) for _ in range(2)],
        recurrence=reference.Recurrence(
            inertia=draw(st.sampled_from([0, 1, 192, 255])),
            clip=draw(st.booleans()),
            keep_ties=draw(st.booleans()),
            horizon=draw(st.sampled_from([None, 1, 2, 4])),
            single_step=draw(st.sampled_from([False, False, True])),
        ),
    )


@st.composite
def contrastive(draw, of_paper):
    """Draw the same cases, but for the contrastive rule, with windows of any width."""
    case = draw(of_paper)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    case.windows = [
        rng.choice([0, 1, isqrt(n), isqrt(n) + 2, isqrt(10 * n) + 2, n, 3 * n], size=n_neurons)
        for n_neurons, n in (H.shape for H in case.hidden_weights)
    ]
    return case


def cases_of_both_rules(**options):
    return cases(**options) | contrastive(cases(**options))


def series_cases_of_both_rules(**options):
    return series_cases(**options) | contrastive(series_cases(**options))


@st.composite
def noisy(draw, of_any):
    """Draw the same cases, but with noise, any numbers of the samples, and biases."""
    case = draw(of_any)
    case.noise = draw(st.sampled_from([0, 1, 8, 16, 100, 128]))
    case.noise_key = draw(st.integers(0, 2**64 - 1))
    n = len(case.classes)
    case.numbers = draw(
        st.permutations(range(n))
        | st.lists(st.integers(0, 2**40), min_size=n, max_size=n, unique=True)
    )
    case.set_biases(draw(st.sampled_from([0, 1, 3, 64])))
    return case


def noisy_cases(**options):
    """Of both rules and both networks; the options are of both strategies."""
    return noisy(cases_of_both_rules(**options) | series_cases_of_both_rules(**options))
