"""Classifiers of several labels per sample."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from common import RULES, all_threads, same
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import make_multilabel_classification
from sklearn.metrics import f1_score, log_loss
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.utils import get_tags

from bepsk import BEPMLPClassifier, BEPRNNClassifier, TrajectoryEnsembleClassifier
from bepsk.network import LabelTargets
from bepsk.training import TrainingData

X, Y = make_multilabel_classification(300, n_features=12, n_classes=4, random_state=0)
SMALL = {"hidden_layer_sizes": (64, 65), "max_iter": 15, "random_state": 0}


@RULES
def test_several_labels_are_learned(rule):
    clf = BEPMLPClassifier(**SMALL, rule=rule).fit(X[:200], Y[:200])
    assert f1_score(Y[200:], clf.predict(X[200:]), average="micro") > 0.65
    assert get_tags(clf).classifier_tags.multi_label


def test_shapes_are_those_of_scikit_learn():
    clf, peer = BEPMLPClassifier(**SMALL).fit(X, Y), MLPClassifier(max_iter=1)
    with pytest.warns(UserWarning, match="iterations"):
        peer.fit(X, Y)
    for name in ("predict", "predict_proba", "predict_log_proba"):
        assert getattr(clf, name)(X).shape == getattr(peer, name)(X).shape == Y.shape
    assert clf.predict(X).dtype == peer.predict(X).dtype
    np.testing.assert_array_equal(clf.classes_, peer.classes_)


def test_scores_probabilities_and_labels_agree():
    clf = BEPMLPClassifier(**SMALL).fit(X, Y)
    network, scores, proba = clf.network_, clf.decision_function(X), clf.predict_proba(X)
    assert isinstance(network.targets, LabelTargets)
    logits = network.logits(clf.encode(X))
    np.testing.assert_array_equal(scores, logits / network.targets.sizes)
    np.testing.assert_array_equal(clf.predict(X), scores > 0)
    np.testing.assert_array_equal(proba > 0.5, scores > 0)
    np.testing.assert_allclose(proba, 1 / (1 + np.exp(-2 * logits / clf.temperature_)))
    np.testing.assert_allclose(np.exp(clf.predict_log_proba(X)), proba)
    assert clf.score(X, Y) == (clf.predict(X) == Y).all(axis=1).mean()
    assert clf.prototypes_.shape == (65,)


def test_probabilities_are_honest_without_validation_samples():
    clf = BEPMLPClassifier(**SMALL).fit(X[:200], Y[:200])
    share = np.tile(Y[:200].mean(axis=0), (100, 1))
    assert mean_loss(clf.predict_proba(X[200:])) < 0.85 * mean_loss(share)
    trusting = copy.copy(clf)
    trusting._calibrate(clf.network_, TrainingData(clf.encode(X[:200]), Y[:200], np.ones(200)))
    assert trusting.temperature_ < clf.temperature_
    assert mean_loss(clf.predict_proba(X[200:])) < mean_loss(trusting.predict_proba(X[200:]))


def mean_loss(proba):
    return np.mean([log_loss(y, p) for y, p in zip(Y[200:].T, proba.T, strict=True)])


@pytest.mark.parametrize("early_stopping", [False, True])
def test_rows_of_several_labels_are_held_out(early_stopping):
    clf = BEPMLPClassifier(**SMALL, early_stopping=early_stopping).fit(X, Y)
    assert (len(clf.validation_scores_) > 0) == early_stopping


def test_the_temperature_comes_from_validation_samples():
    clf = BEPMLPClassifier(**SMALL).fit(X[:200], Y[:200], X_val=X[200:], y_val=Y[200:])

    def loss(factor):
        clf.temperature_ = before * factor
        proba = clf.predict_proba(X[200:])
        return np.mean([log_loss(y, p) for y, p in zip(Y[200:].T, proba.T, strict=True)])

    before = clf.temperature_
    assert loss(1) < min(loss(0.7), loss(1.4))


@RULES
def test_the_number_of_threads_does_not_matter(rule):
    clf = BEPMLPClassifier(**SMALL, rule=rule)
    one = clone(clf).fit(X, Y).partial_fit(X, Y)
    with all_threads():
        three = clone(clf).set_params(n_jobs=3).fit(X, Y).partial_fit(X, Y)
    assert same(one.hidden_weights_, three.hidden_weights_)


@pytest.mark.parametrize(
    "convert",
    [
        np.ndarray.tolist,
        csr_array,
        pd.DataFrame,
        lambda Y: Y.astype(bool),
        lambda Y: Y.astype(float),
        lambda Y: Y.astype(object),
        np.asfortranarray,
    ],
    ids=["list", "sparse", "frame", "bool", "float", "object", "fortran"],
)
def test_labels_may_come_in_many_forms(convert):
    clf = BEPMLPClassifier(**SMALL | {"max_iter": 2}).fit(X, convert(Y))
    plain = BEPMLPClassifier(**SMALL | {"max_iter": 2}).fit(X, Y)
    np.testing.assert_array_equal(clf.predict_proba(X), plain.predict_proba(X))
    clf.partial_fit(X, convert(Y))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (2 * Y, "hold 0 and 1 alone.*MultiOutputClassifier"),
        (np.where(Y, np.nan, 0), "NaN"),
        (Y[:-1], "inconsistent"),
        (np.where(Y, "yes", "no"), "0 and 1"),
        (np.stack([Y, Y], axis=2), "y"),
    ],
)
def test_other_matrices_are_a_clear_error(bad, message):
    clf = BEPMLPClassifier(**SMALL | {"max_iter": 2}).fit(X, Y)
    before = copy.copy(vars(clf))
    for call in (clf.fit, clf.partial_fit):
        with pytest.raises(ValueError, match=message):
            call(X, bad)
        assert vars(clf) == before


def test_warm_start_and_partial_fit_go_on():
    settings = {"annealing": 0, "average": 1, "n_iter_no_change": None}
    whole = BEPMLPClassifier(**SMALL | settings).fit(X, Y)
    parts = clone(whole).set_params(warm_start=True, max_iter=5)
    for _ in range(3):
        parts.fit(X, Y)
    assert same(parts.hidden_weights_, whole.hidden_weights_)
    streamed = BEPMLPClassifier(**SMALL)
    for _ in range(15):
        streamed.partial_fit(X, Y)
    assert (streamed.predict(X) == Y).mean() > 0.9
    announced = BEPMLPClassifier(**SMALL).partial_fit(X, Y, classes=[0, 1, 2, 3])
    assert same(
        announced.hidden_weights_, BEPMLPClassifier(**SMALL).partial_fit(X, Y).hidden_weights_
    )


def test_what_y_is_cannot_change():
    several = BEPMLPClassifier(**SMALL | {"max_iter": 2}).fit(X, Y)
    one = BEPMLPClassifier(**SMALL | {"max_iter": 2}).fit(X, Y @ [1, 2, 0, 0])
    with pytest.raises(ValueError, match="y held 0 and 1 before, and holds labels now"):
        several.partial_fit(X, Y[:, 0])
    with pytest.raises(ValueError, match="y held labels before, and holds 0 and 1 now"):
        one.partial_fit(X, Y)
    with pytest.raises(ValueError, match="a column for each of the 4 labels"):
        several.partial_fit(X, Y[:, :3])
    with pytest.raises(ValueError, match=r"y_val.*labels now"):
        several.fit(X, Y, X_val=X, y_val=Y[:, 0])
    for clf, y in ((several, Y[:, 0]), (one, Y)):
        with pytest.raises(ValueError, match="y"):
            copy.copy(clf).set_params(warm_start=True).fit(X, y)
        assert clf.fit(X, y).predict(X).shape == y.shape


def test_class_weights_are_for_one_label():
    with pytest.raises(ValueError, match="class_weight is for one label per sample"):
        BEPMLPClassifier(**SMALL, class_weight="balanced").fit(X, Y)


def test_a_layer_too_narrow_is_a_clear_error():
    with pytest.raises(ValueError, match=r"each of the 4 labels.*hidden_layer_sizes"):
        BEPMLPClassifier((8, 3)).fit(X, Y)
    assert BEPMLPClassifier((8, 4), max_iter=2).fit(X, Y).predict(X).shape == Y.shape


def test_early_stopping_watches_the_share_of_right_labels():
    clf = BEPMLPClassifier(**SMALL).fit(X, Y, X_val=X[:50], y_val=Y[:50])
    assert clf.validation_scores_[-1] == pytest.approx((clf.predict(X[:50]) == Y[:50]).mean())
    early = BEPMLPClassifier(**SMALL, early_stopping=True).fit(X, Y)
    assert early.best_validation_score_ == max(early.validation_scores_)


def test_a_restored_one_is_the_same():
    clf = BEPMLPClassifier(**SMALL | {"max_iter": 2}).fit(X, Y)
    twin = pickle.loads(pickle.dumps(clf))
    assert same(vars(twin), vars(clf))
    np.testing.assert_array_equal(twin.predict_proba(X), clf.predict_proba(X))
    for name, value in (
        ("classes_", np.arange(70)),
        ("classes_", np.array([0, 0, 1])),
        ("prototypes_", clf.prototypes_[:-1].copy()),
        ("prototypes_", 0 * clf.prototypes_),
    ):
        bad = copy.copy(clf)
        setattr(bad, name, value)
        with pytest.raises(ValueError, match=name):
            bad.predict(X)


@pytest.mark.parametrize(
    "clf",
    [
        BEPRNNClassifier(32, max_iter=20, random_state=0),
        BEPRNNClassifier(32, rule="paper", max_iter=20, random_state=0),
        TrajectoryEnsembleClassifier(BEPMLPClassifier(**SMALL), 3),
    ],
    ids=["rnn", "rnn-paper", "ensemble"],
)
def test_series_and_ensembles_have_several_labels_too(clf):
    clf.fit(X, Y)
    assert (clf.predict(X) == Y).mean() > 0.59
    scores = clf.decision_function(X)
    assert np.abs(scores).max() <= 1
    np.testing.assert_array_equal(clf.predict_proba(X) > 0.5, scores > 0)


@pytest.mark.parametrize("composed", [MultiOutputClassifier, ClassifierChain])
def test_a_network_per_label_serves_as_well(composed):
    clf = composed(BEPMLPClassifier(**SMALL)).fit(X, Y)
    assert (clf.predict(X) == Y).mean() > 0.9
