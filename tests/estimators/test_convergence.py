"""Warnings of training that `max_iter` ends too soon."""

import warnings

import numpy as np
import pytest
from common import blobs, waves
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning

from bepsk import (
    BEPMLPClassifier,
    BEPMLPRegressor,
    BEPRNNClassifier,
    TrajectoryEnsembleClassifier,
)

DIGITS, NUMBERS = load_digits(return_X_y=True)
RNG = np.random.default_rng(0)
NOISE, GUESSES = RNG.normal(size=(300, 5)), RNG.integers(10, size=300)
SHORT = BEPMLPClassifier((64, 64), max_iter=2, random_state=0)
RISES = r"^Training still improved when max_iter ended it: .*rose from .* to [01]\.\d+\. Increase"
NOTHING = (
    r"^Nothing was learned in {} epoch\(s\): 100% of the samples trigger, .* Increase max_iter"
)


@pytest.fixture
def no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("early_stopping", [False, True])
def test_an_end_amid_the_rise_is_a_warning(early_stopping):
    clf = clone(SHORT).set_params(early_stopping=early_stopping)
    with pytest.warns(ConvergenceWarning, match=RISES):
        clf.fit(DIGITS, NUMBERS)
    assert clf.n_iter_ == 2


def test_an_ensemble_warns_once():
    with pytest.warns(ConvergenceWarning, match=RISES) as warned:
        TrajectoryEnsembleClassifier(SHORT, 1).fit(DIGITS, NUMBERS)
    assert len(warned) == 1


def test_series_that_could_go_on_are_a_warning():
    X, y = waves(n_samples=300, n_timesteps=60)
    with pytest.warns(ConvergenceWarning, match=RISES):
        BEPRNNClassifier(64, max_iter=2, random_state=0).fit(X, y)


@pytest.mark.parametrize("max_iter", [1, 5, 50])
def test_nothing_learned_is_a_warning(max_iter):
    clf = BEPMLPClassifier((64, 64), max_iter=max_iter, random_state=0)
    with pytest.warns(ConvergenceWarning, match=NOTHING.format(max_iter)):
        clf.fit(np.zeros_like(NOISE), GUESSES)
    with pytest.warns(ConvergenceWarning, match=NOTHING.format(max_iter)):
        TrajectoryEnsembleClassifier(clf, 3).fit(np.zeros_like(NOISE), GUESSES)


@pytest.mark.usefixtures("no_warning")
@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer, load_digits])
def test_defaults_do_not_warn_on_ordinary_tables(load):
    BEPMLPClassifier(random_state=0).fit(*load(return_X_y=True))


@pytest.mark.usefixtures("no_warning")
@pytest.mark.parametrize("max_iter", [1, 5, 50])
def test_numbers_whose_samples_all_trigger_do_not_warn(max_iter):
    BEPMLPRegressor(64, max_iter=max_iter, random_state=0).fit(*load_diabetes(return_X_y=True))


@pytest.mark.usefixtures("no_warning")
def test_several_labels_that_all_trigger_do_not_warn():
    Y = RNG.integers(2, size=(300, 8))
    BEPMLPClassifier((64, 64), max_iter=5, random_state=0).fit(NOISE, Y)


@pytest.mark.usefixtures("no_warning")
def test_warm_starts_go_on_and_do_not_warn():
    clf = clone(SHORT).set_params(warm_start=True, max_iter=1)
    for _ in range(3):
        clf.fit(DIGITS, NUMBERS)
    assert np.ptp(clf.train_scores_) > 0.1


@pytest.mark.usefixtures("no_warning")
def test_who_stops_training_is_not_warned():
    clone(SHORT).fit(DIGITS, NUMBERS, callback=lambda clf: clf.n_iter_ == 2)
    clone(SHORT).partial_fit(DIGITS, NUMBERS, classes=range(10))
    learned = clone(SHORT).set_params(max_iter=50, annealing=0, noise=0).fit(*blobs())
    assert learned.n_iter_ < 10
    assert learned.loss_curve_[-1] == 0
    clone(learned).set_params(max_iter=learned.n_iter_).fit(*blobs())
