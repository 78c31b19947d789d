import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from common import RULES, all_threads, same
from sklearn.base import clone, is_regressor
from sklearn.datasets import load_diabetes, make_friedman1
from sklearn.ensemble import BaggingRegressor
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bepsk import BEPMLPRegressor
from bepsk.encoders import RandomProjectionEncoder, ThermometerEncoder
from bepsk.estimators import _probe
from bepsk.network import NumberTargets

X, y = make_friedman1(200, n_features=6, noise=0.5, random_state=0)
SMALL = {"hidden_layer_sizes": (64, 65), "max_iter": 15, "random_state": 0}
SMALL["encoder"] = RandomProjectionEncoder(300, max_features=2)


@RULES
def test_it_learns_numbers(rule):
    reg = BEPMLPRegressor(**SMALL, rule=rule).fit(X, y)
    assert is_regressor(reg)
    assert reg.score(X, y) > 0.8
    assert reg.predict(X).dtype == np.float64
    assert y.min() <= reg.predict(X).min() < reg.predict(X).max() <= y.max()


def test_the_defaults_generalise():
    assert cross_val_score(BEPMLPRegressor(random_state=0), X, y, cv=3).mean() > 0.6


def rotated():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((600, 10))
    return X, np.abs(X.sum(axis=1))


def test_the_probe_takes_dense_projections_where_directions_count():
    reg = BEPMLPRegressor(random_state=0, max_iter=5).fit(*rotated())
    assert reg.encoder_.max_features is None
    assert reg.noise_ == 0
    named = clone(reg).set_params(encoder="projection").fit(*rotated())
    assert same(reg.hidden_weights_, named.hidden_weights_)
    assert clone(reg).partial_fit(*rotated()).encoder_.max_features is None


def test_the_probe_takes_sparse_projections_where_features_act_alone():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((600, 30))
    y = np.abs(X[:, 0]) + np.sign(X[:, 1])
    reg = BEPMLPRegressor(random_state=0, max_iter=5)
    assert clone(reg).fit(X, y).encoder_.max_features == 4
    assert clone(reg).fit(X, y).noise_ == 1 / 8
    assert clone(reg).fit(1e200 * X, 1e200 * y).encoder_.max_features == 4


def test_few_samples_and_other_encoders_are_not_probed(monkeypatch):
    monkeypatch.setattr(_probe, "try_out", lambda *_: pytest.fail("a probe"))
    reg = BEPMLPRegressor(random_state=0, max_iter=5)
    assert reg.fit(X[:99], y[:99]).encoder_.max_features == 4
    reg.set_params(encoder="thermometer").fit(X, y)


def test_a_prediction_is_a_sum_of_widths():
    reg = BEPMLPRegressor(**SMALL).fit(X, y)
    network = reg.network_
    assert isinstance(network.targets, NumberTargets)
    levels = network.logits(reg.encode(X))
    sums = network.targets.decode(levels)
    np.testing.assert_array_equal(reg.predict(X), reg.offset_ + reg.scale_ * sums)
    assert reg.thresholds_.shape == reg.widths_.shape == (65,)


@RULES
@pytest.mark.parametrize("early_stopping", [False, True])
def test_the_number_of_threads_does_not_matter(rule, early_stopping):
    reg = BEPMLPRegressor(**SMALL, rule=rule, early_stopping=early_stopping)
    one = clone(reg).set_params(n_jobs=1).fit(X, y).partial_fit(X, y)
    with all_threads():
        three = clone(reg).set_params(n_jobs=3).fit(X, y).partial_fit(X, y)
    assert same(one.hidden_weights_, three.hidden_weights_)
    np.testing.assert_array_equal(one.predict(X), three.predict(X))


def test_epsilon_says_how_exactly_to_learn():
    fine, coarse = (BEPMLPRegressor(**SMALL, epsilon=e).fit(X, y) for e in (0.0, 0.3))
    assert fine.score(X, y) > coarse.score(X, y)
    assert fine.loss_curve_[-1] > coarse.loss_curve_[-1]
    np.testing.assert_allclose(np.add(fine.loss_curve_, fine.train_scores_), 1)


