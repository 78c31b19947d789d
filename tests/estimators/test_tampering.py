"""Classifiers whose fitted attributes were assigned by hand or damaged in a file."""

import copy
import pickle

import numpy as np
import pytest
from common import same
from sklearn.base import clone
from tampering import SERIES, X, fitted_predictors, methods_of, problems, y

from bepsk import SKOPS_TRUSTED_TYPES
from bepsk.encoders import RandomProjectionEncoder
from bepsk.network import FeedForwardNetwork, PaperRule
from bepsk.network.layer import Layer

FITTED = fitted_predictors()
MLP, RNN, ENSEMBLE = FITTED[0][0], FITTED[3][0], FITTED[-1][0]
BOTH = pytest.mark.parametrize(("fitted", "X"), [(MLP, X), (RNN, SERIES)], ids=["mlp", "rnn"])


def restored(estimator, **changes):
    """Return an estimator out of a file in which attributes have changed."""
    twin = copy.copy(estimator)
    vars(twin).update(changes)
    return pickle.loads(pickle.dumps(twin))


def test_whatever_is_changed_every_method_works_or_says_what_is_wrong():
    assert list(problems(FITTED, range(300))) == []


@BOTH
def test_weights_cannot_be_written_to(fitted, X):
    seen = []
    clf = clone(fitted).fit(X, y, callback=lambda clf: seen.extend(clf.hidden_weights_))
    streamed = clone(fitted).partial_fit(X, y, classes=np.unique(y))
    twins = clf, streamed, copy.deepcopy(clf), pickle.loads(pickle.dumps(clf))
    for array in [*seen, *(H for twin in twins for H in [*twin.hidden_weights_, twin.prototypes_])]:
        with pytest.raises(ValueError, match="read-only"):
            array *= -1
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.flags.writeable = True


def test_a_copy_of_the_network_can_be_trained_and_only_a_copy():
    network, inputs, before = MLP.network_, MLP.encode(X), MLP.decision_function(X)
    rule = PaperRule(margin=1.0, gate=1.0, group_sizes=(1, 1))
    update = network.compute_update(inputs, y, np.ones(30, dtype=np.int32), rule)
    with pytest.raises(ValueError, match="read-only"):
        network.apply_update(update)
    trained = network.copy()
    trained.apply_update(update)
    assert (trained.logits(inputs) != network.logits(inputs)).any()
    np.testing.assert_array_equal(MLP.decision_function(X), before)


@BOTH
def test_assigned_weights_count(fitted, X):
    clf = copy.copy(fitted)
    clf.hidden_weights_ = [*fitted.hidden_weights_[:-1], -fitted.hidden_weights_[-1]]
    before = copy.copy(vars(clf))
    scores = clf.decision_function(X)
    assert vars(clf) == before
    assert (scores != fitted.decision_function(X)).any()
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(clf)).decision_function(X), scores)


@pytest.mark.parametrize("layer", [0, 1])
def test_an_assigned_layer_counts(layer):
    clf = copy.deepcopy(MLP)
    weights = list(clf.hidden_weights_)
    weights[layer] = clf.hidden_weights_[layer] = -weights[layer]
    network = FeedForwardNetwork(list(map(Layer, weights)), MLP.network_.targets)
    np.testing.assert_array_equal(clf.network_.logits(clf.encode(X)), network.logits(MLP.encode(X)))
    trained = pickle.loads(pickle.dumps(clf)).partial_fit(X, y)
    assert same(clf.partial_fit(X, y).hidden_weights_, trained.hidden_weights_)


