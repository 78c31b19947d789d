"""`python -m bepsk`: BEP beside a float network on data that ships with scikit-learn."""

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
Same split, same hidden layers, defaults otherwise, one thread each.
Bytes: what a deployed model needs. BEP: packed weights and prototypes; the arrays of the
encoder. MLP: coefficients and intercepts, float64 as scikit-learn keeps them; the scaler.

What to try next:
  BEPMLPClassifier().fit(X, y)             your own table: numbers in X, labels of any kind in y
  BEPMLPClassifier(encoder="thermometer")  fewer encoder bytes; accepts NaN
  docs/encoders.md                         which encoder for which data, images among them
  examples/                                grid search, streams, images"""


@dataclass(frozen=True)
class Result:
    """A line of the table."""

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
        description="Compare BEPMLPClassifier with MLPClassifier on small data sets.",
    ).parse_args(argv)
    print(f"bepsk {bepsk.__version__}, CPU path {simd_path()}\n")
    with threadpool_limits(1):
        results = [result for name in DATA for result in compare(name)]
    print_table(results)
    print(NOTES)


def compare(name):
    """Train both models on one data set, telling how far they are."""
    X, y = DATA[name](return_X_y=True)
    split = train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)
    print(f"{name}: {len(X)} samples, {X.shape[1]} features, {len(np.unique(y))} classes")
    for model, sizes in (
        (bepsk.BEPMLPClassifier(HIDDEN_LAYER_SIZES, random_state=0), bep_bytes),
        (
            make_pipeline(StandardScaler(), MLPClassifier(HIDDEN_LAYER_SIZES, random_state=0)),
            mlp_bytes,
        ),
    ):
        yield evaluate(name, model, split, sizes)


def evaluate(name, model, split, sizes):
    """Train and score one model; `sizes` returns the bytes of its network and its encoder."""
    X_train, X_test, y_train, y_test = split
    label = type(model[-1] if hasattr(model, "steps") else model).__name__
    print(f"  training {label} ... ", end="", flush=True)
    start = time.perf_counter()
    model.fit(X_train, y_train)
    seconds = time.perf_counter() - start
    print(f"{seconds:.1f} s")
    return Result(name, label, model.score(X_test, y_test), seconds, *sizes(model))


def bep_bytes(model):
    """Return the bytes of the packed weights and prototypes, and of the encoder's arrays."""
    matrices = [*model.hidden_weights_, model.prototypes_]
    encoder = model.encoder_
    arrays = encoder.components_, encoder.thresholds_, encoder.offset_, encoder.scale_
    return sum(pack_bits(matrix > 0).nbytes for matrix in matrices), n_bytes(arrays)


def mlp_bytes(model):
    """Return the bytes of the coefficients and intercepts, and of the scaler's arrays."""
    scaler, mlp = model
    return n_bytes([*mlp.coefs_, *mlp.intercepts_]), n_bytes([scaler.mean_, scaler.scale_])


def n_bytes(arrays):
    """Return the bytes of all arrays together."""
    return sum(array.nbytes for array in arrays)


def print_table(results):
    """Print one line a result."""
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
