"""`python -m bepsk`: compare BEP with a float network on small tables and series."""

import argparse
import time
from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

import bepsk
from bepsk.kernels.cpu import simd_path
from bepsk.network.packed import pack_bits

DATA = {"digits": load_digits, "breast_cancer": load_breast_cancer, "wine": load_wine}
HIDDEN_LAYER_SIZES = (512, 512)

NOTES = """\
Both models get the same split, two hidden layers of 512 (BEPRNN: 512 states, then 512 outputs),
defaults otherwise, and one thread. cbf_series: a cylinder, bell or funnel in noise, 128 time steps.
Bytes are those of a deployed model. BEP: packed weights and prototypes; the encoder's arrays.
MLP: coefficients and intercepts, float64 as scikit-learn keeps them; the scaler's arrays.

What to try next:
  BEPMLPClassifier().fit(X, y)             your own table: numbers in X, labels of any kind in y
  BEPMLPClassifier(encoder="thermometer")  fewer encoder bytes; bits that can be read
  BEPRNNClassifier().fit(X, y)             series in X: (n_samples, n_timesteps), 3-D or a list
  docs/encoders.md                         which encoder for which data, images among them
  docs/series.md                           series of unequal length, live signals
  examples/                                grid search, streams, images, series"""


@dataclass(frozen=True)
class Result:
    """One line of the table."""

    data: str
    model: str
    accuracy: float
    seconds: float
    network_bytes: int
    encoder_bytes: int


def main(argv=None):
    """Train both models on all data and print the table."""
    argparse.ArgumentParser(
        prog="python -m bepsk",
        description="Compare BEP classifiers with MLPClassifier on small data sets.",
    ).parse_args(argv)
    print(f"bepsk {bepsk.__version__}, CPU path {simd_path()}\n")
    with threadpool_limits(1):
        results = []
        for name, load in DATA.items():
            bep = bepsk.BEPMLPClassifier(HIDDEN_LAYER_SIZES, random_state=0)
            X, y = load(return_X_y=True)
            results += compare(name, X, y, bep)
        bep = bepsk.BEPRNNClassifier(HIDDEN_LAYER_SIZES[0], random_state=0)
        X, y = make_series(600, seed=0)
        results += compare("cbf_series", X, y, bep)
    print_table(results)
    print(NOTES)


def make_series(n_samples, seed):
    """Make noisy series that each hold a cylinder, a bell or a funnel (Saito 1994)."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_samples) % 3
    t = np.arange(128)
    begin = rng.integers(16, 33, size=(n_samples, 1))
    end = begin + rng.integers(32, 97, size=(n_samples, 1))
    rise = (t - begin) / (end - begin)
    shape = np.choose(y[:, np.newaxis], [np.ones_like(rise), rise, 1 - rise])
    height = rng.normal(6, 1, size=(n_samples, 1)) * ((t >= begin) & (t < end))
    return height * shape + rng.normal(size=shape.shape), y


def compare(name, X, y, bep):
    """Train both models on one data set, and yield their results."""
    split = train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)
    print(f"{name}: {len(X)} samples, {X.shape[1]} features, {len(np.unique(y))} classes")
    for model, sizes in (
        (bep, bep_bytes),
        (
            make_pipeline(StandardScaler(), MLPClassifier(HIDDEN_LAYER_SIZES, random_state=0)),
            mlp_bytes,
        ),
    ):
        yield evaluate(name, model, split, sizes)


def evaluate(name, model, split, sizes):
    """Train and score one model; `sizes` returns the bytes of its network and of its encoder."""
    X_train, X_test, y_train, y_test = split
    label = type(model[-1] if hasattr(model, "steps") else model).__name__
    print(f"  training {label} ... ", end="", flush=True)
    start = time.perf_counter()
    model.fit(X_train, y_train)
    seconds = time.perf_counter() - start
    print(f"{seconds:.1f} s")
    return Result(name, label, model.score(X_test, y_test), seconds, *sizes(model))


def bep_bytes(model):
    """Return the bytes of the packed weights and prototypes, and those of the encoder's arrays."""
    matrices = [*model.hidden_weights_, model.prototypes_]
    encoder = model.encoder_
    arrays = encoder.components_, encoder.thresholds_, encoder.offset_, encoder.scale_
    return sum(pack_bits(matrix > 0).nbytes for matrix in matrices), n_bytes(arrays)


def mlp_bytes(model):
    """Return the bytes of the coefficients and intercepts, and those of the scaler's arrays."""
    scaler, mlp = model
    return n_bytes([*mlp.coefs_, *mlp.intercepts_]), n_bytes([scaler.mean_, scaler.scale_])


def n_bytes(arrays):
    """Return the bytes of all arrays together."""
    return sum(array.nbytes for array in arrays)


def print_table(results):
    """Print one line per result."""
    print(
        f"\n{'data':<14}{'model':<18}{'accuracy':>9}{'training':>10}"
        f"{'network bytes':>15}{'encoder bytes':>15}"
    )
    for r in results:
        print(
            f"{r.data:<14}{r.model:<18}{r.accuracy:>8.1%} {r.seconds:>8.1f} s"
            f"{r.network_bytes:>15,}{r.encoder_bytes:>15,}"
        )
    print()


if __name__ == "__main__":
    main()
