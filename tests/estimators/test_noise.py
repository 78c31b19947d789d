"""Bits that are flipped at random in training, and in training alone."""

import copy
import pickle

import numpy as np
import pytest
from common import RULES, SMALL, SMALL_RNN, all_threads, blobs, same, unequal_waves, waves
from sklearn.base import clone

from bepsk import BEPMLPClassifier, BEPRNNClassifier

X, y = blobs()
SERIES, LABELS = waves()
UNEQUAL, _ = unequal_waves()
NOISY = {"noise": 0.1, "margin": 1.0, "annealing": 0, "average": 1, "n_iter_no_change": None}
MLP = BEPMLPClassifier(**SMALL, **NOISY)
RNN = BEPRNNClassifier(**SMALL_RNN, **NOISY)
BOTH = pytest.mark.parametrize(
    ("clf", "X", "y"), [(MLP, X, y), (RNN, SERIES, LABELS)], ids=["mlp", "rnn"]
)


@RULES
@BOTH
def test_noise_makes_a_difference_and_goes_on_alike(clf, X, y, rule):
    clf = clone(clf).set_params(rule=rule)
    noisy, still = clone(clf).fit(X, y), clone(clf).set_params(noise=0).fit(X, y)
    assert not same(noisy.hidden_weights_, still.hidden_weights_)
    parts = clone(clf).set_params(max_iter=1, warm_start=True)
    for _ in range(noisy.n_iter_):
        parts = pickle.loads(pickle.dumps(parts.fit(X, y)))
    assert same(parts.hidden_weights_, noisy.hidden_weights_)
    chunks = clone(clf).partial_fit(X, y, classes=[0, 1, 2])
    twin = copy.deepcopy(chunks)
    assert same(chunks.partial_fit(X, y).hidden_weights_, twin.partial_fit(X, y).hidden_weights_)


@RULES
@BOTH
def test_the_number_of_threads_changes_nothing(clf, X, y, rule):
    with all_threads():
        one, two = (clone(clf).set_params(rule=rule, n_jobs=n).fit(X, y) for n in (1, 2))
    assert same(one.hidden_weights_, two.hidden_weights_)


@BOTH
def test_predictions_are_without_noise(clf, X, y):
    clf = clone(clf).fit(X, y)
    before = clf.decision_function(X)
    assert same(clf.set_params(noise=0).decision_function(X), before)
    assert same(pickle.loads(pickle.dumps(clf)).decision_function(X), before)
    logits = clf.network_.logits(clf.encode(X))
    np.testing.assert_array_equal(clf.classes_[logits.argmax(axis=1)], clf.predict(X))


@BOTH
def test_noise_is_rounded_up_to_256ths(clf, X, y):
    exact, near = (clone(clf).set_params(noise=noise).fit(X, y) for noise in (26 / 256, 25.5 / 256))
    assert same(exact.hidden_weights_, near.hidden_weights_)


@pytest.mark.parametrize("n_steps", ["auto", "raw"])
def test_padding_changes_no_noise(n_steps):
    pads = [((30 - len(x), 0), (0, 0)) for x in UNEQUAL]
    padded = [np.pad(x, p, constant_values=np.nan) for x, p in zip(UNEQUAL, pads, strict=True)]
    clf = clone(RNN).set_params(n_steps=n_steps)
    plain, other = clone(clf).fit(UNEQUAL, LABELS), clone(clf).fit(np.stack(padded), LABELS)
    assert same(other.hidden_weights_, plain.hidden_weights_)
