"""How series are cut into steps, and what the options of the network do."""

import numpy as np
import pytest
from common import RULES, SMALL_RNN, same, unequal_waves, waves
from sklearn.base import clone

from bepsk import BEPRNNClassifier
from bepsk.encoders import BinaryExpansionEncoder, RandomProjectionEncoder

X, y = waves()
ONE = X[:, :, np.newaxis]
UNEQUAL, y_unequal = unequal_waves()


def fresh(**parameters):
    return BEPRNNClassifier(**SMALL_RNN | parameters)


def fit_of(clf):
    """Return what a fit has learned."""
    return clf.hidden_weights_, vars(clf.encoder_), clf.loss_curve_, clf.group_sizes_


@pytest.mark.parametrize(
    ("n_steps", "overlap", "n_timesteps", "patch_length", "steps", "window"),
    [
        ("auto", "auto", 24, 3, 8, 6),
        ("auto", "auto", 25, 4, 7, 8),
        ("auto", "auto", 5, 1, 5, 2),
        ("auto", 0, 24, 3, 8, 3),
        ("raw", "auto", 24, 1, 24, 1),
        ("raw", 2, 24, 1, 24, 3),
        (1, "auto", 24, 24, 1, 48),
        (1, 0, 24, 24, 1, 24),
        (5, "auto", 24, 5, 5, 10),
        (5, 3, 24, 5, 5, 20),
        (23, "auto", 24, 2, 12, 4),
        (100, "auto", 24, 1, 24, 2),
        ("auto", "auto", 1, 1, 1, 2),
    ],
)
def test_series_are_cut_as_asked_for(n_steps, overlap, n_timesteps, patch_length, steps, window):
    X = np.repeat(waves(60, n_timesteps)[0][:, :, np.newaxis], 3, axis=2)
    clf = fresh(n_steps=n_steps, overlap=overlap).fit(X, y)
    assert (clf.patch_length_, clf.n_steps_) == (patch_length, steps)
    assert (1 + clf.overlap_) * clf.patch_length_ == window
    assert clf.encoder_.n_features_in_ == 3 * window
    inputs, n_bits = clf.encode(X), clf.network_.input_layer.n_inputs
    assert inputs.bits.shape[:2] == (60, steps)
    assert n_bits == 32


