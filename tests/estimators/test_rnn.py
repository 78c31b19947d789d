"""Series of any form and length."""

import numpy as np
import pandas as pd
import pytest
from common import RULES, SMALL_RNN, same, unequal_waves, waves

from bepsk import BEPRNNClassifier

X, y = waves()
ONE = X[:, :, np.newaxis]
MANY = np.stack([X, X**2, -X[:, ::-1]], axis=2)
UNEQUAL, y_unequal = unequal_waves()
NAN = np.nan


def fresh(**parameters):
    return BEPRNNClassifier(**SMALL_RNN | parameters)


def padded(X, before, after):
    return np.pad(X, ((0, 0), (before, after), (0, 0)), constant_values=NAN)


def as_array(series, n_timesteps=24):
    """Put a list of series into one array, each at its end, after NaN."""
    return np.concatenate([padded(x[np.newaxis], n_timesteps - len(x), 0) for x in series])


def fit_of(clf):
    """Return what a fit has learned, without what depends on the form of X."""
    return clf.hidden_weights_, vars(clf.encoder_), clf.loss_curve_, clf.group_sizes_


@pytest.mark.parametrize("parameters", [{}, {"n_steps": "raw"}, {"early_stopping": True}])
@pytest.mark.parametrize(
    "form", [pd.DataFrame, np.ndarray.tolist, lambda X: X[:, :, np.newaxis], lambda X: list(ONE)]
)
def test_the_form_of_series_of_one_feature_does_not_matter(form, parameters):
    clf, other = fresh(**parameters).fit(X, y), fresh(**parameters).fit(form(X), y)
    assert same(fit_of(other), fit_of(clf))
    np.testing.assert_array_equal(other.predict_proba(form(X)), clf.predict_proba(X))


@pytest.mark.parametrize("form", [list, tuple, np.ndarray.tolist, np.asfortranarray])
def test_the_form_of_series_of_many_features_does_not_matter(form):
    clf, other = fresh().fit(MANY, y), fresh().fit(form(MANY), y)
    assert same(vars(other), vars(clf))
    np.testing.assert_array_equal(other.predict_proba(form(MANY)), clf.predict_proba(MANY))


@pytest.mark.parametrize("before", [0, 5])
@pytest.mark.parametrize("after", [0, 7])
@pytest.mark.parametrize("n_steps", ["auto", "raw"])
def test_padding_at_either_end_changes_nothing(before, after, n_steps):
    clf = fresh(n_steps=n_steps).fit(UNEQUAL, y_unequal)
    X = padded(as_array(UNEQUAL), before, after)
    assert same(vars(fresh(n_steps=n_steps).fit(X, y_unequal)), vars(clf))
    np.testing.assert_array_equal(clf.predict_proba(X), clf.predict_proba(UNEQUAL))


@pytest.mark.parametrize("n_steps", ["auto", "raw"])
def test_a_series_alone_is_predicted_as_among_longer_ones(n_steps):
    clf = fresh(n_steps=n_steps).fit(UNEQUAL, y_unequal)
    proba = clf.predict_proba(UNEQUAL)
    for i in range(10):
        np.testing.assert_array_equal(clf.predict_proba(UNEQUAL[i : i + 1]), proba[i : i + 1])


@pytest.mark.parametrize("n_timesteps", [1, 2, 13, 23, 25, 100])
@pytest.mark.parametrize("form", [np.array, list])
def test_series_of_another_length_are_predicted(n_timesteps, form):
    clf = fresh().fit(MANY, y)
    other = np.stack([waves(9, n_timesteps, seed=seed)[0] for seed in range(3)], axis=2)
    assert clf.predict(form(other)).shape == (9,)


def test_a_matrix_of_another_width_is_an_error():
    clf = fresh().fit(X, y)
    for other in (X[:, 1:], np.hstack([X, X])):
        with pytest.raises(ValueError, match=r"features.*24 features"):
            clf.predict(other)


@pytest.mark.parametrize("form", [np.array, list])
def test_after_a_matrix_series_of_other_lengths_come_in_other_forms(form):
    clf = fresh().fit(X, y)
    np.testing.assert_array_equal(clf.predict_proba(form(ONE)), clf.predict_proba(X))
    start = np.where(np.arange(24) < 20, X, NAN)
    np.testing.assert_array_equal(clf.predict_proba(form(ONE[:, :20])), clf.predict_proba(start))


