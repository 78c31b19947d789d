"""Callbacks of scikit-learn, and those of `fit`."""

import pickle

import numpy as np
import pytest
from common import SMALL, SMALL_RNN, blobs, same, waves
from sklearn.base import clone, is_regressor
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bepsk import (
    BEPMLPClassifier,
    BEPMLPRegressor,
    BEPRNNClassifier,
    TrajectoryEnsembleClassifier,
)
from bepsk._sklearn_compat import CALLBACK_STATE, NoTask
from bepsk.estimators import _watch, ensemble

X, y = blobs(150)
SERIES, LABELS = waves()
ENSEMBLE = TrajectoryEnsembleClassifier(BEPMLPClassifier(**SMALL), 3)
ALL = [
    pytest.param(BEPMLPClassifier(**SMALL), X, y, id="mlp"),
    pytest.param(BEPMLPClassifier(**SMALL, online=True), X, y, id="online"),
    pytest.param(BEPMLPClassifier(**SMALL, early_stopping=True), X, y, id="early stopping"),
    pytest.param(BEPMLPClassifier(**SMALL), X, np.c_[y == 0, y == 1].astype(int), id="labels"),
    pytest.param(BEPMLPRegressor(32, max_iter=5, random_state=0), X, X[:, 0], id="regressor"),
    pytest.param(BEPRNNClassifier(**SMALL_RNN), SERIES, LABELS, id="rnn"),
    pytest.param(ENSEMBLE, X, y, id="ensemble"),
]
EACH = pytest.mark.parametrize(("model", "X", "y"), ALL)
ALONE = pytest.mark.parametrize(("model", "X", "y"), ALL[:-1])
NEEDS_CALLBACKS = pytest.mark.skipif(
    not hasattr(ENSEMBLE, "set_callbacks"), reason="scikit-learn before 1.9"
)


class Notes:
    """A callback that keeps what it is given."""

    def __init__(self, act=lambda task, fitted: False):
        self.act = act
        self.begun, self.ended, self.fitted, self.metadata, self.open = [], [], [], [], 0

    def setup(self, estimator, context):
        self.open += 1

    def teardown(self, estimator, context):
        self.open -= 1

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        assert len(X) == len(y)
        self.begun.append(context.task_name)

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None
    ):
        self.ended.append(context.task_name)
        self.metadata.append(metadata)
        if context.task_name not in ("fit", "encode"):
            self.fitted.append((fitted_estimator, fitted_estimator.predict(X)))
        return self.act(context, fitted_estimator)


@pytest.fixture
def callbacks():
    return pytest.importorskip("sklearn.callback")


def state(model):
    """Return the attributes of an estimator but its callbacks."""
    return {name: value for name, value in vars(model).items() if name != "_skl_callbacks"}


def score_of(model):
    return "r2" if is_regressor(model) else "accuracy"


@NEEDS_CALLBACKS
@EACH
def test_a_fit_is_a_task_for_the_encoder_and_one_for_each_epoch(model, X, y):
    plain, notes = clone(model).fit(X, y), Notes()
    watched = clone(model).set_callbacks(notes).fit(X, y)
    assert same(state(watched), state(plain))
    epochs = ["encode"] + ["epoch"] * getattr(watched, "n_iter_", 0)
    tasks = ["member"] * 3 if model is ENSEMBLE else epochs
    assert notes.begun == ["fit", *tasks]
    assert notes.ended == [*tasks, "fit"]
    assert notes.open == 0


@NEEDS_CALLBACKS
@ALONE
def test_what_an_epoch_shows_is_what_a_shorter_fit_returns(model, X, y):
    model = clone(model).set_params(average=1, annealing=0, early_stopping=False)
    notes = Notes()
    clone(model).set_callbacks(notes).fit(X, y)
    for epoch, (fitted, predicted) in enumerate(notes.fitted, start=1):
        shorter = clone(model).set_params(max_iter=epoch).fit(X, y)
        assert same(fitted.hidden_weights_, shorter.hidden_weights_)
        assert fitted.loss_curve_ == shorter.loss_curve_
        assert getattr(fitted, "temperature_", 0) == getattr(shorter, "temperature_", 0)
        np.testing.assert_array_equal(predicted, shorter.predict(X))
        np.testing.assert_array_equal(predicted, fitted.predict(X))


