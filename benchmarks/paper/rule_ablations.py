"""What each part of the contrastive rule is worth: one change at a time.

A setting is a change; in the place of methods stand the data. The changed rules are examples of how
to write one's own.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Binarizer

from benchmarks.paper import folds as data_folds
from bepsk import BEPMLPClassifier, BEPRNNClassifier
from bepsk.encoders import ThermometerEncoder
from bepsk.network import ContrastiveRule
from bepsk.network.layer import Error
from bepsk.network.packed import all_ones
from bepsk.network.rule import Rule, back_project_with_inertia, pass_within

FASHION, PROTOTYPES = "FashionMNIST, 2 x 75", "Random Prototypes, 2 x 75"
PIXELS, ROWS = "MNIST pixels, 2 x 128", "5,000 MNIST images by rows"
DATA = (FASHION, PROTOTYPES, PIXELS, ROWS)
FEW_ROWS = 5000


class WholePrototype(ContrastiveRule):
    """The error of the last layer is rho_c, as the paper has it."""

    def trigger(self, targets, logits, y, sample_weight):
        """Return the samples that teach, and the whole prototype."""
        return Rule.trigger(self, targets, logits, y, sample_weight)


class NoZeros(ContrastiveRule):
    """A back-projected sum of 0 becomes +1."""

    def propagate(self, layer, error, z, activations, triggered, n_threads):
        """Return sign(W^T t), where 0 becomes +1."""
        below = super().propagate(layer, error, z, activations, triggered, n_threads)
        return Error(below.signs, all_ones(len(below.signs), layer.n_inputs))


class WrongOnly(ContrastiveRule):
    """Only wrong neurons learn."""

    def increments(self, index, layer, z, signs, error, *rest):
        """Return the increments of the neurons that are wrong."""
        triggered = rest[1]
        wrong = Error(error.signs, error.nonzero & (error.signs ^ signs[triggered]))
        return super().increments(index, layer, z, signs, wrong, *rest)


class FixedWindows(ContrastiveRule):
    """Windows stay at the square root of the fan-in."""

    def adapt(self, layer, increments):
        """Leave the windows as they are."""


class Gated(ContrastiveRule):
    """Errors flow back through neurons within their windows only."""

    def propagate(self, layer, error, z, *rest):
        """Return sign(W^T (g . t))."""
        *_, triggered, n_threads = rest
        widths = np.maximum(layer.windows, int(layer.n_inputs**0.5))
        passed = pass_within(error, z, triggered, widths, n_threads)
        return super().propagate(layer, passed, z, *rest)


class UngatedThroughTime(ContrastiveRule):
    """Errors flow back in time through all neurons."""

    def propagate_through_time(
        self, layer, error, z, states, triggered, n_threads, *, fan_in, inertia
    ):
        """Return sign(W^T t + c t)."""
        return back_project_with_inertia(layer, error, error, inertia, n_threads)


@dataclass(frozen=True)
class FullCarry(ContrastiveRule):
    """All of the inertia carries errors back in time."""

    carry = 1.0


@dataclass(frozen=True)
class LittleCarry(ContrastiveRule):
    """Less than half of the inertia carries errors back in time."""

    carry = 0.375


RULES = {
    "as it is": ContrastiveRule,
    "learn from a quarter of the errors": (ContrastiveRule, {"share": 1 / 4}),
    "learn from a sixteenth of the errors": (ContrastiveRule, {"share": 1 / 16}),
    "top: the whole prototype": WholePrototype,
    "below: a sum of 0 is +1": NoZeros,
    "below: gates as wide as the windows": Gated,
    "wrong neurons only": WrongOnly,
    "windows that stay": FixedWindows,
    "no gates through time": UngatedThroughTime,
    "inertia carried back in full": FullCarry,
    "inertia carried back by half as much": LittleCarry,
}
THROUGH_TIME = ("no gates through time", *(name for name in RULES if name.startswith("inertia")))
FEED_FORWARD = tuple(
    name for name in RULES if name.split(":")[0] in ("below", "wrong neurons only")
)
PARAMETERS = {
    "margin 0.25": {"margin": 0.25},
    "margin 1": {"margin": 1.0},
    "batches half as large": {"batch_size": 0.5},
    "batches twice as large": {"batch_size": 2},
    "no centring, no biases": {"centering": False},
    "no annealing": {"annealing": 0},
    "no average": {"average": 1},
    "1/32 of the bits flipped": {"noise": 1 / 32},
    "the paper's rule": {"rule": "paper"},
}
SETTINGS = (*RULES, *PARAMETERS)


def with_rule(estimator, rule):
    """Return the class of an estimator that trains by another rule."""
    rule, options = rule if isinstance(rule, tuple) else (rule, {})
    name = rule.__name__ + "".join(map(str, options.values()))

    def make_rule(self):
        """Return the changed rule."""
        return rule(self.margin, **options)

    return type(f"{name}_{estimator.__name__}", (estimator,), {"make_rule": make_rule})


def model(setting, data):
    """Return the classifier of a setting, or None where the data have no such part."""
    if setting in (FEED_FORWARD if data == ROWS else THROUGH_TIME):
        return None
    base = BEPRNNClassifier if data == ROWS else BEPMLPClassifier
    make = with_rule(base, RULES[setting]) if setting in list(RULES)[1:] else base
    parameters = dict(PARAMETERS.get(setting, {}))
    if "batch_size" in parameters:
        parameters["batch_size"] = int(parameters["batch_size"] * (20 if data == ROWS else 100))
    if data == ROWS:
        return make(512, n_steps="raw", overlap=0, max_iter=10, n_iter_no_change=None, **parameters)
    sizes = (128, 128) if data == PIXELS else (75, 75)
    encoder = ThermometerEncoder(n_bits=1) if data == FASHION else "binary"
    network = make(sizes, encoder=encoder, max_iter=20, n_iter_no_change=None, **parameters)
    return make_pipeline(Binarizer(threshold=127), network) if data == PIXELS else network


def folds(setting, data, seed, validation):
    """Yield the samples of the data."""
    if data == PROTOTYPES:
        yield from data_folds.prototypes(setting, None, seed, validation)
        return
    name = "fashion_mnist" if data == FASHION else "mnist"
    for X, y, X_test, y_test in data_folds.images(name)(setting, None, seed, validation):
        if data == ROWS:
            few = np.random.default_rng(seed).permutation(len(y))[:FEW_ROWS]
            X, y, X_test = X[few].reshape(-1, 28, 28), y[few], X_test.reshape(-1, 28, 28)
        yield X, y, X_test, y_test
