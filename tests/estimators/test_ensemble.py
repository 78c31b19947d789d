import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from bepsk import BEPMLPClassifier, BEPRNNClassifier, TrajectoryEnsembleClassifier
from bepsk.training import trainer

X, y = make_blobs(200, n_features=4, centers=3, cluster_std=3, random_state=0)
UNENDING = {
    "n_iter_no_change": None,
    "annealing": 0,
    "average": 1,
    "random_state": 0,
    "margin": 1.0,
}


def one(max_iter, **parameters):
    return BEPMLPClassifier((32, 16), max_iter=max_iter, **UNENDING | parameters)


def test_members_are_what_training_passes_through():
    ensemble = TrajectoryEnsembleClassifier(one(6, annealing=1), n_members=3).fit(X, y)
    for member, epochs in zip(ensemble.estimators_, (4, 5, 6), strict=True):
        alone = one(epochs).fit(X, y)
        assert member.n_iter_ == epochs
        assert member.encoder_ is ensemble.estimators_[0].encoder_
        for mine, theirs in zip(member.hidden_weights_, alone.hidden_weights_, strict=True):
            np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("labels", [y, y == 1], ids=["three", "two"])
def test_scores_are_the_mean_of_the_members(labels):
    ensemble = TrajectoryEnsembleClassifier(one(6), n_members=3).fit(X, labels)
    scores = [member.decision_function(X) for member in ensemble.estimators_]
    np.testing.assert_allclose(ensemble.decision_function(X), np.mean(scores, axis=0))
    probabilities = ensemble.predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    winners = ensemble.classes_[probabilities.argmax(axis=1)]
    np.testing.assert_array_equal(winners, ensemble.predict(X))
    np.testing.assert_allclose(ensemble.predict_log_proba(X), np.log(probabilities))


def test_one_member_is_the_estimator():
    ensemble = TrajectoryEnsembleClassifier(one(5), n_members=1).fit(X, y)
    alone = one(5).fit(X, y)
    np.testing.assert_array_equal(ensemble.predict_proba(X), alone.predict_proba(X))


def test_there_are_no_more_members_than_epochs():
    assert len(TrajectoryEnsembleClassifier(one(3), n_members=10).fit(X, y).estimators_) == 3


def test_the_estimator_stays_unfitted():
    estimator = one(3)
    TrajectoryEnsembleClassifier(estimator).fit(X, y)
    assert not hasattr(estimator, "classes_")


def test_what_the_input_was_like_is_that_of_the_last_fit():
    pandas = pytest.importorskip("pandas")
    ensemble = TrajectoryEnsembleClassifier(one(2))
    assert not hasattr(ensemble, "n_features_in_")
    ensemble.fit(pandas.DataFrame(X, columns=list("abcd")), y)
    assert list(ensemble.feature_names_in_) == list("abcd")
    ensemble.fit(X[:, :3], y)
    assert ensemble.n_features_in_ == 3
    assert not hasattr(ensemble, "feature_names_in_")


def test_sample_weights_reach_the_members():
    weights = (y != 2).astype(float)
    ensemble = TrajectoryEnsembleClassifier(one(4), n_members=2).fit(X, y, sample_weight=weights)
    expected = one(4).fit(X, y, sample_weight=weights).hidden_weights_[0]
    np.testing.assert_array_equal(ensemble.estimators_[-1].hidden_weights_[0], expected)


def test_series_are_taken():
    series = np.random.default_rng(0).normal(size=(200, 10)) + 2 * (y == 1)[:, np.newaxis]
    ensemble = TrajectoryEnsembleClassifier(BEPRNNClassifier(64, max_iter=10, random_state=0), 3)
    assert ensemble.fit(series, y == 1).score(series, y == 1) > 0.9


def test_an_interrupt_ends_training_and_keeps_the_members_so_far(monkeypatch):
    epochs, run_epoch = iter(range(10)), trainer.run_epoch

    def interrupted(*arguments):
        if next(epochs) == 4:
            raise KeyboardInterrupt
        run_epoch(*arguments)

    monkeypatch.setattr(trainer, "run_epoch", interrupted)
    ensemble = TrajectoryEnsembleClassifier(one(6), n_members=3)
    with pytest.raises(KeyboardInterrupt):
        ensemble.fit(X[:90], y[:90])  # too few for a probe, which has epochs as well
    assert [member.n_iter_ for member in ensemble.estimators_] == [4]
    assert len(ensemble.predict(X)) == len(X)


def test_parameters_of_the_estimator_can_be_searched():
    ensemble = TrajectoryEnsembleClassifier(one(4), n_members=2)
    search = GridSearchCV(ensemble, {"estimator__margin": [0.05, 1.0], "n_members": [1, 2]}, cv=2)
    assert search.fit(X, y).best_score_ > 0.5


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"estimator": LogisticRegression()}, "estimator"),
        ({"estimator": one("many")}, "max_iter"),
        ({"n_members": 0}, "n_members"),
    ],
)
def test_an_error_names_the_bad_parameter(parameters, name):
    with pytest.raises(ValueError, match=name):
        TrajectoryEnsembleClassifier(**{"estimator": one(2)} | parameters).fit(X, y)
