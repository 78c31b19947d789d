"""Training that pauses after each epoch is training that does not pause."""

import numpy as np
import pytest
from common import RULES, blobs, same, waves
from sklearn.base import clone
from sklearn.datasets import load_digits

from bepsk import BEPMLPClassifier, BEPRNNClassifier

X, y = load_digits(return_X_y=True)
SERIES, LABELS = waves()
PAPER = {"rule": "paper"}
CONTRASTIVE = {"margin": 1, "annealing": 0, "average": 1, "n_iter_no_change": None}
PAUSES = {"max_iter", "warm_start", "n_iter_no_change"}


def resumed(clf, X, y):
    """Fit one epoch at a time."""
    warm = clone(clf).set_params(max_iter=1, warm_start=True)
    for _ in range(clf.max_iter):
        warm.fit(X, y)
    return warm


@pytest.mark.parametrize(
    ("clf", "X", "y"),
    [
        (BEPMLPClassifier((64, 64), **PAPER, margin=1, group_patience=2, max_iter=24), X, y),
        (
            BEPMLPClassifier(
                (30,), **PAPER, margin=1, group_patience=1, reinforcement=3, max_iter=9
            ),
            X,
            y,
        ),
        (BEPRNNClassifier(32, **PAPER, max_iter=12, n_iter_no_change=None), SERIES, LABELS),
        (BEPMLPClassifier((64, 64), **CONTRASTIVE, max_iter=12), X, y),
        (BEPMLPClassifier((30,), **CONTRASTIVE, centering=False, max_iter=9), X, y),
        (BEPRNNClassifier(32, **CONTRASTIVE, max_iter=12), SERIES, LABELS),
        (
            BEPRNNClassifier(32, **CONTRASTIVE, n_steps="raw", horizon=7, max_iter=6),
            SERIES,
            LABELS,
        ),
    ],
)
def test_a_fit_equals_as_many_warm_fits_of_one_epoch(clf, X, y):
    clf.set_params(random_state=0)
    whole, parts = clf.fit(X, y), resumed(clf, X, y)
    for H, expected in zip(parts.hidden_weights_, whole.hidden_weights_, strict=True):
        np.testing.assert_array_equal(H, expected)
    assert parts.group_sizes_ == whole.group_sizes_
    assert same(
        {name: value for name, value in vars(parts).items() if name not in PAUSES},
        {name: value for name, value in vars(whole).items() if name not in PAUSES},
    )


def test_groups_grow_in_the_first_case():
    clf = BEPMLPClassifier((64, 64), **PAPER, margin=1, group_patience=2, max_iter=24)
    clf.set_params(random_state=0)
    assert clf.fit(X, y).group_sizes_ == [16, 16]


def test_after_a_stop_patience_begins_anew():
    clf = BEPMLPClassifier((32,), n_iter_no_change=2, warm_start=True, random_state=0)
    X, y = blobs()
    y = np.random.default_rng(0).permutation(y)
    n_epochs = clf.fit(X, y).n_iter_
    assert n_epochs < clf.max_iter
    assert clf.fit(X, y).n_iter_ >= n_epochs + 2


def test_a_callback_sees_each_epoch_and_may_stop_training():
    seen = []

    def callback(clf):
        seen.append((clf.n_iter_, clf.loss_curve_[-1], clf.score(X, y)))
        return clf.n_iter_ == 3

    clf = BEPMLPClassifier((32,), random_state=0).fit(X, y, callback=callback)
    assert [epoch for epoch, *_ in seen] == [1, 2, 3]
    assert seen[-1] == (3, clf.loss_curve_[-1], clf.score(X, y))
    assert clf.n_iter_ == 3
    assert clf.predict_proba(X[:1]).shape == (1, 10)


def test_a_callback_that_fails_leaves_the_estimator_as_it_was():
    def callback(clf):
        raise RuntimeError("enough")

    clf = BEPMLPClassifier((32,), random_state=0)
    with pytest.raises(RuntimeError, match="enough"):
        clf.fit(X, y, callback=callback)
    assert not hasattr(clf, "hidden_weights_")


@RULES
@pytest.mark.parametrize("centering", [True, False])
@pytest.mark.parametrize(
    ("clf", "X", "y"),
    [
        (BEPMLPClassifier((32,)), X, y),
        (BEPMLPClassifier((32,), encoder="thermometer"), X[:, 20:21], y),
        (BEPRNNClassifier(32), SERIES, LABELS),
    ],
)
def test_the_network_reads_what_encode_returns(clf, X, y, rule, centering):
    clf = clone(clf).set_params(rule=rule, centering=centering, max_iter=2, random_state=0)
    if rule == "paper" and isinstance(clf, BEPRNNClassifier):
        clf.set_params(clip_updates=False)
    clf.fit(X, y)
    logits = clf.network_.logits(clf.encode(X))
    np.testing.assert_array_equal(clf.classes_[logits.argmax(axis=1)], clf.predict(X))
    assert clf.network_.layers[0].hidden_weights is clf.hidden_weights_[0]
