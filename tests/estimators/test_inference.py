import copy
import pickle

import numpy as np
import pytest
from common import SMALL, SMALL_RNN, blobs, same, waves
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from bepsk import BEPMLPClassifier, BEPRNNClassifier, TrajectoryEnsembleClassifier
from bepsk.export import inference_only

X, y = blobs()
SERIES, LABELS = waves()

CASES = pytest.mark.parametrize(
    ("estimator", "X", "y"),
    [
        (BEPMLPClassifier(**SMALL), X, y),
        (BEPMLPClassifier(**SMALL, rule="paper", encoder="thermometer"), X, y),
        (BEPMLPClassifier(65, max_iter=2, online=True, warm_start=True), X, y),
        (BEPRNNClassifier(**SMALL_RNN), SERIES, LABELS),
        (TrajectoryEnsembleClassifier(BEPMLPClassifier(**SMALL), 3), X, y),
    ],
    ids=["default", "paper", "wide", "series", "ensemble"],
)


@CASES
def test_bits_predict_the_same_and_are_small(estimator, X, y):
    fitted = clone(estimator).fit(X, y)
    before = copy.deepcopy(vars(fitted))
    small = inference_only(fitted)
    assert same(vars(fitted), before)
    assert type(small) is type(fitted)
    restored = pickle.loads(pickle.dumps(small))
    for twin in (small, restored, copy.deepcopy(small), inference_only(restored)):
        np.testing.assert_array_equal(twin.predict_proba(X), fitted.predict_proba(X))
        assert same(vars(twin), vars(small))
    assert len(pickle.dumps(small)) < len(pickle.dumps(fitted))


@CASES
def test_bits_do_not_train_on_but_anew(estimator, X, y):
    small = inference_only(clone(estimator).fit(X, y))
    if hasattr(small, "partial_fit"):
        before = copy.deepcopy(vars(small))
        with pytest.raises(ValueError, match="holds bits only"):
            small.partial_fit(X, y)
        with pytest.raises(ValueError, match="holds bits only"):
            small.set_params(warm_start=True).fit(X, y)
        small.set_params(warm_start=estimator.warm_start)
        assert same(vars(small), before)
        small.set_params(warm_start=False)
    again = small.fit(X, y)
    assert same(again.__getstate__().keys(), clone(estimator).fit(X, y).__getstate__().keys())


def test_what_is_no_estimator_of_ours_is_refused():
    for value in (make_pipeline(BEPMLPClassifier(**SMALL)).fit(X, y), 3, BEPMLPClassifier):
        with pytest.raises(TypeError, match="estimator"):
            inference_only(value)


@pytest.mark.parametrize(
    "change",
    [
        lambda weights: None,
        lambda weights: weights[1:],
        lambda weights: [weights[0][0], weights[1]],
        lambda weights: [[weights[0][0][:, :-1], weights[0][1]], weights[1]],
        lambda weights: [[weights[0][0], weights[0][1] - 1], weights[1]],
        lambda weights: [[weights[0][0], -1], weights[1]],
        lambda weights: [[weights[0][0], 0], weights[1]],
        lambda weights: [[weights[0][0], 2.0**80], weights[1]],
        lambda weights: [[weights[0][0], 2**80], weights[1]],
        lambda weights: [[weights[0][0].astype(float), weights[0][1]], weights[1]],
        lambda weights: [[weights[0][0][:-1], weights[0][1]], weights[1]],
    ],
)
def test_damaged_bits_are_refused(change):
    state = inference_only(BEPMLPClassifier(**SMALL).fit(X, y)).__getstate__()
    damaged = state | {"hidden_weights_": change(state["hidden_weights_"])}
    with pytest.raises(ValueError, match=r"hidden_weights_|n_bias_"):
        BEPMLPClassifier.__new__(BEPMLPClassifier).__setstate__(damaged)
