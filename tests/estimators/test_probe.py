import numpy as np
import pytest
from common import same
from sklearn.base import clone
from sklearn.datasets import make_classification, make_gaussian_quantiles
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from bepsk import BEPMLPClassifier
from bepsk.encoders import RandomProjectionEncoder, ThermometerEncoder
from bepsk.estimators import _probe

SMALL = BEPMLPClassifier((64, 64), max_iter=15, random_state=0)


def rotated(n_samples=400):
    return make_gaussian_quantiles(n_samples=n_samples, n_features=10, n_classes=3, random_state=0)


def noisy(n_samples=400):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_samples, 12))
    return X, (X[:, 0] > 0) ^ (rng.random(n_samples) < 0.25)


def test_directions_call_for_dense_projections_without_noise():
    clf = clone(SMALL).fit(*rotated(1500))
    assert clf.encoder_.max_features is None
    assert clf.noise_ == 0


def test_noisy_labels_call_for_sparse_projections_with_noise():
    clf = clone(SMALL).fit(*noisy())
    assert clf.encoder_.max_features == 4
    assert clf.noise_ == 0.25


def test_the_choice_is_the_fit_with_these_parameters():
    X, y = noisy()
    auto = clone(SMALL).fit(X, y)
    encoder = RandomProjectionEncoder(max_features=4)
    named = clone(SMALL).set_params(encoder=encoder, noise=0.25).fit(X, y)
    assert same(auto.hidden_weights_, named.hidden_weights_)
    again = clone(SMALL).fit(X, y)
    assert same(auto.hidden_weights_, again.hidden_weights_)
    assert auto.temperature_ == again.temperature_


def test_a_given_noise_is_kept():
    assert clone(SMALL).set_params(noise=0.1).fit(*noisy()).noise_ == 0.1
    assert clone(SMALL).set_params(rule="paper").fit(*noisy()).noise_ == 0


def test_few_samples_are_not_probed(monkeypatch):
    monkeypatch.setattr(_probe, "try_out", lambda *_: pytest.fail("a probe"))
    X, y = noisy(99)
    clf = clone(SMALL).fit(X, y)
    assert clf.encoder_.max_features == 4
    given = {"X_val": X, "y_val": y}
    clone(SMALL).set_params(encoder="thermometer").fit(*noisy(), **given)
    clf.partial_fit(*noisy())


def test_the_first_plan_stands_unless_another_is_better_by_a_standard_error(monkeypatch):
    losses = iter([(1.0, 0.2), (0.9, 0.1), (1.0, 0.2), (0.7, 0.1)])
    monkeypatch.setattr(_probe, "try_out", lambda plan, *_: (*next(losses), plan))
    assert clone(SMALL).fit(*noisy()).noise_ == 0.25
    assert clone(SMALL).fit(*noisy()).noise_ == 0


def test_a_probe_sees_a_part_of_many_samples(monkeypatch):
    seen = []

    def try_out(plan, estimator, given, unseen, seed):
        seen.append((len(given[1]), len(unseen[1])))
        return 1.0, 0.1, plan

    monkeypatch.setattr(_probe, "try_out", try_out)
    clone(SMALL).set_params(max_iter=1).fit(*noisy(20_000))
    assert seen == [(3200, 800)] * 2


def test_the_first_chunk_chooses_the_encoder():
    X, y = rotated(1500)
    clf = clone(SMALL).partial_fit(X, y, classes=[0, 1, 2])
    assert clf.encoder_.max_features is None
    assert clf.noise_ == 0
    encoder = clf.encoder_
    assert clf.partial_fit(X, y).encoder_ is encoder


def noisy_labels():
    X, y = make_classification(1500, 20, n_informative=8, flip_y=0.4, random_state=1)
    return train_test_split(X, y, stratify=y, random_state=0, test_size=0.4)


@pytest.mark.parametrize("encoder", ["auto", "projection", ThermometerEncoder(16)])
def test_probabilities_are_honest_where_labels_are_noisy(encoder):
    X, X_test, y, y_test = noisy_labels()
    clf = clone(SMALL).set_params(encoder=encoder, max_iter=40).fit(X, y)
    assert log_loss(y_test, clf.predict_proba(X_test)) < np.log(2)


def test_a_warm_start_keeps_the_temperature_of_the_probe():
    X, X_test, y, y_test = noisy_labels()
    clf = clone(SMALL).set_params(warm_start=True, max_iter=2).fit(X, y)
    temperature = clf.temperature_
    assert clf.fit(X, y).temperature_ == temperature
    assert clf.fit(X, y, X_val=X_test, y_val=y_test).temperature_ != temperature


def test_an_interrupt_of_the_probe_leaves_the_estimator_as_it_was(monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(_probe, "train", interrupted)
    clf = clone(SMALL)
    with pytest.raises(KeyboardInterrupt):
        clf.fit(*noisy())
    assert vars(clf) == vars(clone(SMALL))


def test_a_probe_changes_no_parameter():
    clf = clone(SMALL)
    before = clf.get_params()
    clf.fit(*noisy())
    assert clf.get_params() == before
