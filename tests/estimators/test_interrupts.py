"""Ctrl-C at any moment: KeyboardInterrupt goes up, and no estimator is left half."""

import copy
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
import reference
from common import RULES, SMALL, SMALL_RNN, blobs, rows_of, same, waves
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

import bepsk
from bepsk import (
    BEPMLPClassifier,
    BEPMLPRegressor,
    BEPRNNClassifier,
    TrajectoryEnsembleClassifier,
)
from bepsk.encoders import BinaryEncoder, RandomProjectionEncoder, ThermometerEncoder
from bepsk.estimators import _classifier
from bepsk.training import trainer

PACKAGE = str(Path(bepsk.__file__).parent)
N_MOMENTS = 50
X, y = blobs(60)
SERIES, pitch = waves(30)
COMMON = {"margin": 1.0, "n_iter_no_change": None, "encoder": "thermometer", "max_iter": 3}
MLP = BEPMLPClassifier(**SMALL | COMMON)
RNN = BEPRNNClassifier(**SMALL_RNN | COMMON)


def with_parameters(clf, **parameters):
    return copy.copy(clf).set_params(**parameters)


def run(call, interrupted_line=None):
    """Make a call, with a KeyboardInterrupt before this line; return how many lines it ran.

    They are those of bepsk alone, whatever it calls counts as one.
    """
    n_lines = 0

    def trace(frame, event, _):
        nonlocal n_lines
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        if event == "line":
            n_lines += 1
            if n_lines == interrupted_line:
                raise KeyboardInterrupt
        return trace

    tracer = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(tracer)
    return n_lines


