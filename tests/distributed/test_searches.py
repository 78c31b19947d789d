"""Searches of scikit-learn over the backends of joblib."""

import joblib
import numpy as np
import pytest
from common import blobs
from sklearn.model_selection import GridSearchCV

from bepsk import BEPMLPClassifier, BEPRNNClassifier

pytestmark = [pytest.mark.once, pytest.mark.filterwarnings("default")]  # of the engines
X, y = blobs(90, n_features=12)
GRID = {"margin": [0.2, 0.5, 1.0]}


def search(estimator, **options):
    return GridSearchCV(estimator, GRID, cv=3, **options).fit(X, y)


def assert_same_search(actual, expected):
    for name in ("mean_test_score", "params", "split0_test_score"):
        np.testing.assert_array_equal(actual.cv_results_[name], expected.cv_results_[name])
    weights = (found.best_estimator_.hidden_weights_ for found in (actual, expected))
    for H, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(H, other)


@pytest.mark.parametrize("kind", [BEPMLPClassifier, BEPRNNClassifier])
def test_dask_finds_what_one_process_finds(kind):
    pytest.importorskip("dask")
    distributed = pytest.importorskip("distributed")
    estimator = kind(24, max_iter=3, random_state=0)
    expected = search(estimator)
    with (
        distributed.Client(n_workers=2, threads_per_worker=1, dashboard_address=None),
        joblib.parallel_backend("dask"),
    ):
        actual = search(estimator)
    assert_same_search(actual, expected)


def test_ray_finds_what_one_process_finds():
    ray = pytest.importorskip("ray")
    from ray.util.joblib import register_ray

    estimator = BEPMLPClassifier(24, max_iter=3, random_state=0)
    register_ray()
    try:
        with joblib.parallel_backend("ray", n_jobs=2):
            actual = search(estimator)
    finally:
        ray.shutdown()
    assert_same_search(actual, search(estimator))
