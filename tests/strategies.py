"""Hypothesis strategies: small networks and batches of awkward shapes."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import reference
from common import random_signs
from hypothesis import settings
from hypothesis import strategies as st

from bepsk.network import FeedForwardNetwork
from bepsk.network.layer import Layer

modest = settings(max_examples=40, deadline=None, derandomize=True)

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

    def network(self):
        layers = [Layer(H.astype(np.int16)) for H in self.hidden_weights]
        return FeedForwardNetwork(layers, self.prototypes.astype(np.int8))

    def reference_update(self):
        return reference.update_of_batch(
            self.hidden_weights,
            self.prototypes,
            self.inputs,
            self.classes,
            self.weights,
            self.margin,
            self.gate,
            self.group_sizes,
        )

    def update(self, network, rows=slice(None), n_threads=1):
        return network.compute_update(
            reference.pack(self.inputs[rows]),
            self.classes[rows],
            self.weights[rows].astype(np.int32),
            margin=self.margin,
            gate=self.gate,
            group_sizes=self.group_sizes,
            n_threads=n_threads,
        )


@st.composite
def cases(draw, batch_sizes=(0, 1, 3, 4, 5, 7, 20), max_classes=30):
    shape = draw(st.lists(widths, min_size=2, max_size=4))
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
