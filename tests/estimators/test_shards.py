import numpy as np
import pandas as pd
import pytest
from common import blobs
from crew import assert_same_fit, run_crew, stretches
from scipy.sparse import csr_array
from sklearn.preprocessing import StandardScaler

from bepsk import BEPMLPClassifier, BEPMLPRegressor, BEPRNNClassifier
from bepsk.encoders import BinaryExpansionEncoder, LocalPatchEncoder, SparseSumEncoder
from bepsk.estimators.shards import fit_shard
from bepsk.training import WorkerError

SHARES = [[1], [3, 1], [0, 2, 1], [1, 5, 0, 2]]
SMALL = {"max_iter": 4, "random_state": 0}


def mlp(**parameters):
    return BEPMLPClassifier((48, 40), **{**SMALL, **parameters})


def rnn(**parameters):
    return BEPRNNClassifier(48, **{**SMALL, **parameters})


def fit_all(make, X, y, shares, sample_weight=None, **options):
    """Return the estimators of all workers."""

    def work(workers):
        mine = stretches(len(y), shares)[workers.rank]
        weights = None if sample_weight is None else sample_weight[mine]
        return fit_shard(make(), X[mine], y[mine], weights, workers=workers, **options)

    results = run_crew(len(shares), work)
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, WorkerError):
            raise result
    return results


@pytest.mark.parametrize("shares", SHARES)
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"rule": "paper"},
        {"noise": 0.1, "class_weight": "balanced", "batch_size": 7},
        {"encoder": "thermometer", "n_iter_no_change": 1},
        {"shuffle": False, "centering": False, "average": 3},
    ],
)
def test_perceptrons_of_all_workers_equal_that_of_one(shares, parameters):
    X, y = blobs(150)
    expected = mlp(**parameters).fit(X, y)
    for clf in fit_all(lambda: mlp(**parameters), X, y, shares):
        assert type(clf) is BEPMLPClassifier
        assert_same_fit(clf, expected)


