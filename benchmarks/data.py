"""Public data: from the folder named by BEPSK_DATA, or downloaded."""

import os
from pathlib import Path

import numpy as np
from sklearn.datasets import (
    fetch_openml,
    load_breast_cancer,
    load_digits,
    load_iris,
    load_wine,
    make_classification,
    make_gaussian_quantiles,
    make_hastie_10_2,
    make_moons,
)

OPENML_NAMES = {"mnist": "mnist_784", "fashion_mnist": "Fashion-MNIST"}
N_CLASSES, N_BITS, FLIP_PROBABILITY = 10, 1000, 0.46


def load_images(name):
    """Return X_train, y_train, X_test, y_test of "mnist" or "fashion_mnist", uint8."""
    if folder := os.environ.get("BEPSK_DATA"):
        with np.load(Path(folder, f"{name}.npz"), allow_pickle=False) as arrays:
            return tuple(arrays[key] for key in ("X_train", "y_train", "X_test", "y_test"))
    X, y = fetch_openml(OPENML_NAMES[name], version=1, return_X_y=True, as_frame=False)
    X, y = X.astype(np.uint8), y.astype(np.uint8)
    return X[:60000], y[:60000], X[60000:], y[60000:]


def load_series(name):
    """Return X (n_samples, n_timesteps, n_features) with NaN for padding, and y; all samples."""
    if folder := os.environ.get("BEPSK_DATA"):
        with np.load(Path(folder, "ucr", f"{name}.npz"), allow_pickle=False) as arrays:
            X = np.concatenate([arrays["X_train"], arrays["X_test"]])
            return X, np.concatenate([arrays["y_train"], arrays["y_test"]])
    from aeon.datasets import load_classification

    X, y = load_classification(name)
    if isinstance(X, np.ndarray):
        return X.transpose(0, 2, 1), y
    padded = np.full((len(X), max(x.shape[1] for x in X), X[0].shape[0]), np.nan)
    for row, x in zip(padded, X, strict=True):
        row[: x.shape[1]] = x.T
    return padded, y


def random_prototypes(seed, n_train=20_000, n_test=3_000):
    """Draw Random Prototypes: 10 prototypes of 1000 bits, each bit flipped with 0.46."""
    rng = np.random.default_rng(seed)
    prototypes = rng.integers(2, size=(N_CLASSES, N_BITS), dtype=np.uint8)
    y = rng.integers(N_CLASSES, size=n_train + n_test)
    flips = rng.random((len(y), N_BITS)) < FLIP_PROBABILITY
    X = prototypes[y] ^ flips
    return X[:n_train], y[:n_train], X[n_train:], y[n_train:]


def tabular():
    """Return {name: (X, y)} of small sets that scikit-learn ships or makes."""
    return {
        "iris": load_iris(return_X_y=True),
        "wine": load_wine(return_X_y=True),
        "breast_cancer": load_breast_cancer(return_X_y=True),
        "digits": load_digits(return_X_y=True),
        "moons": make_moons(1000, noise=0.25, random_state=0),
        "hastie": make_hastie_10_2(3000, random_state=0),
        "gaussian_quantiles": make_gaussian_quantiles(
            n_samples=2000, n_features=10, n_classes=3, random_state=0
        ),
        "classification": make_classification(
            2000, n_features=20, n_informative=10, n_classes=4, random_state=0
        ),
    }