@pytest.mark.parametrize(("n_long", "patch_length"), [(0, 3), (1, 3), (6, 3), (7, 10), (60, 10)])
def test_the_longest_series_decide_the_patches_if_they_are_over_a_tenth(n_long, patch_length):
    X = [*UNEQUAL, *[np.ones((80, 2))] * n_long]
    clf = fresh(max_iter=1).fit(X, np.append(y_unequal, np.zeros(n_long, dtype=int)))
    assert (clf.patch_length_, clf.n_steps_) == (patch_length, 8)
    assert clf.encode(X).bits.shape[1] == (-(-80 // patch_length) if n_long else 8)


@pytest.mark.parametrize("n_steps", ["auto", "raw"])
def test_one_long_series_changes_nothing_else(n_steps):
    X, labels = waves(200)
    series = [*X[:99], np.tile(X[99], 20)]
    clf = fresh(hidden_size=128, n_steps=n_steps, max_iter=20).fit(series, labels[:100])
    plain = fresh(hidden_size=128, n_steps=n_steps, max_iter=20).fit(list(X[:100]), labels[:100])
    for name in ("patch_length_", "n_steps_", "overlap_", "inertia_", "place_code_"):
        assert getattr(clf, name) == getattr(plain, name)
    test = list(X[100:])
    assert clf.score(test, labels[100:]) > plain.score(test, labels[100:]) - 0.1


@pytest.mark.parametrize(("n_timesteps", "long"), [(19, False), (20, True), (21, True)])
@pytest.mark.parametrize("patch", [1, 2])
def test_from_twenty_steps_on_auto_means_inertia_and_place_code(n_timesteps, long, patch):
    X = np.repeat(waves(60, n_timesteps)[0], patch, axis=1)
    n_steps = "raw" if patch == 1 else n_timesteps
    clf = fresh(n_steps=n_steps).fit(X, y)
    assert clf.n_steps_ == n_timesteps
    assert (clf.inertia_, clf.place_code_) == (0.75 * long, long)
    named = fresh(n_steps=n_steps, inertia=0.75 * long, place_code=long).fit(X, y)
    assert same(fit_of(named), fit_of(clf))
    other = fresh(n_steps=n_steps, inertia=0.5, place_code=not long).fit(X, y)
    assert (other.inertia_, other.place_code_) == (0.5, not long)


@pytest.mark.parametrize(("inertia", "kept"), [(0, 0), (0.3, 76), (0.999, 255), (1 / 300, 0)])
def test_inertia_is_kept_in_256ths(inertia, kept):
    clf = fresh(inertia=inertia).fit(X, y)
    assert same(clf.inertia_, kept / 256)
    assert same(fit_of(clf), fit_of(fresh(inertia=kept / 256).fit(X, y)))


PAPER_BATCHES = [(9, 8, 1), (60, 8, 6), (650, 19, 64), (250, 19, 25), (250, 20, 20), (150, 20, 15)]
BATCHES = [(9, 8, 10), (60, 8, 10), (650, 19, 13), (650, 24, 13), (1100, 8, 20)]


@pytest.mark.parametrize(
    ("rule", "n_samples", "n_timesteps", "batch_size"),
    [("paper", *sizes) for sizes in PAPER_BATCHES] + [("contrastive", *sizes) for sizes in BATCHES],
)
def test_the_automatic_batch_is_a_tenth_or_a_fiftieth_and_smaller_for_many_steps(
    rule, n_samples, n_timesteps, batch_size
):
    X, y = waves(n_samples, n_timesteps)
    auto, named = (
        fresh(rule=rule, batch_size=size, n_steps="raw", max_iter=1).fit(X, y)
        for size in ("auto", batch_size)
    )
    assert same(auto.hidden_weights_, named.hidden_weights_)


@pytest.mark.parametrize(
    "parameters",
    [
        {"inertia": 0.5},
        {"place_code": True},
        {"horizon": 1},
        {"horizon": 7},
        {"overlap": 0},
        {"n_steps": "raw"},
        {"margin": 1.0},
        {"batch_size": 1},
        {"output_size": 31},
        {"shuffle": False},
        {"annealing": 0.2},
        {"average": 2},
    ],
)
@RULES
def test_every_option_makes_a_difference(parameters, rule):
    clf, other = fresh(rule=rule).fit(X, y), fresh(rule=rule, **parameters).fit(X, y)
    assert not same(other.hidden_weights_, clf.hidden_weights_)


@pytest.mark.parametrize(
    ("rule", "parameters"),
    [
        ("paper", {"clip_updates": False}),
        ("paper", {"ties": "positive"}),
        ("paper", {"gate": 0.5}),
        ("paper", {"group_size": 1}),
        ("paper", {"reinforcement": 0}),
        ("paper", {"rule": "contrastive"}),
        ("contrastive", {"centering": False}),
    ],
)
def test_every_option_of_a_rule_makes_a_difference(rule, parameters):
    clf, other = fresh(rule=rule).fit(X, y), fresh(**{"rule": rule} | parameters).fit(X, y)
    assert not same(other.hidden_weights_, clf.hidden_weights_)


@pytest.mark.parametrize("horizon", [8, 9, 1000])
def test_a_horizon_of_all_steps_is_none(horizon):
    assert same(fit_of(fresh(horizon=horizon).fit(X, y)), fit_of(fresh().fit(X, y)))


@pytest.mark.parametrize(("output_size", "width"), [(None, 32), (5, 5), (70, 70), (1, 1)])
def test_layers_have_the_sizes_asked_for(output_size, width):
    clf = fresh(output_size=output_size, encoder=RandomProjectionEncoder(65)).fit(X, y)
    assert [H.shape for H in clf.hidden_weights_] == [(32, 65), (32, 32), (width, 32)]
    assert {H.dtype for H in clf.hidden_weights_} == {np.dtype(np.int16)}
    assert all((H % 2 == 1).all() for H in clf.hidden_weights_)
    assert clf.prototypes_.shape == (3, width)
    assert set(np.unique(clf.prototypes_)) <= {-1, 1}


@pytest.mark.parametrize(
    ("group_size", "output_size", "sizes"),
    [
        ("auto", None, [16, 16]),
        ("auto", 45, [16, 15]),
        (4, 45, [4, 4]),
        (5, 5, [5, 5]),
        (np.int64(2), 3, [2, 2]),
    ],
)
def test_group_sizes_are_as_asked_for(group_size, output_size, sizes):
    clf = fresh(rule="paper", group_size=group_size, output_size=output_size).fit(X, y)
    assert clf.group_sizes_ == sizes


def test_strict_is_the_paper():
    clf = BEPRNNClassifier.strict(16, max_iter=5, random_state=0)
    assert type(clf) is BEPRNNClassifier
    assert (clf.hidden_size, clf.max_iter, clf.n_steps) == (16, 5, "raw")
    assert (clf.inertia, clf.place_code) == (0, False)
    assert (clf.rule, clf.clip_updates, clf.ties) == ("paper", False, "positive")
    assert clf.encoder.get_params()["binaryexpansionencoder"].n_components == 16
    clf.fit(ONE, y)
    assert (clf.patch_length_, clf.overlap_, clf.inertia_, clf.place_code_) == (1, 0, 0, False)
    assert [H.shape for H in clf.hidden_weights_] == [(16, 16), (16, 16), (16, 16)]
    assert clf.encoder_[-1].components_.shape == (16, 10)
    assert same(clone(clf).fit(ONE, y).hidden_weights_, clf.hidden_weights_)
    other = clone(clf).set_params(random_state=1).fit(ONE, y)
    assert not same(other.encoder_[-1].components_, clf.encoder_[-1].components_)


def test_what_strict_is_given_wins():
    encoder = BinaryExpansionEncoder(5)
    clf = BEPRNNClassifier.strict(encoder=encoder, inertia=0.5, ties="keep", n_steps=3)
    assert clf.hidden_size == 512
    assert clf.encoder is encoder
    assert (clf.inertia, clf.ties, clf.n_steps) == (0.5, "keep", 3)
    assert clf.clip_updates is False
