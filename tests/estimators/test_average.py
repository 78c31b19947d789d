"""The average of the hidden weights of the last epochs."""

import copy
import pickle

import numpy as np
import pytest
from common import RULES, SMALL, SMALL_RNN, blobs, same, waves
from sklearn.base import clone

from bepsk import BEPMLPClassifier, BEPRNNClassifier, TrajectoryEnsembleClassifier
from bepsk.training import trainer

X, y = blobs()
SERIES, LABELS = waves()
UNENDING = {"margin": 1.0, "n_iter_no_change": None, "annealing": 0}
MLP = BEPMLPClassifier(**SMALL, **UNENDING)
RNN = BEPRNNClassifier(**SMALL_RNN, **UNENDING)
BOTH = pytest.mark.parametrize(
    ("clf", "X", "y"), [(MLP, X, y), (RNN, SERIES, LABELS)], ids=["mlp", "rnn"]
)


def mean_of(weights):
    """Return the mean of a few networks: the integer part of its size, made odd by adding 1."""
    sums = [sum(H.astype(int) for H in layers) for layers in zip(*weights, strict=True)]
    sizes = [np.floor(abs(total) / len(weights)).astype(int) for total in sums]
    sizes = [size + (size % 2 == 0) for size in sizes]
    return [np.where(total >= 0, 1, -1) * s for total, s in zip(sums, sizes, strict=True)]


def history(clf, X, y, **validation):
    """Return the hidden weights after each epoch of a fit without averages."""
    weights = []
    clone(clf).set_params(average=1, early_stopping=False).fit(
        X, y, **validation, callback=lambda clf: weights.append(copy.deepcopy(clf.hidden_weights_))
    )
    return weights


@pytest.mark.parametrize("n", [2, 3, 5, 9, 10**12])
@RULES
@BOTH
def test_the_last_epochs_are_averaged(clf, X, y, rule, n):
    clf = clone(clf).set_params(rule=rule, average=n).fit(X, y)
    assert clf.n_iter_ == 5
    expected = mean_of(history(clf, X, y)[-min(n, 5) :])
    for H, mean in zip(clf.hidden_weights_, expected, strict=True):
        assert H.dtype == np.int16
        assert (H % 2 == 1).all()
        np.testing.assert_array_equal(H, mean)
    logits = clf.network_.logits(clf.encode(X))
    np.testing.assert_array_equal(clf.classes_[logits.argmax(axis=1)], clf.predict(X))
    assert same(pickle.loads(pickle.dumps(clf)).predict_proba(X), clf.predict_proba(X))


@BOTH
def test_an_average_of_one_epoch_is_that_epoch(clf, X, y):
    one = clone(clf).set_params(max_iter=1).fit(X, y)
    assert same(clone(one).set_params(average=4).fit(X, y).hidden_weights_, one.hidden_weights_)


@pytest.mark.parametrize("n", [np.int8(3), np.uint64(3), np.int64(3)])
def test_the_number_of_epochs_may_be_any_whole_number(n):
    one, other = (clone(MLP).set_params(average=average).fit(X, y) for average in (3, n))
    assert same(other.hidden_weights_, one.hidden_weights_)


@BOTH
def test_chunks_are_not_averaged(clf, X, y):
    chunk = clone(clf).partial_fit(X, y, classes=[0, 1, 2])
    other = clone(clf).set_params(average=4).partial_fit(X, y, classes=[0, 1, 2])
    assert same(other.hidden_weights_, chunk.hidden_weights_)


@RULES
@pytest.mark.parametrize("given", [True, False])
@BOTH
def test_early_stopping_returns_the_best_average(clf, X, y, rule, given):
    rng = np.random.default_rng(0)
    y = rng.permutation(y)
    validation = {"X_val": X[:25], "y_val": y[:25]} if given else {}
    clf = clone(clf).set_params(rule=rule, average=3, early_stopping=True, max_iter=12)
    if rule == "paper" and isinstance(clf, BEPMLPClassifier):
        clf.set_params(group_patience=None)  # `history` has no validation samples to grow by
    clf.set_params(scoring="accuracy").fit(X, y, **validation)
    assert clf.best_validation_score_ == max(clf.validation_scores_)
    best = clf.n_iter_ - 1 - int(np.argmax(clf.validation_scores_[::-1]))  # the last of equals
    if given:
        assert clf.score(X[:25], y[:25]) == clf.best_validation_score_
        expected = mean_of(history(clf, X, y)[max(0, best - 2) : best + 1])
        assert all(map(np.array_equal, clf.hidden_weights_, expected))
    shorter = clone(clf).set_params(max_iter=best + 1).fit(X, y, **validation)
    assert same(shorter.hidden_weights_, clf.hidden_weights_)
    assert same(shorter._windows, clf._windows)


