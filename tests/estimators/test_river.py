"""Estimators inside of river, the library for streams, by its own wrappers."""

import copy

import numpy as np
import pandas as pd
import pytest
from common import SMALL, blobs, same

from bepsk import BEPMLPClassifier, BEPMLPRegressor

compat = pytest.importorskip("river.compat")
evaluate = pytest.importorskip("river.evaluate")
metrics = pytest.importorskip("river.metrics")
preprocessing = pytest.importorskip("river.preprocessing")

pytestmark = pytest.mark.once
X, y = blobs(300)
NAMES = "abcd"
CLASSES = [0, 1, 2]


def rows(begin, end):
    """Yield rows as river has them."""
    for x, label in zip(X[begin:end], y[begin:end], strict=True):
        yield dict(zip(NAMES, x.tolist(), strict=True)), int(label)


def test_a_fitted_classifier_goes_on_row_by_row():
    clf = BEPMLPClassifier(**SMALL, encoder="sparse").fit(X[:200], y[:200]).set_params(online=True)
    model = compat.convert_sklearn_to_river(clf, classes=CLASSES)
    accuracy = evaluate.progressive_val_score(rows(200, 300), model, metrics.Accuracy())
    assert accuracy.get() > 0.9
    assert same(model.estimator.hidden_weights_, clf.partial_fit(X[200:], y[200:]).hidden_weights_)
    x, _ = next(rows(0, 1))
    assert model.predict_one(x) == clf.predict(X[:1])[0]
    expected = dict(zip(CLASSES, clf.predict_proba(X[:1])[0].tolist(), strict=True))
    assert model.predict_proba_one(x) == expected


def test_a_stream_may_begin_with_nothing_and_the_encoder_catch_up():
    model = compat.SKL2RiverClassifier(
        BEPMLPClassifier((64,), encoder="projection", online=True, random_state=0), CLASSES
    )
    x, label = next(rows(0, 1))
    assert model.predict_one(x) == 0
    assert model.predict_proba_one(x) == dict.fromkeys(CLASSES, 1 / 3)
    model.learn_one(x, label)
    model.estimator.refit_encoder(X[:100])
    accuracy = evaluate.progressive_val_score(rows(1, 300), model, metrics.Accuracy())
    assert accuracy.get() > 0.85


def test_frames_are_learned_as_chunks():
    names = ["x", "y", "z"]  # river's frames of probabilities need strings
    frame, labels = pd.DataFrame(X, columns=list(NAMES)), pd.Series(np.array(names)[y])
    clf = BEPMLPClassifier(**SMALL)
    model = compat.convert_sklearn_to_river(clf, classes=names)
    for chunk in (slice(0, 100), slice(100, 200), slice(200, 300)):
        model.learn_many(frame[chunk], labels[chunk])
        clf.partial_fit(frame[chunk], labels[chunk], classes=names)
    np.testing.assert_array_equal(model.predict_many(frame), clf.predict(frame))
    probabilities = model.predict_proba_many(frame)
    assert list(probabilities) == names
    np.testing.assert_array_equal(probabilities, clf.predict_proba(frame))


def test_numbers_are_predicted_behind_a_scaler():
    reg = BEPMLPRegressor((64,), encoder="projection", random_state=0).fit(X[:200], X[:200, 0])
    model = compat.convert_sklearn_to_river(reg)
    pairs = ((x, x["a"]) for x, _ in rows(200, 300))
    error = evaluate.progressive_val_score(pairs, model, metrics.MAE())
    assert error.get() < X[:, 0].std() / 2
    pipeline = preprocessing.StandardScaler() | copy.deepcopy(model)
    x, _ = next(rows(0, 1))
    pipeline.learn_one(x, 1.0)
    assert np.isfinite(pipeline.predict_one(x))