def test_after_a_matrix_flat_series_of_a_list_have_any_length():
    clf = fresh().fit(X, y)
    series = [x[: 10 + i % 3] for i, x in enumerate(X)]
    proba = clf.predict_proba(series)
    for i in range(9):
        np.testing.assert_array_equal(clf.predict_proba(series[i : i + 1]), proba[i : i + 1])


@pytest.mark.parametrize("first", [ONE, list(ONE), [x[: 20 + i % 5] for i, x in enumerate(X)]])
def test_after_series_of_one_feature_a_matrix_has_any_width(first):
    clf = fresh().fit(first, y)
    np.testing.assert_array_equal(clf.predict_proba(X[:, :9]), clf.predict_proba(ONE[:, :9]))
    np.testing.assert_array_equal(clf.predict_proba(pd.DataFrame(X)), clf.predict_proba(ONE))


@pytest.mark.parametrize("missing", [False, True])
def test_a_matrix_after_series_of_many_features_is_a_clear_error(missing):
    clf = fresh().fit(MANY, y)
    matrix = np.where(missing & (np.arange(3) == 1), NAN, X[:, :3])
    with pytest.raises(ValueError, match="BEPRNNClassifier is expecting"):
        clf.predict(matrix)


@pytest.mark.parametrize("missing", [False, True])
def test_many_features_after_a_matrix_are_a_clear_error(missing):
    clf = fresh().fit(X, y)
    series = np.where(missing & (np.arange(5) == 1)[:, np.newaxis], NAN, np.ones((2, 5, 24)))
    with pytest.raises(ValueError, match="BEPRNNClassifier is expecting"):
        clf.predict(series)


def test_gaps_give_way_to_lines():
    lines = ONE.copy()
    lines[:, 1:-1:2] = (lines[:, :-2:2] + lines[:, 2::2]) / 2
    gaps = lines.copy()
    gaps[::3, 1:-1:2] = NAN
    clf = fresh().fit(gaps, y)
    assert same(fit_of(clf), fit_of(fresh().fit(lines, y)))
    np.testing.assert_array_equal(clf.predict_proba(gaps), clf.predict_proba(lines))


def test_a_feature_that_a_series_lacks_has_its_mean_in_fit():
    clf = fresh().fit(MANY, y)
    lacking, mean = MANY.copy(), MANY.copy()
    lacking[:, :, 1] = NAN
    mean[:, :, 1] = MANY[:, :, 1].mean()
    np.testing.assert_array_equal(clf.predict_proba(lacking), clf.predict_proba(mean))


@pytest.mark.parametrize("low", [-1, 0])
@pytest.mark.parametrize("n_steps", ["auto", "raw"])
def test_bits_of_unequal_length_need_no_encoder(low, n_steps):
    rng = np.random.default_rng(0)
    series = [rng.choice([low, 1], size=(length, 5)) for length in rng.integers(1, 30, size=60)]
    clf = fresh(encoder="binary", n_steps=n_steps).fit(series, y)
    other = fresh(encoder="binary", n_steps=n_steps).fit([x > 0 for x in series], y)
    assert same(fit_of(clf), fit_of(other))
    assert clf.predict(series).shape == (60,)


@RULES
def test_the_defaults_learn_noisy_waves(rule):
    X, y = waves(600, phases=6)
    clf = BEPRNNClassifier(rule=rule, random_state=0).fit(X[:300], y[:300])
    assert clf.score(X[300:], y[300:]) > 0.95


@pytest.mark.parametrize("rule", [{}, {"rule": "paper", "gate": 0.2}])
@pytest.mark.parametrize("inertia", [0, 0.75])
def test_the_first_of_eight_bits_is_remembered(inertia, rule):
    X = np.random.default_rng(0).choice([-1, 1], size=(2000, 8))
    clf = BEPRNNClassifier(
        64,
        n_steps="raw",
        encoder="binary",
        batch_size=20,
        inertia=inertia,
        random_state=0,
        **rule,
    )
    clf.fit(X[:1000], X[:1000, 0])
    assert clf.score(X[1000:], X[1000:, 0]) == 1