@RULES
@BOTH
def test_without_early_stopping_averages_are_scored(clf, X, y, rule):
    clf = clone(clf).set_params(rule=rule, average=3).fit(X, y, X_val=X, y_val=y)
    assert clf.validation_scores_[-1] == clf.score(X, y)
    assert len(clf.validation_scores_) == clf.n_iter_ == 5


@pytest.mark.parametrize("early_stopping", [True, False])
@BOTH
def test_an_interrupt_between_epochs_leaves_the_average_so_far(clf, X, y, early_stopping):
    def interrupt(clf):
        if clf.n_iter_ == 4:
            raise KeyboardInterrupt

    clf = clone(clf).set_params(average=2, early_stopping=early_stopping, max_iter=9)
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, y, callback=interrupt)
    whole = clone(clf).set_params(max_iter=4).fit(X, y)
    assert same(clf.hidden_weights_, whole.hidden_weights_)
    assert clf.n_iter_ == len(clf.loss_curve_) == 4
    assert same(clf.predict_proba(X), whole.predict_proba(X))
    assert clf.partial_fit(X, y).n_iter_ == 5


@BOTH
def test_an_interrupt_within_an_epoch_leaves_the_last_average(monkeypatch, clf, X, y):
    epochs, run_epoch = iter(range(9)), trainer.run_epoch

    def interrupted(*arguments):
        if next(epochs) == 3:
            raise KeyboardInterrupt
        run_epoch(*arguments)

    whole = clone(clf).set_params(average=2, max_iter=3).fit(X, y)
    monkeypatch.setattr(trainer, "run_epoch", interrupted)
    clf = clone(clf).set_params(average=2, max_iter=9)
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, y)
    assert same(clf.hidden_weights_, whole.hidden_weights_)


@BOTH
def test_a_callback_sees_a_network_and_may_end_training(clf, X, y):
    seen = []

    def callback(clf):
        seen.append(clf.score(X, y))
        assert all((H % 2 == 1).all() for H in clf.hidden_weights_)
        return len(seen) == 3

    clf = clone(clf).set_params(average=2, max_iter=9).fit(X, y, callback=callback)
    assert clf.n_iter_ == 3
    assert same(clf.hidden_weights_, clone(clf).set_params(max_iter=3).fit(X, y).hidden_weights_)


@BOTH
def test_training_goes_on_from_the_average(clf, X, y):
    clf = clone(clf).set_params(average=3, warm_start=True).fit(X, y)
    by_hand = copy.deepcopy(clf)
    by_hand.hidden_weights_ = [H.copy() for H in clf.hidden_weights_]
    assert same(clf.fit(X, y).hidden_weights_, by_hand.fit(X, y).hidden_weights_)
    assert clf.n_iter_ == by_hand.n_iter_ > 5


def test_averages_of_saturated_weights_do_not_overflow():
    clf = clone(MLP).set_params(warm_start=True, average=4, max_iter=4).fit(X, y)
    clf.hidden_weights_ = [
        np.where(H > 0, 32767, -32767).astype(np.int16) for H in clf.hidden_weights_
    ]
    clf.fit(X, y)
    assert (abs(clf.hidden_weights_[0].astype(int)) > 32000).any()
    assert all((H % 2 == 1).all() for H in clf.hidden_weights_)


def test_members_of_an_ensemble_may_be_averages():
    ensemble = TrajectoryEnsembleClassifier(clone(MLP).set_params(average=2), 2).fit(X, y)
    first = clone(MLP).set_params(average=2, max_iter=4).fit(X, y)
    assert same(ensemble.estimators_[0].hidden_weights_, first.hidden_weights_)
    assert ensemble.score(X, y) > 0.9
