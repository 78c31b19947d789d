from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris, make_classification
from sklearn.ensemble import BaggingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from bepsk import BEPMLPClassifier, BEPRNNClassifier, TrajectoryEnsembleClassifier
from bepsk.inspection import feature_votes, lead_of

IRIS, SPECIES = load_iris(return_X_y=True)
FEW = {"max_iter": 8, "random_state": 0}


@pytest.fixture(scope="module")
def clf():
    return BEPMLPClassifier((32, 32), **FEW).fit(IRIS, SPECIES)


def naive_lead(clf, x, c):
    logits = clf.network_.logits(clf.encode(x[np.newaxis]), 1)[0].tolist()
    own = logits.pop(c)
    return own - max(logits)


def naive_votes(clf, x, c, background, n_orders, rng):
    """Switch one feature after another, and look at each mixture alone."""
    votes = [0] * len(x)
    for _ in range(n_orders):
        order = rng.permutation(len(x))
        mixed = background[rng.randint(len(background))].copy()
        for feature in order:
            before = naive_lead(clf, mixed, c)
            mixed[feature] = x[feature]
            votes[feature] += naive_lead(clf, mixed, c) - before
    return votes


@pytest.mark.parametrize("n_classes", [2, 3])
def test_votes_are_those_of_the_naive_twin(n_classes):
    X, y = IRIS[: 50 * n_classes], SPECIES[: 50 * n_classes]
    clf = BEPMLPClassifier((32, 33), **FEW).fit(X, y)
    rows, rng = X[::20], np.random.RandomState(0)
    expected = [
        naive_votes(clf, x, c, X, 3, rng) for x, c in zip(rows, clf.predict(rows), strict=True)
    ]
    votes = feature_votes(clf, rows, X, n_orders=3, random_state=0)
    assert votes.dtype == np.int64
    np.testing.assert_array_equal(votes, expected)


def test_votes_sum_to_what_the_lead_gains(clf):
    background = IRIS[:1]
    votes = feature_votes(clf, IRIS[::10], background, n_orders=7, random_state=1)
    y = clf.predict(IRIS[::10])
    gain = lead_of(clf, IRIS[::10], y) - lead_of(clf, np.repeat(background, 15, axis=0), y)
    np.testing.assert_array_equal(votes.sum(axis=1), 7 * gain)


def test_mean_votes_approach_the_shapley_values(clf):
    x, other = IRIS[100], IRIS[0]
    exact = np.zeros(4)
    for order in permutations(range(4)):
        mixed = other.copy()
        for feature in order:
            before = naive_lead(clf, mixed, 2)
            mixed[feature] = x[feature]
            exact[feature] += (naive_lead(clf, mixed, 2) - before) / 24
    votes = feature_votes(clf, x[np.newaxis], [other], y=[2], n_orders=8000, random_state=0)[0]
    assert np.abs(votes / 8000 - exact).max() < 1


def test_a_feature_that_decides_nothing_has_no_votes():
    X, y = make_classification(200, 5, n_informative=5, n_redundant=0, random_state=0)
    X[:, 3] = 7
    clf = BEPMLPClassifier((32,), **FEW).fit(X, y)
    votes = feature_votes(clf, X[:10], X, random_state=0)
    assert not votes[:, 3].any()
    assert votes.any(axis=0).sum() == 4


def test_another_class_can_be_explained(clf):
    own = feature_votes(clf, IRIS[:5], IRIS, y=SPECIES[:5], random_state=0)
    other = feature_votes(clf, IRIS[:5], IRIS, y=[2] * 5, random_state=0)
    assert own.sum() > 0 > other.sum()


def test_mixed_tables_are_explained_by_their_own_columns():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "colour": pd.Categorical(rng.choice(["red", "green"], 200)),
            "size": rng.integers(0, 9, 200),
            "weight": rng.normal(size=200),
        }
    )
    y = np.where((frame["colour"] == "red") & (frame["size"] > 3), "yes", "no")
    columns = make_column_transformer(
        (OrdinalEncoder(), ["colour"]), (StandardScaler(), ["size", "weight"])
    )
    clf = make_pipeline(columns, BEPMLPClassifier((32,), **FEW)).fit(frame, y)
    votes = feature_votes(clf, frame[:40], frame, random_state=0)
    sizes = np.abs(votes).mean(axis=0)
    assert sizes.argmin() == 2


def test_time_steps_of_series_vote():
    rng = np.random.default_rng(0)
    y = np.arange(120) % 2
    X = rng.normal(size=(120, 24))
    X[y == 1, 8:12] += 3
    rnn = BEPRNNClassifier(32, **FEW).fit(X, y)
    votes = feature_votes(rnn, X[:40], X, random_state=0).mean(axis=0)
    assert votes[8:12].sum() > votes.sum() / 2


def test_the_members_of_an_ensemble_vote_together():
    one = BEPMLPClassifier((32, 16), max_iter=4, random_state=0)
    ensemble = TrajectoryEnsembleClassifier(one, n_members=3).fit(IRIS, SPECIES)
    logits = sum(member.network_.logits(member.encode(IRIS), 1) for member in ensemble.estimators_)
    expected = [own[c] - max(np.delete(own, c)) for own, c in zip(logits, SPECIES, strict=True)]
    np.testing.assert_array_equal(lead_of(ensemble, IRIS, SPECIES), expected)
    votes = feature_votes(ensemble, IRIS[:1], IRIS[50:51], n_orders=2, random_state=0)
    assert votes.sum() == 2 * (expected[0] - lead_of(ensemble, IRIS[50:51], [0])[0])


@pytest.mark.parametrize("other", [GaussianNB(), BaggingClassifier(BEPMLPClassifier(8))])
def test_other_classifiers_are_an_error(other):
    other.fit(IRIS, SPECIES)
    with pytest.raises(TypeError, match="estimator must be a classifier of bepsk"):
        feature_votes(other, IRIS[:2], IRIS)
    with pytest.raises(TypeError, match="estimator must be a classifier of bepsk"):
        lead_of(make_pipeline(other), IRIS[:2])


def test_an_estimator_must_be_fitted():
    for call in (lead_of, lambda clf, X: feature_votes(clf, X, X)):
        with pytest.raises(NotFittedError):
            call(BEPMLPClassifier(), IRIS)


def test_labels_that_are_no_classes_are_an_error(clf):
    with pytest.raises(ValueError, match=r"y must hold labels in classes_.*; got 3"):
        lead_of(clf, IRIS[:2], [0, 3])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        feature_votes(clf, IRIS[:2], IRIS, y=[0])


def test_a_background_of_other_columns_is_an_error(clf):
    for X, background in [(IRIS, IRIS[:, :3]), (IRIS, IRIS[:0]), (IRIS[0], IRIS[0])]:
        with pytest.raises(ValueError, match="X and background must be tables of the same columns"):
            feature_votes(clf, X, background)


def test_at_least_one_order_is_needed(clf):
    with pytest.raises(ValueError, match="n_orders == 0, must be >= 1"):
        feature_votes(clf, IRIS, IRIS, n_orders=0)


def test_leads_are_those_of_the_logits(clf):
    expected = [naive_lead(clf, x, c) for x, c in zip(IRIS, SPECIES, strict=True)]
    np.testing.assert_array_equal(lead_of(clf, IRIS, SPECIES), expected)
    assert ((lead_of(clf, IRIS) >= 0) & (lead_of(clf, IRIS) >= expected)).all()