@pytest.mark.parametrize("epsilon", [-0.1, 1, "small", None])
def test_a_bad_epsilon_is_a_clear_error(epsilon):
    with pytest.raises(ValueError, match="epsilon"):
        BEPMLPRegressor(epsilon=epsilon).fit(X, y)


def test_early_stopping_keeps_the_best_r2():
    reg = BEPMLPRegressor(**SMALL, early_stopping=True).fit(X, y)
    assert reg.best_validation_score_ == max(reg.validation_scores_)
    other = BEPMLPRegressor(**SMALL).fit(X, y, X_val=X[:50], y_val=y[:50])
    assert other.validation_scores_[-1] == pytest.approx(other.score(X[:50], y[:50]))
    assert len(other.validation_scores_) == other.n_iter_


def test_early_stopping_takes_scores_below_those_of_a_guess():
    reg = BEPMLPRegressor(**SMALL, early_stopping=True)
    reg.fit(X, y, X_val=X[:5], y_val=np.linspace(1000, 1001, 5))
    assert reg.best_validation_score_ < -1
    assert reg.predict(X).shape == (200,)


def test_warm_start_and_partial_fit_go_on():
    whole = BEPMLPRegressor(**SMALL, annealing=0, average=1, n_iter_no_change=None).fit(X, y)
    parts = clone(whole).set_params(warm_start=True, max_iter=5)
    for _ in range(3):
        parts.fit(X, y)
    assert same(parts.hidden_weights_, whole.hidden_weights_)
    thresholds = parts.thresholds_
    parts.partial_fit(X, 2 * y)
    assert parts.n_iter_ == 16
    np.testing.assert_array_equal(parts.thresholds_, thresholds)


def test_the_first_chunk_sets_the_thresholds_and_the_stream_is_learned():
    reg = BEPMLPRegressor(**SMALL)
    for _ in range(15):
        for rows in (slice(0, 100), slice(100, 200)):
            reg.partial_fit(X[rows], y[rows])
    assert reg.score(X, y) > 0.7
    assert reg.t_ == 3000


def test_a_failed_call_changes_nothing():
    reg = BEPMLPRegressor(**SMALL).fit(X, y)
    before = copy.copy(vars(reg))
    for call in (reg.fit, reg.partial_fit):
        for bad in (y[:-1], np.where(y > 15, np.nan, y), [*"ab"] * 100, np.full(200, np.inf), None):
            with pytest.raises(ValueError, match="y"):
                call(X, bad)
            assert vars(reg) == before


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([*"ab"] * 100, "y must hold numbers; got strings. BEPMLPClassifier takes labels"),
        (np.where(y > 15, np.nan, y), "y contains NaN.*Drop samples without a target"),
        (np.tile([-1.7e308, 1.7e308], 100), "Divide it by a constant"),
        (y + 1j, "[Cc]omplex"),
        (np.stack([y, y], axis=1), "y"),
    ],
)
def test_targets_that_are_no_numbers_are_a_clear_error(bad, message):
    with pytest.raises(ValueError, match=message):
        BEPMLPRegressor(**SMALL).fit(X, bad)


@pytest.mark.parametrize("kind", [int, np.float32, np.uint8, bool, ">f8", object])
def test_numbers_of_any_type_are_learned(kind):
    numbers = (y > 15 if kind is bool else y).astype(kind)
    reg = BEPMLPRegressor(**SMALL).fit(X, numbers)
    plain = BEPMLPRegressor(**SMALL).fit(X, numbers.astype(float))
    np.testing.assert_array_equal(reg.predict(X), plain.predict(X))


def test_series_and_columns_of_numbers_are_taken():
    plain = BEPMLPRegressor(**SMALL).fit(X, y)
    series = BEPMLPRegressor(**SMALL).fit(X, pd.Series(y, index=np.arange(200)[::-1]))
    with pytest.warns(DataConversionWarning):
        column = BEPMLPRegressor(**SMALL).fit(X, y[:, np.newaxis])
    for reg in (series, column):
        np.testing.assert_array_equal(reg.predict(X), plain.predict(X))


