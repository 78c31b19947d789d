import numpy as np
import pytest
import sklearn.metrics as metrics
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn.base import clone
from sklearn.metrics import get_scorer, recall_score

from bepsk import BEPMLPClassifier
from bepsk.estimators import _scoring
from bepsk.estimators._calibration import fit_temperature
from bepsk.estimators._validation import hold_out

RNG = np.random.default_rng(0)
LOGITS = RNG.integers(-50, 51, size=(300, 4))
Y, WEIGHTS = RNG.integers(0, 4, size=300), RNG.integers(1, 4, size=300).astype(float)
CLF = BEPMLPClassifier((32, 16), encoder="projection", early_stopping=True, random_state=0)


def imbalanced(seed, shares, n_samples):
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(shares)), [round(n_samples * share) for share in shares])
    centres = 3 * np.eye(6)[: len(shares)]
    return centres[y] + rng.standard_normal((len(y), 6)), y


def test_scores_are_those_of_scikit_learn():
    expected = metrics.balanced_accuracy_score(Y, LOGITS.argmax(axis=1), sample_weight=WEIGHTS)
    assert _scoring.balanced_accuracy(LOGITS, Y, WEIGHTS, 50) == pytest.approx(expected)
    temperature = fit_temperature(LOGITS, Y, WEIGHTS, 50)
    proba = softmax(LOGITS / temperature, axis=1)
    expected = metrics.log_loss(Y, proba, sample_weight=WEIGHTS)
    assert _scoring.log_loss(LOGITS, Y, WEIGHTS, 50) == pytest.approx(-expected, abs=0.01)


@pytest.mark.parametrize("name", ["accuracy", "balanced_accuracy"])
def test_a_callable_scores_like_the_name(name):
    X, y = imbalanced(0, [0.7, 0.2, 0.1], 200)
    named = clone(CLF).set_params(scoring=name).fit(X, y)
    called = clone(CLF).set_params(scoring=get_scorer(name)).fit(X, y)
    assert called.validation_scores_ == pytest.approx(named.validation_scores_)
    assert all(map(np.array_equal, called.hidden_weights_, named.hidden_weights_))


def test_a_callable_may_ask_for_probabilities():
    X, y = imbalanced(0, [0.7, 0.2, 0.1], 200)
    clf = clone(CLF).set_params(scoring=get_scorer("neg_log_loss"), max_iter=5).fit(X, y)
    assert max(clf.validation_scores_) == clf.best_validation_score_ < 0


def test_auto_is_balanced_unless_there_are_class_weights():
    X, y = imbalanced(0, [0.7, 0.2, 0.1], 200)
    for scoring, weights in [("balanced_accuracy", None), ("accuracy", {0: 2})]:
        clf = clone(CLF).set_params(class_weight=weights)
        auto, named = clone(clf).fit(X, y), clf.set_params(scoring=scoring).fit(X, y)
        assert auto.validation_scores_ == named.validation_scores_


@pytest.mark.parametrize(("shares", "n_samples"), [([0.85, 0.12, 0.03], 600)])
@pytest.mark.parametrize("seed", range(3))
def test_early_stopping_keeps_rare_classes(shares, n_samples, seed):
    X, y = imbalanced(seed, shares, n_samples)
    X_test, y_test = imbalanced(seed + 100, shares, n_samples)
    recalls = recall_score(
        y_test, clone(CLF).set_params(random_state=seed).fit(X, y).predict(X_test), average=None
    )
    assert recalls.min() > 0
    assert recalls.mean() > 0.8


@given(
    st.lists(st.integers(0, 5), min_size=2, max_size=60),
    st.floats(0.01, 0.99),
    st.integers(0, 2**31),
)
def test_both_sides_of_a_split_have_each_class(labels, share, seed):
    y = np.array(labels)
    kept, held_out = hold_out(len(y), share, y, seed)
    assert sorted([*kept, *held_out]) == list(range(len(y)))
    assert len(held_out) == min(int(np.ceil(len(y) * share)), len(y) - 1)
    classes, counts = np.unique(y, return_counts=True)
    if min(len(kept), len(held_out)) >= len(classes):
        assert set(y[kept]) == set(classes)
        assert set(y[held_out]) == set(classes[counts > 1])


def test_a_split_is_in_proportion():
    y = np.repeat([0, 1, 2], [500, 300, 20])
    held_out = hold_out(len(y), 0.2, y, 0)[1]
    assert np.abs(np.bincount(y[held_out]) - [100, 60, 4]).max() <= 1
    other = hold_out(len(y), 0.2, y, 1)[1]
    assert not np.array_equal(held_out, other)
    assert len(hold_out(100, 0.25, None, 0)[1]) == 25


def test_balanced_weights_are_capped():
    y = np.r_[np.ones(4), np.zeros(100_000)].astype(int)
    X = np.random.default_rng(0).standard_normal((len(y), 3))
    X[:4] += 5
    clf = BEPMLPClassifier((16,), encoder="projection", max_iter=5, class_weight="balanced")
    assert clf.set_params(random_state=0).fit(X, y).predict(X[:4]).all()