@pytest.mark.parametrize("shares", SHARES)
@pytest.mark.parametrize("parameters", [{}, {"rule": "paper"}, {"n_steps": "raw", "noise": 0.1}])
def test_recurrent_networks_of_all_workers_equal_that_of_one(shares, parameters):
    X, y = blobs(90, n_features=30)
    for row in range(0, 90, 3):
        X[row, : row // 5] = np.nan  # begins later
    expected = rnn(**parameters).fit(X, y)
    for clf in fit_all(lambda: rnn(**parameters), X, y, shares):
        assert_same_fit(clf, expected, but=["feature_means_"])
        np.testing.assert_allclose(clf.feature_means_, expected.feature_means_, rtol=1e-12)


@pytest.mark.parametrize("shares", SHARES)
def test_weights_and_labels_are_those_of_all(shares):
    X, y = blobs(150)
    weights = np.where(np.arange(150) < 60, 0, np.arange(150) % 5 / 2)
    labels = np.array(["a", "bb", "ccc"])[y]
    validation = {"X_val": X[:20], "y_val": labels[:20]}
    expected = mlp(early_stopping=True).fit(X, labels, weights, **validation)
    for clf in fit_all(lambda: mlp(early_stopping=True), X, labels, shares, weights, **validation):
        assert_same_fit(clf, expected)


def test_the_encoder_learns_from_rows_wherever_they_are():
    X, y = blobs(20_000, n_features=3)
    X[::9, 1] = 1e300
    parameters = {"max_iter": 1, "batch_size": 500}
    expected = mlp(**parameters).fit(X, y)
    for clf in fit_all(lambda: mlp(**parameters), X, y, [1, 3, 2]):
        assert_same_fit(clf, expected)


def test_the_probe_takes_the_rows_that_it_takes_of_one_machine():
    X, y = blobs(4500, n_features=6)
    labels = pd.Series(y)
    frame = pd.DataFrame(X, columns=list("abcdef")).astype({"b": np.float32})
    weights = np.arange(4500) % 4
    expected = mlp(max_iter=1).fit(frame, labels, weights)

    def work(workers):
        mine = stretches(4500, [2, 0, 5])[workers.rank]
        clf = mlp(max_iter=1)
        return fit_shard(clf, frame[mine], labels[mine], weights[mine], workers=workers)

    for clf in run_crew(3, work):
        assert_same_fit(clf, expected)


@pytest.mark.parametrize("encoder", ["auto", "sparse", "projection", "thermometer"])
@pytest.mark.parametrize("shares", SHARES)
def test_missing_values(encoder, shares):
    X, y = blobs(150)
    X[40:130:3, 1] = np.nan
    X[:60, 2] = np.nan
    X[:, 3] = np.nan
    expected = mlp(encoder=encoder).fit(X, y)
    for clf in fit_all(lambda: mlp(encoder=encoder), X, y, shares):
        assert_same_fit(clf, expected)


def test_rows_of_weight_0_change_nothing_where_a_worker_has_no_others():
    X, y = blobs(150)
    X[:75, 0] = 1e200
    X[:75, 1] = np.nan
    weights = np.arange(150) >= 75
    expected = mlp().fit(X, y, weights)
    for clf in fit_all(mlp, X, y, [1, 1], weights):
        assert_same_fit(clf, expected)


def test_rows_may_be_lists():
    X, y = blobs(150)
    weights = np.arange(150) % 3
    expected = mlp().fit(X, y, weights)
    for clf in fit_all(mlp, X.tolist(), y, [1, 0, 2], weights):
        assert_same_fit(clf, expected)


@pytest.mark.parametrize("shares", SHARES)
def test_numbers(shares):
    X, _ = blobs(150)
    y = X[:, 0] - X[:, 1]

    def make():
        return BEPMLPRegressor((48, 40), **SMALL)

    for reg in fit_all(make, X, y, shares):
        assert_same_fit(reg, make().fit(X, y))


@pytest.mark.parametrize("make", [mlp, rnn])
def test_several_labels(make):
    X, y = blobs(150, n_features=30)
    y = np.stack([y == 0, y > 0, X[:, 0] > 0], axis=1)
    expected = make().fit(X, y)
    for clf in fit_all(make, X, y, [2, 0, 1]):
        assert_same_fit(clf, expected, but=["feature_means_"])


@pytest.mark.parametrize(
    "encoder",
    [SparseSumEncoder(), "binary", BinaryExpansionEncoder(100), LocalPatchEncoder((8, 8), 100)],
)
def test_other_encoders(encoder):
    X = np.random.default_rng(0).integers(0, 2, (3000, 64))
    y = X[:, :3].sum(axis=1)
    parameters = {"encoder": encoder, "max_iter": 2}
    expected = mlp(**parameters).fit(X, y)
    for clf in fit_all(lambda: mlp(**parameters), X, y, [1, 0, 2]):
        assert_same_fit(clf, expected)


def test_training_goes_on_by_warm_start():
    X, y = blobs(150)
    expected = mlp(warm_start=True).fit(X, y).fit(X, y)

    def work(workers):
        mine = stretches(150, [1, 2])[workers.rank]
        clf = mlp(warm_start=True)
        for _ in range(2):
            fit_shard(clf, X[mine], y[mine], workers=workers)
        return clf

    for clf in run_crew(2, work):
        assert_same_fit(clf, expected)


def test_the_seed_is_that_of_the_first_worker():
    X, y = blobs(90)
    first, second = fit_all(lambda: mlp(random_state=None), X, y, [1, 1])
    assert_same_fit(second, first)


def fail_with(spoil, **parameters):
    X, y = blobs(90)

    def work(workers):
        mine = stretches(90, [1, 1])[workers.rank]
        rows, clf = X[mine].copy(), mlp(**parameters)
        if workers.rank == 1:
            rows = spoil(rows)
        try:
            return fit_shard(clf, rows, y[mine], workers=workers)
        finally:
            assert not hasattr(clf, "hidden_weights_")

    return run_crew(2, work)


def test_an_error_of_one_worker_stops_all():
    def spoil(rows):
        rows[3, 1] = np.inf
        return rows

    first, second = fail_with(spoil)
    assert isinstance(first, WorkerError)
    assert isinstance(second, ValueError)
    assert "Worker 1 failed" in str(first)
    assert "contains infinity" in str(first)


@pytest.mark.parametrize("spoil", [lambda X: X[:, 1:], lambda X: X.astype(np.float32)])
def test_rows_of_different_kinds_are_refused(spoil):
    for error in fail_with(spoil):
        assert isinstance(error, ValueError)
        assert "same dtype and number of columns" in str(error)


def test_what_cannot_be_done_is_refused():
    X, y = blobs(30)
    with pytest.raises(ValueError, match="early_stopping=True needs X_val"):
        fit_all(lambda: mlp(early_stopping=True), X, y, [1, 1])
    with pytest.raises(ValueError, match="encoder must be one of"):
        fit_all(lambda: mlp(encoder=StandardScaler()), X, y, [1, 1])
    with pytest.raises(ValueError, match="X holds categories"):
        fit_all(lambda: mlp(categorical_features=[0]), X, y, [1, 1])
    with pytest.raises(ValueError, match="X must be dense"):
        fit_all(mlp, csr_array(X), y, [1, 1])


def test_the_first_worker_alone_warns_of_training_that_should_go_on(monkeypatch):
    warned = []  # filters of warnings are of all threads
    monkeypatch.setattr("bepsk.estimators._watch.warn_if_unfinished", warned.append)
    workers = fit_all(lambda: mlp(max_iter=1), *blobs(150), [1, 1, 1])
    assert [clf.__dict__ for clf in warned] == [workers[0].__dict__]