@pytest.mark.parametrize("scale", [1e-300, 1e-3, 1e300])
def test_the_unit_does_not_matter(scale):
    plain = BEPMLPRegressor(**SMALL).fit(X, np.rint(y))
    scaled = BEPMLPRegressor(**SMALL).fit(X, scale * np.rint(y))
    np.testing.assert_allclose(scaled.predict(X) / scale, plain.predict(X), rtol=1e-6)


def test_a_constant_is_predicted():
    reg = BEPMLPRegressor(**SMALL).fit(X, np.full(200, 3.0))
    np.testing.assert_array_equal(reg.predict(X), 3.0)


def test_weights_count_as_repetitions_in_the_order_given():
    weights = np.arange(200) % 3
    reg = BEPMLPRegressor(**SMALL).fit(X, y, sample_weight=weights)
    kept = weights > 0
    without = BEPMLPRegressor(**SMALL).fit(X[kept], y[kept], sample_weight=weights[kept])
    np.testing.assert_array_equal(reg.predict(X), without.predict(X))
    with pytest.raises(ValueError, match="sample_weight"):
        reg.fit(X, y, sample_weight=-weights)


@pytest.mark.parametrize("encoder", ["sparse", "projection", "thermometer", ThermometerEncoder(9)])
def test_every_encoder_serves(encoder):
    reg = BEPMLPRegressor(**SMALL | {"encoder": encoder}).fit(X, y)
    assert reg.score(X, y) > 0.5
    twin = pickle.loads(pickle.dumps(reg))
    np.testing.assert_array_equal(twin.predict(X), reg.predict(X))
    assert same(vars(twin.partial_fit(X, y)), vars(reg.partial_fit(X, y)))


def test_it_composes():
    X, y = load_diabetes(return_X_y=True)
    reg = BEPMLPRegressor(**SMALL)
    search = GridSearchCV(make_pipeline(StandardScaler(), reg), {"bepmlpregressor__epsilon": [0.1]})
    assert search.fit(X, y).best_score_ > 0.1
    assert BaggingRegressor(reg, 3, random_state=0).fit(X, y).score(X, y) > 0.4


def test_an_unfitted_one_says_so():
    with pytest.raises(NotFittedError):
        BEPMLPRegressor().predict(X)


def test_an_interrupt_keeps_what_has_been_learned():
    reg = BEPMLPRegressor(**SMALL)

    def interrupt(reg):
        if reg.n_iter_ == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reg.fit(X, y, callback=interrupt)
    assert reg.n_iter_ == 4
    assert reg.score(X, y) > 0
    assert pickle.loads(pickle.dumps(reg)).partial_fit(X, y).n_iter_ == 5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("thresholds_", lambda reg: reg.thresholds_[:-1].copy()),
        ("thresholds_", lambda reg: reg.thresholds_ * np.nan),
        ("thresholds_", lambda reg: reg.thresholds_.astype(np.float32)),
        ("widths_", lambda reg: -reg.widths_),
        ("widths_", lambda reg: np.full_like(reg.widths_, 2**31 - 1)),
        ("widths_", lambda reg: reg.widths_.astype(np.int64)),
        ("offset_", lambda reg: np.nan),
        ("scale_", lambda reg: 0.0),
        ("scale_", lambda reg: None),
    ],
)
def test_state_that_is_wrong_is_refused(name, value):
    reg = BEPMLPRegressor(**SMALL).fit(X, y)
    setattr(reg, name, value(reg))
    for call in (lambda: reg.predict(X), lambda: pickle.loads(pickle.dumps(reg))):
        with pytest.raises(ValueError, match=name):
            call()


def test_assigned_thresholds_and_widths_count():
    reg = BEPMLPRegressor(**SMALL).fit(X, y)
    before = reg.predict(X)
    reg.offset_ += 100.0
    np.testing.assert_allclose(reg.predict(X), before + 100)
    with pytest.raises(ValueError, match="read-only"):
        reg.widths_ += 1