@NEEDS_CALLBACKS
def test_members_are_shown_as_the_ensemble_so_far():
    notes = Notes()
    whole = clone(ENSEMBLE).set_callbacks(notes).fit(X, y)
    sizes = [len(fitted.estimators_) for fitted, _ in notes.fitted]
    assert sizes[0] == 1
    assert sizes == sorted(sizes)
    np.testing.assert_array_equal(notes.fitted[-1][1], whole.predict(X))


@NEEDS_CALLBACKS
@EACH
def test_monitors_and_bars_work_on_every_estimator(callbacks, capsys, model, X, y):
    pytest.importorskip("rich")
    monitor = callbacks.ScoringMonitor(scoring=score_of(model))
    model = clone(model).set_callbacks(callbacks.ProgressBar(), monitor)
    for _ in range(2):
        model.fit(X, y)
        log = monitor.get_logs().data
        assert log[0]["task_name"] == "fit"
        if not getattr(model, "early_stopping", False):  # which scores a part of the samples
            assert log[0][score_of(model)] == model.score(X, y)
        assert len(log) == 1 + (3 if hasattr(model, "estimators_") else model.n_iter_)
    assert len(monitor.get_logs("all")) == 2
    assert f"{type(model).__name__} - fit" in capsys.readouterr().out


@NEEDS_CALLBACKS
@EACH
def test_monitors_and_bars_work_in_a_search(callbacks, capsys, monkeypatch, model, X, y):
    console = pytest.importorskip("rich.console")
    monkeypatch.setattr("rich._console", console.Console(width=200))
    name = "n_members" if isinstance(model, TrajectoryEnsembleClassifier) else "max_iter"
    grid = {name: [2, 3]}
    plain = GridSearchCV(model, grid, cv=2).fit(X, y)
    monitor, bar = callbacks.ScoringMonitor(scoring=score_of(model)), callbacks.ProgressBar()
    watched = GridSearchCV(clone(model).set_callbacks(monitor), grid, cv=2, n_jobs=2)
    watched.set_callbacks(bar).fit(X, y)
    scores = [search.cv_results_["mean_test_score"] for search in (plain, watched)]
    np.testing.assert_array_equal(*scores)
    log = monitor.get_logs().data
    fits = {row["task_id_path"] for row in log if row["task_name"] == "fit"}
    assert fits == {(0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 0, 3), (0, 1)}
    steps = [row for row in log if row["task_name"] != "fit"]
    best = watched.best_params_[name]
    refit = getattr(watched.best_estimator_, "n_iter_", best)
    assert len([row for row in steps if row["task_id_path"][:2] == (0, 1)]) == refit
    out = capsys.readouterr().out
    assert "GridSearchCV - fit" in out
    assert f"{type(model).__name__} - fit #3" in out


@NEEDS_CALLBACKS
@EACH
def test_monitors_work_in_a_cross_validation(callbacks, model, X, y):
    monitor = callbacks.ScoringMonitor(scoring=score_of(model))
    watched = clone(model).set_callbacks(monitor)
    scores = cross_validate(watched, X, y, cv=2, n_jobs=2)["test_score"]
    np.testing.assert_array_equal(scores, cross_validate(model, X, y, cv=2)["test_score"])
    assert len(monitor.get_logs("all")) == 2


@NEEDS_CALLBACKS
def test_a_pipeline_passes_its_callbacks_on(callbacks, capsys):
    pytest.importorskip("rich")
    pipe = make_pipeline(StandardScaler(), BEPMLPClassifier(**SMALL))
    pipe.set_callbacks(callbacks.ProgressBar()).fit(X, y)
    assert "BEPMLPClassifier - fit #1" in capsys.readouterr().out
    assert not set(CALLBACK_STATE) & set(vars(pipe[-1]))


@NEEDS_CALLBACKS
@EACH
def test_a_task_may_stop_training(model, X, y):
    stop = Notes(lambda task, fitted: task.task_id == 2 or task.task_name == "member")
    model = clone(model).set_callbacks(stop).fit(X, y)
    assert len(stop.fitted) == 1 if hasattr(model, "estimators_") else model.n_iter_ == 2
    assert stop.ended[-1] == "fit"


@NEEDS_CALLBACKS
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("place", [0, 2])
@EACH
def test_callbacks_are_torn_down_whatever_happens(model, X, y, error, place):
    def fail(task, fitted):
        if task.task_id == place:
            raise error("enough")

    notes = Notes(fail)
    model = clone(model).set_callbacks(notes)
    with pytest.raises(error, match="enough"):
        model.fit(X, y)
    assert notes.open == 0
    assert not set(CALLBACK_STATE) & set(vars(model))
    fitted = {"hidden_weights_", "estimators_"} & set(vars(model))
    is_interrupted = error is KeyboardInterrupt and notes.fitted
    assert bool(fitted) is bool(is_interrupted)