def test_labels_can_be_renamed():
    clf = copy.copy(MLP)
    clf.classes_ = np.array(["a", "b", "c"])
    np.testing.assert_array_equal(clf.predict(X), clf.classes_[MLP.predict(X)])


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("hidden_weights_", [], "a list of int16 arrays, one per layer"),
        ("hidden_weights_", None, "a list of int16 arrays"),
        ("hidden_weights_", MLP.hidden_weights_[:1], r"as many as hidden_weights_\[-1\] has rows"),
        ("hidden_weights_", MLP.hidden_weights_[::-1], r"\[\(17, 87\), \(37, 17\)\]"),
        (
            "hidden_weights_",
            [H.astype(int) for H in MLP.hidden_weights_],
            r"int16 .*got an array of int64",
        ),
        ("hidden_weights_", [np.asfortranarray(H) for H in MLP.hidden_weights_], "C-contiguous"),
        ("hidden_weights_", [H - 1 for H in MLP.hidden_weights_], "odd integers"),
        ("hidden_weights_", [np.full_like(H, -32768) for H in MLP.hidden_weights_], "odd"),
        ("prototypes_", MLP.prototypes_[:, :5].copy(), "17 columns"),
        ("prototypes_", 0 * MLP.prototypes_, r"-1 and \+1"),
        ("prototypes_", np.ones((2000, 17), dtype=np.int8), r"classes_.*2000 labels"),
        ("classes_", np.arange(2), "3 labels in ascending order"),
        ("classes_", np.array([2, 1, 0]), "3 labels in ascending order"),
        ("classes_", np.array([2, "a", None]), "3 labels in ascending order"),
        ("n_features_in_", -6, "an int in the range"),
    ],
)
def test_an_error_names_the_attribute(name, value, expected):
    clf = copy.copy(MLP)
    setattr(clf, name, value)
    before = copy.copy(vars(clf))
    for use in (
        clf.predict,
        clf.predict_proba,
        clf.encode,
        lambda X: clf.network_,
        lambda X: clf.partial_fit(X, y),
        lambda X: pickle.loads(pickle.dumps(clf)),
    ):
        with pytest.raises(ValueError, match=rf"^BEPMLPClassifier.*{expected}.*fit again"):
            use(X)
    assert vars(clf) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_iter_", -3),
        ("t_", 0.5),
        ("_seed", -5),
        ("_n_steps", 2**64),
        ("_error", np.nan),
        ("group_sizes_", [0, 1]),
        ("group_sizes_", [1]),
        ("group_sizes_", [10**6, 10**6]),
        ("_growth", [np.nan, 0]),
        ("_stopping", [0.5]),
        ("loss_curve_", None),
    ],
)
def test_training_goes_on_from_nothing_but_what_it_left(name, value):
    clf = copy.copy(MLP).set_params(warm_start=True)
    setattr(clf, name, value)
    np.testing.assert_array_equal(clf.predict(X), MLP.predict(X))
    for use in (clf.partial_fit, clf.fit, lambda X, y: restored(clf)):
        with pytest.raises(ValueError, match=rf"^BEPMLPClassifier\.{name}.* must be "):
            use(X, y)


@pytest.mark.parametrize("value", [0.0, -1, np.nan, np.inf, "warm", None])
def test_a_temperature_is_above_0(value):
    clf, ensemble = copy.copy(MLP), copy.copy(ENSEMBLE)
    ensemble.estimators_ = [copy.copy(member) for member in ensemble.estimators_]
    clf.temperature_ = ensemble.estimators_[0].temperature_ = value
    assert len(clf.predict(X)) == len(ensemble.predict(X))
    for use in (
        clf.predict_proba,
        clf.predict_log_proba,
        ensemble.predict_proba,
        lambda X: restored(clf),
        lambda X: restored(ensemble),
    ):
        with pytest.raises(ValueError, match=r"temperature_ must be a float in the range"):
            use(X)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("patch_length_", 0),
        ("patch_length_", 2),
        ("overlap_", 10**9),
        ("n_steps_", 0),
        ("inertia_", 1.0),
        ("place_code_", "yes"),
        ("place_seed_", -1),
        ("feature_means_", np.zeros(7)),
        ("hidden_weights_", RNN.hidden_weights_[:2]),
        ("_fitted_on_table", None),
    ],
)
def test_an_error_names_the_attribute_of_a_recurrent_classifier(name, value):
    clf = copy.copy(RNN)
    setattr(clf, name, value)
    x = np.zeros(((1 + RNN.overlap_) * RNN.patch_length_, 2))
    for use in (
        clf.predict,
        clf.encode,
        lambda X: clf.step(x),
        lambda X: clf.partial_fit(X, y),
        lambda X: restored(clf),
    ):
        with pytest.raises(ValueError, match=r"^BEPRNNClassifier\.\w+ must be .*fit again"):
            use(SERIES)


def test_the_state_of_a_live_series_is_checked():
    x = np.zeros(((1 + RNN.overlap_) * RNN.patch_length_, 2))
    state, _ = RNN.step(x)
    state[-1] = -1
    with pytest.raises(ValueError, match="state must be what step returned"):
        RNN.step(x, state)


@BOTH
def test_an_encoder_of_other_bits_is_refused(fitted, X):
    clf = copy.copy(fitted)
    n_features = fitted.encoder_.n_features_in_
    data = np.random.default_rng(0).normal(size=(9, n_features))
    n_bits = fitted.encoder_.n_features_out_
    clf.encoder_ = RandomProjectionEncoder(n_bits + 1).fit(data)
    for use in (clf.predict, clf.encode, lambda X: clf.partial_fit(X, y)):
        with pytest.raises(ValueError, match=f"encoder_ must be an encoder to {n_bits} bits"):
            use(X)
    clf.encoder_ = None
    with pytest.raises(ValueError, match="encoder_ must be a fitted transformer"):
        clf.predict(X)


