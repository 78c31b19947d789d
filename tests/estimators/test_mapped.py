"""What is fitted on a memory-mapped array is what is fitted on the same array in memory."""

import numpy as np
import pytest
from common import blobs, waves
from crew import assert_same_fit
from sklearn.base import clone
from sklearn.datasets import load_digits

from bepsk import BEPMLPClassifier, BEPMLPRegressor, BEPRNNClassifier
from bepsk.encoders import (
    BinaryEncoder,
    BinaryExpansionEncoder,
    LocalPatchEncoder,
    SparseSumEncoder,
    ThermometerEncoder,
)
from bepsk.training import mapped

X, y = blobs(300, n_features=12)
HOLES = np.where(np.random.default_rng(0).random(X.shape) < 0.1, np.nan, X)
WHOLE, DIGITS = load_digits(return_X_y=True)
SERIES, pitch = waves(60)
SMALL = {"max_iter": 3, "random_state": 0}


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(mapped, "BLOCK_BYTES", 4000)
    monkeypatch.setattr(mapped, "MOST_BYTES_IN_MEMORY", 4000)


def in_a_file(path, array):
    np.save(path, array)
    return np.load(path, mmap_mode="r")


def mlp(encoder="projection", **parameters):
    return BEPMLPClassifier((32, 24), encoder=encoder, **{**SMALL, **parameters})


@pytest.mark.parametrize(
    ("estimator", "X", "y"),
    [
        (mlp("auto"), X, y),
        (mlp(), HOLES, y),
        (mlp("sparse", rule="paper", centering=True), X, y),
        (mlp("thermometer", early_stopping=True), HOLES, y),
        (mlp(ThermometerEncoder(4, strategy="gaussian"), noise=0.1), X, y),
        (mlp(BinaryExpansionEncoder()), (X > 0) * 1, y),
        (mlp(SparseSumEncoder(64)), WHOLE, DIGITS),
        (mlp(LocalPatchEncoder((8, 8), 64)), WHOLE, DIGITS),
        (mlp(BinaryEncoder()), (X > 0) * 1.0, y),
        (BEPMLPRegressor((32,), **SMALL), X, X[:, 0]),
        (BEPRNNClassifier(32, **SMALL), SERIES, pitch),
    ],
)
def test_a_fit_from_a_file_is_that_from_memory(estimator, X, y, tmp_path):
    expected = clone(estimator).fit(X, y)
    stored = in_a_file(tmp_path / "X.npy", X)
    fitted = clone(estimator).fit(stored, y)
    assert_same_fit(fitted, expected)
    np.testing.assert_array_equal(fitted.predict(stored), expected.predict(X))


@pytest.mark.parametrize("encoder", ["projection", "thermometer"])
@pytest.mark.parametrize("dtype", [np.float32, np.float16, ">f8", np.int16, "F"])
def test_any_type_and_order_will_do(encoder, dtype, tmp_path):
    table = np.asfortranarray(X) if dtype == "F" else (100 * X).astype(dtype)
    stored = in_a_file(tmp_path / "X.npy", table)
    assert_same_fit(mlp(encoder).fit(stored, y), mlp(encoder).fit(table, y))


def test_weights_and_validation(tmp_path):
    options = {"sample_weight": np.arange(300) % 3 / 2, "X_val": X[:50], "y_val": y[:50]}
    expected = mlp().fit(X, y, **options)
    stored = in_a_file(tmp_path / "X.npy", X)
    options["X_val"] = stored[:50]
    assert_same_fit(mlp().fit(stored, y, **options), expected)


def test_chunks_and_checkpoints(tmp_path):
    stored = in_a_file(tmp_path / "X.npy", X)
    expected, clf = mlp(), mlp()
    for rows in (slice(0, 200), slice(200, 300)):
        expected.partial_fit(X[rows], y[rows], classes=[0, 1, 2])
        clf.partial_fit(stored[rows], y[rows], classes=[0, 1, 2])
    assert_same_fit(clf, expected)
    path = tmp_path / "fit.npz"
    assert_same_fit(
        mlp().fit(stored, y, checkpoint=path), mlp().fit(X, y, checkpoint=path), but=["encoder_"]
    )


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_refused_is_found_in_any_block(value, tmp_path):
    X_bad = X.copy()
    X_bad[250, 3] = value
    stored = in_a_file(tmp_path / "X.npy", X_bad)
    encoder = BinaryEncoder()
    with pytest.raises(ValueError, match=r"X contains (NaN|infinity).* in column 3"):
        encoder.fit(stored)
    assert not hasattr(encoder, "n_features_in_")
