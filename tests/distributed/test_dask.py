import os
import signal
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
from common import blobs
from crew import assert_same_fit
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from bepsk import BEPMLPClassifier, BEPMLPRegressor, BEPRNNClassifier
from bepsk.distributed import DaskEstimator
from bepsk.distributed._epochs import asking
from bepsk.training import WorkerError

pytestmark = [pytest.mark.once, pytest.mark.filterwarnings("default")]  # of Dask and tornado
MLP = BEPMLPClassifier((48, 40), max_iter=3, random_state=0)
RNN = BEPRNNClassifier(48, max_iter=3, random_state=0)


def cluster(n_workers, processes=False):
    pytest.importorskip("dask")  # without it "distributed" is the folder of this file
    distributed = pytest.importorskip("distributed")
    return distributed.Client(
        n_workers=n_workers, threads_per_worker=1, processes=processes, dashboard_address=None
    )


@pytest.fixture(scope="module")
def client():
    with cluster(3) as client:
        yield client


@pytest.mark.parametrize("n_workers", [1, 2, 3, 4])
@pytest.mark.parametrize("estimator", [MLP, RNN])
def test_any_number_of_workers_equals_one(estimator, n_workers):
    da = pytest.importorskip("dask.array")
    X, y = blobs(150, n_features=30)
    with cluster(n_workers) as client:
        model = DaskEstimator(estimator, client=client)
        model.fit(da.from_array(X, chunks=((100, 5, 25, 20), 15)), da.from_array(y, chunks=50))
    assert type(model.estimator_) is type(estimator)
    expected = clone(estimator).fit(X, y)
    assert_same_fit(model.estimator_, expected, but=["feature_means_"])
    assert model.classes_.tolist() == [0, 1, 2]


def test_a_cluster_with_encrypted_connections():
    pytest.importorskip("cryptography")
    distributed = pytest.importorskip("distributed")
    X, y = blobs(150)
    security = distributed.Security.temporary()
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with (
        distributed.LocalCluster(security=security, **options) as encrypted,
        distributed.Client(encrypted) as client,
    ):
        assert client.scheduler.address.startswith("tls://")
        model = DaskEstimator(MLP, client=client).fit(X, y)
    assert_same_fit(model.estimator_, clone(MLP).fit(X, y))


def test_arrays_predict_by_partition(client):
    da = pytest.importorskip("dask.array")
    X, y = blobs(150)
    weights = np.arange(150) % 3
    expected = clone(MLP).fit(X, y, weights, X_val=X[:9], y_val=y[:9])
    model = DaskEstimator(MLP).fit(X, y, weights, X_val=X[:9], y_val=y[:9])
    assert_same_fit(model.estimator_, expected)
    for method in ("predict", "predict_proba"):
        wanted = getattr(expected, method)(X)
        lazy = getattr(model, method)(da.from_array(X, chunks=(40, 2)))
        assert lazy.shape == wanted.shape
        np.testing.assert_array_equal(lazy.compute(), wanted)
        np.testing.assert_array_equal(getattr(model, method)(X), wanted)
    accuracy = expected.score(X, y)
    assert model.score(X, y) == accuracy
    assert model.score(da.from_array(X, chunks=40), da.from_array(y, chunks=40)) == accuracy


def test_data_frames_keep_their_names_and_index(client):
    dd = pytest.importorskip("dask.dataframe")
    import pandas as pd

    X, y = blobs(150)
    X, y = pd.DataFrame(X, columns=list("abcd")), pd.Series(y)
    expected = clone(MLP).fit(X, y)
    parts = dd.from_pandas(X, npartitions=5)
    model = DaskEstimator(MLP).fit(parts, dd.from_pandas(y, npartitions=5))
    assert_same_fit(model.estimator_, expected)
    predicted = model.predict(parts).compute()
    assert predicted.index.equals(X.index)
    np.testing.assert_array_equal(predicted, expected.predict(X))
    np.testing.assert_array_equal(model.predict_proba(parts).compute(), expected.predict_proba(X))


def test_bags_hold_series_of_any_length(client):
    db = pytest.importorskip("dask.bag")
    series = [np.sin(np.arange(20 + i % 7) * (1 + i % 2)) for i in range(60)]
    y = [i % 2 for i in range(60)]
    bag = db.from_sequence(series, npartitions=4)
    model = DaskEstimator(RNN).fit(bag, db.from_sequence(y, npartitions=4))
    expected = clone(RNN).fit(series, y)
    assert_same_fit(model.estimator_, expected, but=["feature_means_"])
    assert list(model.predict(bag).compute()) == expected.predict(series).tolist()


def test_an_error_of_one_worker_is_that_of_fit(client):
    da = pytest.importorskip("dask.array")
    X, y = blobs(150)
    X[140, 2] = np.inf
    with pytest.raises(ValueError, match="X contains infinity"):
        DaskEstimator(MLP).fit(da.from_array(X, chunks=40), da.from_array(y, chunks=40))


def test_several_labels(client):
    da = pytest.importorskip("dask.array")
    X, y = blobs(150)
    y = np.stack([y == 0, y > 0], axis=1)
    expected = clone(MLP).fit(X, y)
    X_parts, y_parts = da.from_array(X, chunks=40), da.from_array(y, chunks=(40, 1))
    model = DaskEstimator(MLP).fit(X_parts, y_parts)
    assert_same_fit(model.estimator_, expected)
    np.testing.assert_array_equal(model.predict(X_parts).compute(), expected.predict(X))
    assert model.score(X_parts, y_parts) == expected.score(X, y)