@pytest.mark.parametrize(
    "change",
    [
        lambda members: [],
        lambda members: None,
        lambda members: [*members, RNN],
        lambda members: [*members, MLP],
        lambda members: [copy.deepcopy(member) for member in members],
    ],
    ids=["none", "no list", "another kind", "another fit", "other encoders"],
)
def test_members_that_do_not_belong_together_are_refused(change):
    ensemble = copy.copy(ENSEMBLE)
    ensemble.estimators_ = change(ENSEMBLE.estimators_)
    for use in (ensemble.predict, ensemble.predict_proba, lambda X: restored(ensemble)):
        with pytest.raises(ValueError, match="estimators_ must be a list of classifiers"):
            use(X)


@BOTH
def test_pickles_hold_a_format_a_version_and_nothing_derived(fitted, X):
    state = fitted.__getstate__()
    assert state["_bepsk_format"] == 3
    assert isinstance(state["_bepsk_version"], str)
    assert not state.keys() & {"_visible_weights", "_packed_prototypes", "_checked"}
    assert not vars(fitted).keys() & {"_bepsk_format", "_bepsk_version"}
    assert clone(fitted).__getstate__()["_bepsk_format"] == 3


@pytest.mark.parametrize("estimator", [MLP, RNN, ENSEMBLE, clone(MLP)])
def test_another_format_is_refused_another_version_is_not(estimator):
    state = estimator.__getstate__()
    twin = copy.copy(estimator)
    with pytest.warns(UserWarning, match=r"bepsk 0\.2\.17 saved"):
        twin.__setstate__(state | {"_bepsk_version": "0.2.17"})
    assert same(vars(twin), vars(estimator))
    for changes, message in (
        ({"_bepsk_format": 1}, r"by bepsk 0\.2\.17 in format 1; .* reads format 3: fit it again"),
        ({"_bepsk_format": 4}, r"by bepsk 0\.2\.17 in format 4; .*: update bepsk to 0\.2\.17"),
        ({"_bepsk_format": "new"}, "in format new"),
    ):
        with pytest.raises(ValueError, match=message):
            twin.__setstate__(state | {"_bepsk_version": "0.2.17"} | changes)
    with pytest.raises(ValueError, match=r"0\.1\.0 or before in format 1"):
        twin.__setstate__(vars(estimator))
    with pytest.raises(ValueError, match=r"0\.1\.0 or before in format 1"):
        twin.__setstate__(None)
    with pytest.raises(ValueError, match=r"0\.1\.0 or before in format 1"):
        twin.__setstate__({b"name_": 1})
    del state[next(iter(estimator.get_params(deep=False)))]
    with pytest.raises(ValueError, match="must be a parameter"):
        twin.__setstate__(state)


@BOTH
def test_a_copy_shares_all_it_can(fitted, X):
    twin = copy.copy(fitted)
    assert all(value is vars(fitted)[name] for name, value in vars(twin).items())
    before = copy.copy(vars(fitted))
    twin.partial_fit(X, y)
    assert vars(fitted) == before


@BOTH
def test_what_a_callback_saved_can_be_used(fitted, X):
    saved = []
    clone(fitted).fit(X, y, callback=lambda clf: saved.append(pickle.dumps(clf)))
    clf = pickle.loads(saved[0])
    assert same(clf.hidden_weights_, fitted.hidden_weights_)
    np.testing.assert_array_equal(clf.predict(X), fitted.predict(X))
    with pytest.raises(ValueError, match="temperature_"):
        clf.predict_proba(X)
    assert clf.partial_fit(X, y).predict_proba(X).shape == (30, 3)


@pytest.mark.parametrize(("fitted", "X"), FITTED, ids=range(len(FITTED)))
def test_skops_restores(fitted, X, tmp_path):
    skops = pytest.importorskip("skops.io")
    skops.dump(fitted, tmp_path / "file")
    foreign = ["numpy.dtype"]  # of scikit-learn's KBinsDiscretizer
    clf = skops.load(tmp_path / "file", trusted=SKOPS_TRUSTED_TYPES + foreign)
    method = methods_of(fitted)[-1]
    np.testing.assert_array_equal(getattr(clf, method)(X), getattr(fitted, method)(X))
    assert same(clf.__getstate__().keys(), fitted.__getstate__().keys())


@pytest.mark.parametrize("fitted", [MLP, RNN, ENSEMBLE])
def test_a_pickle_brings_back_every_attribute(fitted):
    assert same(vars(pickle.loads(pickle.dumps(fitted))), vars(fitted))


def test_an_ensemble_predicts_whatever_its_parameters_are_now():
    ensemble = copy.copy(ENSEMBLE).set_params(estimator=5)
    np.testing.assert_array_equal(ensemble.predict(X), ENSEMBLE.predict(X))
