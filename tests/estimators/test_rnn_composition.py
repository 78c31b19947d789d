"""Series in pipelines and searches, with other people's encoders, and restored from files."""

import copy
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from common import RULES, SMALL_RNN, same, unequal_waves, waves
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, KBinsDiscretizer, StandardScaler

from bepsk import BEPRNNClassifier
from bepsk.encoders import RandomProjectionEncoder, ThermometerEncoder

MATRIX, y = waves()
ARRAY = np.stack([MATRIX, MATRIX[:, ::-1]], axis=2)
SERIES, _ = unequal_waves()
LONGER = [np.concatenate([x, x, x]) for x in SERIES]
NAN = np.nan
FORMS = pytest.mark.parametrize("X", [MATRIX, ARRAY, SERIES], ids=["matrix", "array", "list"])


def fresh(**parameters):
    return BEPRNNClassifier(**SMALL_RNN | parameters)


def through_joblib(value, folder, **how):
    joblib.dump(value, folder / "file")
    return joblib.load(folder / "file", **how)


@pytest.mark.parametrize(
    "restore",
    [
        lambda clf, _: pickle.loads(pickle.dumps(clf)),
        lambda clf, _: copy.deepcopy(clf),
        through_joblib,
    ],
    ids=["pickle", "deepcopy", "joblib"],
)
@pytest.mark.parametrize("n_steps", ["auto", "raw"])
@RULES
def test_a_restored_classifier_is_the_same_and_goes_on_alike(restore, n_steps, rule, tmp_path):
    fitted = fresh(n_steps=n_steps, rule=rule).fit(SERIES, y)
    restored, before = restore(fitted, tmp_path), copy.deepcopy(vars(fitted))
    assert same(vars(restored), before)
    np.testing.assert_array_equal(restored.predict_proba(LONGER), fitted.predict_proba(LONGER))
    restored.partial_fit(LONGER, y)
    assert same(vars(fitted), before)
    assert same(vars(fitted.partial_fit(LONGER, y)), vars(restored))


def test_a_memory_mapped_classifier_predicts_steps_and_learns(tmp_path):
    fitted = fresh(n_steps="raw").fit(SERIES, y)
    mapped = through_joblib(fitted, tmp_path, mmap_mode="r")
    assert not mapped.hidden_weights_[0].flags.writeable
    np.testing.assert_array_equal(mapped.predict_proba(LONGER), fitted.predict_proba(LONGER))
    assert same(mapped.step([0, 1]), fitted.step([0, 1]))
    mapped.partial_fit(LONGER, y)
    fitted.partial_fit(LONGER, y)
    np.testing.assert_array_equal(mapped.predict_proba(SERIES), fitted.predict_proba(SERIES))


@FORMS
def test_memory_mapped_data_are_taken(X, tmp_path):
    mapped = through_joblib(X, tmp_path, mmap_mode="r")
    assert not mapped[0].flags.writeable
    clf = fresh().fit(mapped, y)
    assert same(clf.hidden_weights_, fresh().fit(X, y).hidden_weights_)
    np.testing.assert_array_equal(clf.predict(mapped), clf.predict(X))


def test_fitting_changes_no_input():
    X = [np.where(np.arange(len(x))[:, np.newaxis] % 5 == 0, NAN, x) for x in SERIES]
    inputs = X, y.copy(), np.linspace(0, 2, 60)
    before = copy.deepcopy(inputs)
    fresh().fit(*inputs).predict(X)
    assert same(inputs, before)


@pytest.mark.parametrize(
    "method", ["predict", "predict_proba", "predict_log_proba", "decision_function", "score"]
)
def test_predicting_changes_no_attribute(method):
    fitted = fresh().fit(SERIES, y)
    before = copy.deepcopy(vars(fitted))
    getattr(fitted, method)(*([LONGER, y] if method == "score" else [LONGER]))
    assert same(vars(fitted), before)
    with pytest.raises(NotFittedError):
        getattr(clone(fitted), method)(*([LONGER, y] if method == "score" else [LONGER]))


def transposed(X):
    return X.transpose(0, 2, 1)


def test_a_pipeline_ends_in_the_classifier():
    learner = fresh(max_iter=20)
    assert make_pipeline(StandardScaler(), learner).fit(MATRIX, y).score(MATRIX, y) > 0.9
    turned = make_pipeline(FunctionTransformer(transposed), learner)
    channels_first = transposed(ARRAY)
    assert turned.fit(channels_first, y).score(channels_first, y) > 0.9
    assert same(turned[-1].hidden_weights_, learner.fit(ARRAY, y).hidden_weights_)


@FORMS
def test_grid_search_tunes_steps_and_encoder(X):
    search = GridSearchCV(
        fresh(encoder=RandomProjectionEncoder()),
        {"encoder__n_components": [1, 64], "n_steps": [8]},
        cv=3,
    )
    search.fit(X, y)
    assert search.best_params_ == {"encoder__n_components": 64, "n_steps": 8}
    assert search.best_estimator_.encoder_.n_components == 64
    assert cross_val_score(search.best_estimator_, X, y, cv=3).shape == (3,)


@pytest.mark.parametrize(
    "encoder",
    [
        ThermometerEncoder(20),
        KBinsDiscretizer(8, encode="onehot", quantile_method="averaged_inverted_cdf"),
        make_pipeline(StandardScaler(), ThermometerEncoder(20)),
        RandomProjectionEncoder(64).set_output(transform="pandas"),
    ],
    ids=lambda encoder: str(encoder).split("(")[0],
)
def test_any_transformer_to_bits_is_an_encoder(encoder):
    clf = fresh(encoder=encoder, hidden_size=128, max_iter=50).fit(ARRAY, y)
    assert clf.encoder_ is not encoder
    assert not hasattr(encoder, "n_features_in_")
    assert clf.score(ARRAY, y) > 0.9
    assert same(clf.hidden_weights_, clone(clf).fit(ARRAY, y).hidden_weights_)


def test_column_names_are_kept_and_checked():
    frame = pd.DataFrame(MATRIX).add_prefix("t")
    clf = fresh().fit(frame, y)
    assert clf.feature_names_in_.tolist() == frame.columns.tolist()
    assert same(clf.hidden_weights_, fresh().fit(MATRIX, y).hidden_weights_)
    for predict in (clf.predict, clf.predict_proba, lambda X: clf.partial_fit(X, y)):
        with pytest.raises(ValueError, match="feature names"):
            predict(frame.iloc[:, ::-1])
    with pytest.warns(UserWarning, match="valid feature names"):
        clf.predict(MATRIX)
    weights = (np.arange(60) % 3 > 0).astype(float)
    clf.fit(frame, y, weights, X_val=frame, y_val=y)
    plain = fresh().fit(MATRIX, y, weights, X_val=MATRIX, y_val=y)
    assert same(clf.hidden_weights_, plain.hidden_weights_)
