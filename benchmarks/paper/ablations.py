"""Ablations: one parameter at a time around the settings of two layers of 525 neurons.

A setting is "parameter: value"; in the place of methods stand the data.
"""

from functools import partial

from sklearn.base import BaseEstimator, ClassifierMixin

from benchmarks.paper import folds as data_folds
from benchmarks.paper.settings import chosen
from bepsk import BEPMLPClassifier, BEPRNNClassifier
from bepsk.encoders import LocalPatchEncoder, ThermometerEncoder

EPOCHS = 20
FASHION, PROTOTYPES = "FashionMNIST", "Random Prototypes"
SERIES = {"PenDigits, 8 steps": "PenDigits", "MelbournePedestrian, 24 steps": "MelbournePedestrian"}
DATA = (FASHION, PROTOTYPES, *SERIES)
VALUES = {
    "margin": (0.1, 0.25, 0.5, 0.75, 1.0),
    "gate": (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
    "reinforcement": (0.0, 0.25, 0.5, 1.0, 2.0, 5.0),
    "group size": (5, 15, 35, 75, 175, 525),
    "annealing": (0, 0.2, 0.4, 0.6, 0.8, 1),
    "batch size": (20, 50, 100, 200, 500, 1000),
    "bits of H": (4, 6, 8, 16),
    "hidden layers": (1, 2, 3, 4, 5, 6),
    "bits per pixel": (1, 2, 3, 5),
    "patches": (512, 1024, 2048, 4096),
    "horizon": (1, 2, 4, 8, 16, 24),
}
FASHION_ONLY = ("bits per pixel", "patches")
SETTINGS = tuple(f"{name}: {value}" for name, values in VALUES.items() for value in values)


class Limited(BEPMLPClassifier):
    """A BEP perceptron whose hidden weights saturate at `limit`."""

    def make_network(self, n_inputs, seed):
        """Draw the network, and limit its layers."""
        network = super().make_network(n_inputs, seed)
        for layer in network.layers:
            layer.limit = self.limit
        return network


class FewBits(ClassifierMixin, BaseEstimator):
    """A BEP perceptron whose hidden weights saturate at 2^(n_bits - 1) - 1."""

    def __init__(self, estimator, n_bits):
        self.estimator = estimator
        self.n_bits = n_bits

    def fit(self, X, y):
        """Train from scratch."""
        limited = type("Limited", (Limited,), {"limit": 2 ** (self.n_bits - 1) - 1})
        self.estimator_ = limited(**self.estimator.get_params(deep=False)).fit(X, y)
        self.classes_ = self.estimator_.classes_
        return self

    def predict(self, X):
        """Predict labels."""
        return self.estimator_.predict(X)


def parse(setting):
    """Return the name and the value of a setting."""
    name, value = setting.split(": ")
    return name, float(value) if "." in value else int(value)


def model(setting, data):
    """Return the classifier of a setting, or None where the data have no such parameter."""
    name, value = parse(setting)
    if data in SERIES or name == "horizon":
        fits = data in SERIES and name == "horizon" and value <= int(data.split()[1])
        return BEPRNNClassifier(rule="paper", n_steps="raw", horizon=value) if fits else None
    if data == PROTOTYPES and name in FASHION_ONLY:
        return None
    table = {FASHION: "fashion", PROTOTYPES: "prototypes"}[data]
    base = chosen(table, "BEP", "2 x 525") | {"max_iter": EPOCHS, "annealing": 0}
    encoder = "binary" if data == PROTOTYPES else ThermometerEncoder(n_bits=1)
    make = partial(BEPMLPClassifier, rule="paper", encoder=encoder, n_iter_no_change=None)
    sizes = (525, 525)
    if name == "bits of H":
        return FewBits(make(sizes, **base), value)
    if name == "hidden layers":
        return make((525,) * value, **base)
    if name == "bits per pixel":
        return make(sizes, **base).set_params(encoder=ThermometerEncoder(n_bits=value))
    if name == "patches":
        return make(sizes, **base).set_params(encoder=LocalPatchEncoder((28, 28), value))
    if name == "group size":
        base["group_patience"] = None
    return make(sizes, **base).set_params(**{name.replace(" ", "_"): value})


def folds(setting, data, seed, validation):
    """Yield the samples of the data."""
    if data in SERIES:
        return data_folds.series(SERIES[data], None, seed, validation)
    split = data_folds.images("fashion_mnist") if data == FASHION else data_folds.prototypes
    return split(setting, None, seed, validation)