def interrupted(make, method, *arguments):
    """Yield estimators of which a method was interrupted, at moments spread over all of it."""
    getattr(make(), method)(*arguments)  # fills the caches
    whole = make()
    lines = range(1, 1 + run(lambda: getattr(whole, method)(*arguments)))
    for line in {*lines[:20], *lines[:: 1 + len(lines) // N_MOMENTS], *lines[-40:]}:
        estimator = make()
        with pytest.raises(KeyboardInterrupt):
            run(lambda: getattr(estimator, method)(*arguments), line)  # noqa: B023
        yield estimator


def check_whole(clf, X, validated=False):
    """Check that a fitted classifier is consistent and that it predicts."""
    check_consistent(clf, validated)
    probabilities = pickle.loads(pickle.dumps(clf)).predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def check_consistent(clf, validated):
    """Check what is the same for all estimators."""
    assert clf.n_iter_ == len(clf.loss_curve_) == len(clf.train_scores_)
    assert len(clf.validation_scores_) == (clf.n_iter_ if validated else 0)
    assert clf.best_validation_score_ == max(clf.validation_scores_, default=None)
    for hidden, panels in zip(clf.hidden_weights_, clf._visible_weights, strict=True):
        np.testing.assert_array_equal(rows_of(panels, len(hidden)), reference.pack(hidden))


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("parameters", [{}, {"average": 2}, {"rule": "paper"}])
@pytest.mark.parametrize(("clf", "X", "y"), [(MLP, X, y), (RNN, SERIES, pitch)])
def test_an_interrupted_fit_is_whole_or_has_not_been(clf, X, y, parameters, early_stopping):
    fresh = with_parameters(clf, early_stopping=early_stopping, **parameters)
    epochs = set()
    for clf in interrupted(lambda: copy.copy(fresh), "fit", X, y):
        if hasattr(clf, "classes_"):
            check_whole(clf, X, early_stopping)
            epochs.add(clf.n_iter_)
        else:
            assert same(vars(clf), vars(fresh))
    assert epochs == {0, 1, 2, 3}


NUMBERS = BEPMLPRegressor(**SMALL | {k: COMMON[k] for k in COMMON if k != "margin"}, epsilon=0)


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize(
    ("estimator", "y"), [(NUMBERS, X[:, 0]), (MLP, X > 0)], ids=["numbers", "labels"]
)
def test_an_interrupted_fit_to_other_targets_is_whole_or_has_not_been(estimator, y, early_stopping):
    fresh = with_parameters(estimator, early_stopping=early_stopping)
    epochs = set()
    for model in interrupted(lambda: copy.copy(fresh), "fit", X, y):
        if hasattr(model, "hidden_weights_"):
            check_consistent(model, early_stopping)
            restored = pickle.loads(pickle.dumps(model))
            assert restored.predict(X).shape == y.shape
            assert restored.partial_fit(X, y).n_iter_ == model.n_iter_ + 1
            epochs.add(model.n_iter_)
        else:
            assert same(vars(model), vars(fresh))
    assert epochs == {0, 1, 2, 3}


@RULES
def test_an_interrupted_warm_start_goes_on_from_where_it_came(rule):
    y = np.random.default_rng(0).permutation(60) % 3
    warm = with_parameters(MLP, warm_start=True, rule=rule).fit(X, y)
    before = copy.deepcopy(vars(warm))
    epochs = set()
    for clf in interrupted(lambda: copy.copy(warm), "fit", X, y):
        check_whole(clf, X)
        epochs.add(clf.n_iter_)
        assert clf.fit(X, y).n_iter_ == clf.n_iter_
    assert epochs == {3, 4, 5, 6}
    assert same(vars(warm), before)


@RULES
@pytest.mark.parametrize("first", [True, False])
def test_an_interrupted_chunk_is_learned_or_has_not_been(first, rule):
    begun = with_parameters(MLP, rule=rule)
    if not first:
        begun.partial_fit(X, y, [0, 1, 2])
    after = copy.copy(begun).partial_fit(X, y, [0, 1, 2])
    for clf in interrupted(lambda: copy.copy(begun), "partial_fit", X, y, [0, 1, 2]):
        assert same(vars(clf), vars(after if hasattr(clf, "t_") and clf.t_ == after.t_ else begun))


ROWS = X[:5], (y[:5] + 1) % 3


def test_before_the_first_row_online_an_interrupt_changes_nothing():
    begun = with_parameters(MLP, online=True).fit(X, y)
    after = copy.deepcopy(begun).partial_fit(*ROWS)
    for clf in interrupted(lambda: copy.deepcopy(begun), "partial_fit", *ROWS):
        expected = after if clf.t_ == after.t_ else begun
        assert same(clf.__getstate__(), expected.__getstate__())


def test_an_interrupted_stream_keeps_what_it_has_learned():
    begun = with_parameters(MLP, online=True).fit(X, y).partial_fit(*ROWS)
    ways = set()

    def live():
        return copy.deepcopy(begun).partial_fit(*ROWS)

    for clf in interrupted(live, "partial_fit", *ROWS):
        for hidden, panels in zip(clf.hidden_weights_, clf._visible_weights, strict=True):
            assert np.abs(hidden).max() < 2**15
            np.testing.assert_array_equal(rows_of(panels, len(hidden)), reference.pack(hidden))
        ways.add(clf._random)
        restored = pickle.loads(pickle.dumps(clf))
        for twin in (restored, clf):
            twin.partial_fit(*ROWS)
        assert same(restored.__getstate__(), clf.__getstate__())
    assert len(ways) > 2


@pytest.mark.parametrize("encoder", [BinaryEncoder(), RandomProjectionEncoder(64, random_state=0)])
def test_an_interrupted_encoder_is_fitted_or_not(encoder):
    bits = (X > 0).astype(int)
    after = copy.copy(encoder).fit(bits, y)
    for other in interrupted(lambda: copy.copy(encoder), "fit", bits, y):
        assert same(vars(other), vars(after if hasattr(other, "n_features_in_") else encoder))


def test_an_interrupted_ensemble_has_whole_members():
    ensemble = TrajectoryEnsembleClassifier(MLP, n_members=2)
    lengths = set()
    for other in interrupted(lambda: copy.copy(ensemble), "fit", X, y):
        members = getattr(other, "estimators_", [])
        lengths.add(len(members))
        for member in members:
            check_whole(member, X)
        assert not members or other.predict_proba(X).shape == (60, 3)
    assert lengths == {0, 1, 2}


@pytest.mark.parametrize("times", [1, 2])
def test_an_interrupted_calibration_is_done_again(monkeypatch, times):
    expected, left, fit_temperature = copy.copy(MLP).fit(X, y), times, _classifier.fit_temperature

    def interrupted(*arguments):
        nonlocal left
        left -= 1
        if left >= 0:
            raise KeyboardInterrupt
        return fit_temperature(*arguments)

    monkeypatch.setattr(_classifier, "fit_temperature", interrupted)
    clf = copy.copy(MLP)
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, y)
    assert same(vars(clf), vars(expected))


@pytest.mark.parametrize(
    "run",
    [
        lambda: cross_val_score(MLP, X, y, cv=5),
        lambda: GridSearchCV(MLP, {"margin": [0.1, 1.0]}).fit(X, y),
        lambda: make_pipeline(ThermometerEncoder(), MLP).fit(X, y),
        lambda: TrajectoryEnsembleClassifier(MLP).fit(X, y),
    ],
    ids=["cross validation", "search", "pipeline", "ensemble"],
)
def test_no_epoch_begins_after_an_interrupt(monkeypatch, run):
    n_epochs, run_epoch = 0, trainer.run_epoch

    def interrupted(*arguments):
        nonlocal n_epochs
        n_epochs += 1
        if n_epochs == 2:
            raise KeyboardInterrupt
        run_epoch(*arguments)

    monkeypatch.setattr(trainer, "run_epoch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run()
    assert n_epochs == 2
