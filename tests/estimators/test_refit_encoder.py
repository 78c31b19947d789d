"""An encoder that follows a stream that drifts."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from common import SMALL, blobs, same, waves
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, StandardScaler

from bepsk import BEPMLPClassifier, BEPMLPRegressor, BEPRNNClassifier
from bepsk.encoders import BinaryExpansionEncoder, SparseSumEncoder, ThermometerEncoder
from bepsk.export import inference_only

X, y = blobs(300)
MOVED = 4 * X - 100


@pytest.mark.parametrize(
    "encoder",
    [
        "projection",
        "sparse",
        "thermometer",
        make_pipeline(StandardScaler(), ThermometerEncoder(7)),
        make_pipeline(ThermometerEncoder(7), BinaryExpansionEncoder(128)),
    ],
    ids=str,
)
def test_moved_samples_are_read_as_before(encoder):
    clf = BEPMLPClassifier(**SMALL | {"encoder": encoder}).fit(X, y)
    twin, bits = copy.copy(clf), clf.encode(X)
    weights = clf.hidden_weights_
    assert clf.refit_encoder(MOVED) is clf
    np.testing.assert_array_equal(clf.encode(MOVED), bits)
    assert clf.hidden_weights_ is weights
    np.testing.assert_array_equal(twin.encode(X), bits)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(clf)).encode(MOVED), bits)


@pytest.mark.parametrize("online", [False, True])
def test_a_stream_goes_on_as_if_there_had_been_no_drift(online):
    still = BEPMLPClassifier(**SMALL | {"encoder": "projection"}, online=online)
    still.partial_fit(X[:200], y[:200], classes=[0, 1, 2])
    still.partial_fit(X[200:250], y[200:250])
    moving = copy.deepcopy(still).refit_encoder(MOVED[:200])
    for rows in (slice(250, 275), slice(275, 300)):
        moving.partial_fit(MOVED[rows], y[rows])
        still.partial_fit(X[rows], y[rows])
    assert same(moving.hidden_weights_, still.hidden_weights_)
    np.testing.assert_array_equal(moving.decision_function(MOVED), still.decision_function(X))


def test_sums_follow_too():
    whole = np.rint(10 * X)
    clf = BEPMLPClassifier(**SMALL | {"encoder": SparseSumEncoder(128)}).fit(whole, y)
    expected = clf.decision_function(whole)
    clf.refit_encoder(3 * whole + 500)
    np.testing.assert_array_equal(clf.decision_function(3 * whole + 500), expected)


def test_steps_of_series_follow():
    series, labels = waves(80)
    clf = BEPRNNClassifier(hidden_size=32, max_iter=2, random_state=0).fit(series, labels)
    expected = clf.decision_function(series)
    clf.refit_encoder(2 * series + 7)
    np.testing.assert_array_equal(clf.decision_function(2 * series + 7), expected)


def test_numbers_beside_categories_follow():
    table = pd.DataFrame(X).add_prefix("x").assign(kind=np.where(y > 0, "a", "b"))
    moved = pd.DataFrame(MOVED).add_prefix("x").assign(kind=table["kind"])
    reg = BEPMLPRegressor(hidden_layer_sizes=(32,), encoder="sparse", max_iter=2, random_state=0)
    expected = reg.fit(table, X[:, 0]).predict(table)
    np.testing.assert_array_equal(reg.refit_encoder(moved).predict(moved), expected)


def test_a_pipeline_beside_categories_follows():
    pipeline = make_pipeline(StandardScaler(), ThermometerEncoder(7))
    clf = BEPMLPClassifier(**SMALL | {"encoder": pipeline}, categorical_features=[0])
    clf.fit(np.column_stack([y, X]), y)
    expected = clf.decision_function(np.column_stack([y, X]))
    moved = np.column_stack([y, MOVED])
    np.testing.assert_array_equal(clf.refit_encoder(moved).decision_function(moved), expected)


def test_what_only_predicts_follows_too():
    clf = inference_only(BEPMLPClassifier(**SMALL).fit(X, y))
    expected = clf.predict(X)
    np.testing.assert_array_equal(clf.refit_encoder(MOVED).predict(MOVED), expected)


@pytest.mark.parametrize(
    ("encoder", "bad", "message"),
    [
        ("projection", X[:, 1:], "features"),
        ("projection", np.where(X > 1, np.inf, X), "infinity"),
        ("thermometer", X[:0], "0 sample"),
        (KBinsDiscretizer(3, encode="onehot-dense"), X, "KBinsDiscretizer.*Fit the estimator anew"),
    ],
)
@pytest.mark.filterwarnings("ignore:The current default behavior, quantile_method")
def test_a_failure_changes_nothing(encoder, bad, message):
    clf = BEPMLPClassifier(**SMALL | {"encoder": encoder}).fit(X, y)
    before = copy.copy(vars(clf))
    with pytest.raises(ValueError, match=message):
        clf.refit_encoder(bad)
    assert same(vars(clf), before)


def test_before_fit_it_says_so():
    with pytest.raises(NotFittedError):
        BEPMLPClassifier().refit_encoder(X)