@NEEDS_CALLBACKS
@ALONE
def test_a_fit_that_fails_before_it_begins_leaves_nothing(model, X, y):
    model = clone(model).set_callbacks(Notes())
    before = dict(vars(model))
    with pytest.raises(ValueError, match="sample"):
        model.fit(X, y[:-1])
    assert vars(model) == before


@NEEDS_CALLBACKS
def test_weights_are_metadata_if_there_are_any():
    notes, weights = Notes(), np.arange(len(X)) % 3
    model = BEPMLPClassifier(**SMALL, class_weight="balanced").set_callbacks(notes)
    model.fit(X, y)
    assert set(notes.metadata) == {None}
    notes.metadata.clear()
    model.fit(X, y, weights)
    assert {len(metadata["sample_weight"]) for metadata in notes.metadata} == {100}


@NEEDS_CALLBACKS
@pytest.mark.parametrize("online", [False, True])
def test_a_chunk_of_a_stream_is_a_task(callbacks, online):
    notes, monitor = Notes(), callbacks.ScoringMonitor(scoring="accuracy")
    model = BEPMLPClassifier(**SMALL, online=online).set_callbacks(notes, monitor)
    twin = BEPMLPClassifier(**SMALL, online=online)
    scores = []
    for rows in (slice(0, 30), slice(30, 31), slice(31, 90), slice(90, 91)):
        for clf in (model, twin):
            clf.partial_fit(X[rows], y[rows], classes=[0, 1, 2])
        scores.append(twin.score(X[rows], y[rows]))
    assert same(model.hidden_weights_, twin.hidden_weights_)
    assert notes.begun == notes.ended == ["fit"] * 4
    assert notes.open == 0
    assert not set(CALLBACK_STATE) & set(vars(model))
    assert [log.data[0]["accuracy"] for log in monitor.get_logs("all")] == scores


@NEEDS_CALLBACKS
@ALONE
def test_a_chunk_that_fails_changes_nothing(model, X, y):
    notes = Notes()
    model = clone(model).set_callbacks(notes)
    options = {} if is_regressor(model) or y.ndim == 2 else {"classes": np.unique(y)}
    model.partial_fit(X, y, **options)
    before = dict(vars(model))
    with pytest.raises(ValueError, match="X has 1 features"):
        model.partial_fit(X[:, :1], y, **options)
    assert vars(model) == before
    assert notes.open == 0


@NEEDS_CALLBACKS
def test_what_a_task_shows_can_be_pickled():
    saved = []
    clf = BEPMLPClassifier(**SMALL)
    clf.set_callbacks(Notes()).fit(X, y, callback=lambda clf: saved.append(clf.__getstate__()))
    assert len(saved) == clf.n_iter_
    assert not any(set(CALLBACK_STATE) & set(state) for state in saved)
    twin = pickle.loads(pickle.dumps(clf.set_callbacks()))
    np.testing.assert_array_equal(twin.predict(X), clf.predict(X))


@EACH
def test_without_callbacks_of_scikit_learn_all_else_works(monkeypatch, model, X, y):
    expected = state(clone(model).fit(X, y))
    for module in (_watch, ensemble):
        monkeypatch.setattr(module, "begin_tasks", lambda *_: NoTask())
    assert same(state(clone(model).fit(X, y)), expected)


@EACH
def test_a_callback_sees_each_epoch_of_every_estimator(model, X, y):
    seen = []

    def watch(clf):
        seen.append((clf.n_iter_, clf.loss_curve_[-1], clf.predict(X).shape))
        return clf.n_iter_ == 4

    fitted = clone(model).fit(X, y, callback=watch)
    assert [epoch for epoch, *_ in seen] == list(range(1, len(seen) + 1))
    assert len(seen) == min(4, getattr(fitted, "n_iter_", 4))
    assert {shape for *_, shape in seen} == {y.shape}


@EACH
@pytest.mark.parametrize("callback", [3, "print", [print]])
def test_a_callback_that_cannot_be_called_is_an_error(model, X, y, callback):
    with pytest.raises(TypeError, match="callback must be a callable or None; got"):
        clone(model).fit(X, y, callback=callback)
