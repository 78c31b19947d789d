"""Files that released versions have written; they load for ever.

tests/files/VERSION.pickle is a dict from names to pairs: an estimator, fitted to iris, and what its
`decision_function` (an encoder's `transform`) made of every tenth row.
"""

import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris

import bepsk

X, Y = load_iris(return_X_y=True)
FILES = sorted(Path(__file__, "..", "files").resolve().glob("*.pickle"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files_of_every_version_load_predict_and_learn(path):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "An estimator that bepsk")
        saved = pickle.loads(path.read_bytes())
    for name, (estimator, expected) in saved.items():
        apply = getattr(estimator, "decision_function", None) or estimator.transform
        np.testing.assert_array_equal(apply(X[::10]), expected)
        if name in ("mlp", "paper", "rnn"):
            labels = estimator.classes_[Y]
            assert estimator.partial_fit(X, labels).score(X, labels) > 0.5


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_another_version_warns(path, monkeypatch):
    monkeypatch.setattr(bepsk, "__version__", "99.0")
    with pytest.warns(UserWarning, match=f"bepsk {path.stem} saved is loaded by bepsk 99.0"):
        pickle.loads(path.read_bytes())