def test_regressors_are_refused(client):
    with pytest.raises(ValueError, match="must be a classifier"):
        DaskEstimator(BEPMLPRegressor()).fit(*blobs(30))


def test_partitions_must_agree(client):
    dd = pytest.importorskip("dask.dataframe")
    import pandas as pd

    X, y = blobs(150)
    X, y = pd.DataFrame(X), pd.Series(y)
    with pytest.raises(ValueError, match="same partitions; got"):
        DaskEstimator(MLP).fit(dd.from_pandas(X, npartitions=5), dd.from_pandas(y, npartitions=3))


@pytest.mark.parametrize("callback", [None, lambda report: False])
def test_a_worker_that_is_killed_ends_in_a_clear_error(callback):
    X = np.tile(np.random.default_rng(0).normal(size=(75, 4)), (2, 1))
    y = np.arange(150) // 50  # each row twice, with different labels
    endless = clone(MLP).set_params(max_iter=10**6, n_iter_no_change=None, rule="paper")
    with cluster(2, processes=True) as client:
        pids = client.run(os.getpid)
        killer = client.loop.asyncio_loop.call_later
        client.loop.add_callback(killer, 5, os.kill, max(pids.values()), signal.SIGKILL)
        start = time.monotonic()
        with pytest.raises(WorkerError, match="lost the worker"):
            DaskEstimator(endless, client=client).fit(X, y, callback=callback)
        assert time.monotonic() - start < 60


def test_a_callback_here_hears_of_each_epoch_and_stops_all(client):
    X, y = blobs(150)
    long = clone(MLP).set_params(max_iter=9, n_iter_no_change=None, rule="paper")
    y = np.arange(150) % 3  # never learned
    heard = []

    def callback(report):
        heard.append(report)
        return len(heard) == 2

    model = DaskEstimator(long).fit(X, y, X_val=X[:9], y_val=y[:9], callback=callback)
    seen = []
    expected = clone(long).fit(
        X, y, X_val=X[:9], y_val=y[:9], callback=lambda clf: seen.append(clf) or len(seen) == 2
    )
    assert_same_fit(model.estimator_, expected)
    assert [report["n_iter"] for report in heard] == [1, 2]
    assert [report["loss"] for report in heard] == expected.loss_curve_
    assert [report["train_score"] for report in heard] == expected.train_scores_
    assert [report["validation_score"] for report in heard] == expected.validation_scores_


def test_the_first_worker_does_not_wait_for_a_client_that_is_lost(monkeypatch):
    class Silent:
        def get(self, timeout):
            raise TimeoutError

        def put(self, report):
            pass

        def close(self):
            pass

    def look():
        raise WorkerError("lost")

    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(distributed, "Queue", lambda name: Silent(), raising=False)
    workers = SimpleNamespace(rank=0, look=look)
    with pytest.raises(WorkerError), asking(["reports", "answers"], workers) as callback:
        callback(clone(MLP).fit(*blobs(30)))


def test_a_callback_that_says_nothing_changes_nothing(client):
    X, y = blobs(150)
    heard = []
    model = DaskEstimator(MLP).fit(X, y, callback=heard.append)
    assert_same_fit(model.estimator_, clone(MLP).fit(X, y))
    assert len(heard) == model.estimator_.n_iter_
    assert {report["validation_score"] for report in heard} == {None}


def test_an_error_of_the_callback_ends_the_fit(client):
    def callback(report):
        raise KeyError("mine")

    start = time.monotonic()
    with pytest.raises(KeyError, match="mine"):
        DaskEstimator(MLP).fit(*blobs(150), callback=callback)
    assert time.monotonic() - start < 20
    with pytest.raises(TypeError, match="callback must be a callable"):
        DaskEstimator(MLP).fit(*blobs(150), callback=3)
    DaskEstimator(MLP).fit(*blobs(150))  # the workers are free


def test_an_error_of_a_worker_ends_a_fit_with_a_callback(client):
    X, y = blobs(150)
    X[140, 2] = np.inf
    with pytest.raises(ValueError, match="X contains infinity"):
        DaskEstimator(MLP).fit(X, y, callback=print)


def test_the_client_is_warned_once_and_sees_whose_task_it_is():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 5)), rng.integers(10, size=300)
    short, keys = clone(MLP).set_params(max_iter=1), []
    with cluster(2, processes=True) as client:

        def callback(_):
            keys.extend(key for some in client.processing().values() for key in some)

        with pytest.warns(ConvergenceWarning, match="Nothing was learned") as warned:
            DaskEstimator(short, client=client).fit(X, y, callback=callback)
    assert sum(w.category is ConvergenceWarning for w in warned) == 1
    assert {key.rpartition("-")[0] for key in keys} == {
        "fit-BEPMLPClassifier-0",
        "fit-BEPMLPClassifier-1",
    }


def test_without_dask_the_error_tells_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match=r"bepsk\[dask\]"):
        DaskEstimator(MLP).fit(*blobs(30))
