import copy

import numpy as np
import pytest
from common import RULES, SMALL, blobs, same
from sklearn.utils import gen_batches

from bepsk import BEPMLPClassifier
from bepsk.encoders import ThermometerEncoder

X, y = blobs(300)


NOTHING_RANDOM = [{}, {"rule": "paper", "reinforcement": 0}]


def fresh(**parameters):
    return BEPMLPClassifier(**SMALL | parameters)


@RULES
@pytest.mark.parametrize("size", [1, 7, 100])
def test_streams_of_any_chunk_size_are_learned(size, rule):
    clf = fresh(rule=rule, hidden_layer_sizes=(64,), encoder=ThermometerEncoder(20))
    clf.partial_fit(X[:60], y[:60], classes=[0, 1, 2])
    encoder, n_chunks = clf.encoder_, 1
    for _ in range(3):
        for rows in gen_batches(len(X), size):
            clf.partial_fit(X[rows], y[rows])
            n_chunks += 1
    assert clf.encoder_ is encoder
    assert clf.t_ == 960
    assert clf.n_iter_ == len(clf.loss_curve_) == n_chunks
    assert clf.score(X, y) > 0.9


def test_of_a_long_stream_the_last_scores_are_kept():
    clf = fresh().partial_fit(X, y, classes=[0, 1, 2])
    clf.loss_curve_, clf.train_scores_ = [0.5] * 20_000, (0.25,) * 20_000
    clf.partial_fit(X, y).partial_fit(X, y)
    assert len(clf.loss_curve_) == len(clf.train_scores_) == 10_001
    assert clf.loss_curve_[-2] != 0.5 == clf.loss_curve_[-3]


@pytest.mark.parametrize("size", [1, 7])
def test_a_stream_may_begin_with_the_smallest_chunk(size):
    clf = fresh()
    for rows in gen_batches(70, size):
        clf.partial_fit(X[rows], y[rows], classes=[0, 1, 2])
    assert clf.t_ == 70
    assert clf.predict_proba(X).shape == (300, 3)


def test_partial_fit_continues_its_stream_instead_of_replaying_it():
    clf = fresh(margin=1.0).partial_fit(X, y, classes=[0, 1, 2])
    first = copy.deepcopy(clf)
    clf.partial_fit(X, y)
    assert clf._n_steps == 2 * first._n_steps
    assert not same(first.hidden_weights_, clf.hidden_weights_)
    assert same(first.partial_fit(X, y).hidden_weights_, clf.hidden_weights_)


@RULES
def test_the_first_partial_fit_equals_a_fit_of_one_epoch(rule):
    whole = fresh(rule=rule, max_iter=1, annealing=0, average=1, noise=0).fit(X, y)
    chunk = fresh(rule=rule).partial_fit(X, y, classes=[2, 1, 0])
    assert same(whole.hidden_weights_, chunk.hidden_weights_)
    assert same(whole.encoder_, chunk.encoder_)


def test_partial_fit_goes_on_after_fit():
    clf = fresh().fit(X, y)
    n_epochs, seen = clf.n_iter_, clf.t_
    clf.partial_fit(X[:10], y[:10])
    assert (clf.n_iter_, clf.t_) == (n_epochs + 1, seen + 10)


def test_fit_after_partial_fit_starts_anew():
    clf = fresh().partial_fit(X[:50], y[:50], classes=[0, 1, 2, 3]).fit(X, y)
    assert same(vars(clf), vars(fresh().fit(X, y)))


def test_classes_may_come_later_than_announced():
    clf = fresh(max_iter=1)
    clf.partial_fit(X[y < 2], np.array(["a", "b"])[y[y < 2]], classes=["a", "b", "c"])
    for _ in range(10):
        clf.partial_fit(X, np.array(["a", "b", "c"])[y])
    assert set(clf.predict(X)) == {"a", "b", "c"}


@pytest.mark.parametrize("parameters", NOTHING_RANDOM)
def test_a_weight_of_zero_is_dropped_from_the_update(parameters):
    weights = (np.arange(300) % 2).astype(float)
    clf = fresh(shuffle=False, batch_size=300, **parameters)
    clf.partial_fit(X, y, classes=[0, 1, 2])
    one, two = copy.deepcopy(clf), copy.deepcopy(clf)
    one.partial_fit(X, y, sample_weight=weights)
    two.partial_fit(X[1::2], y[1::2])
    assert same(one.hidden_weights_, two.hidden_weights_)


@pytest.mark.parametrize("parameters", NOTHING_RANDOM)
def test_an_integer_weight_is_as_many_copies_of_the_sample(parameters):
    weights = np.arange(300) % 4
    clf = fresh(shuffle=False, batch_size=1000, **parameters)
    clf.partial_fit(X, y, classes=[0, 1, 2])
    weighted, repeated = copy.deepcopy(clf), copy.deepcopy(clf)
    weighted.partial_fit(X, y, sample_weight=weights)
    repeated.partial_fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    assert same(weighted.hidden_weights_, repeated.hidden_weights_)
    assert weighted.loss_curve_ == repeated.loss_curve_


@pytest.mark.parametrize("class_weight", [{0: 2.0}, {0: 2.0, 1: 1.0}])
def test_class_weight_takes_chunks_without_its_classes(class_weight):
    clf = fresh(class_weight=class_weight).partial_fit(X, y, classes=[0, 1, 2])
    for label in range(3):
        clf.partial_fit(X[y == label], y[y == label])
    assert clf.n_iter_ == 4


BAD_CHUNKS = {
    "unknown label": ({"y": y + 1}, "labels.*name all that may come, spare ones too"),
    "other classes": ({"classes": [0, 1, 2, 3]}, "classes"),
    "other width": ({"X": X[:, :-1]}, "features"),
    "infinity": ({"X": np.where(X > 5, np.inf, X)}, "infinity"),
    "3-D": ({"X": X[:, :, np.newaxis]}, "dim"),
    "0 rows": ({"X": X[:0], "y": y[:0]}, "0 sample"),
    "X and y differ": ({"y": y[:-1]}, "inconsistent"),
    "negative weight": ({"sample_weight": y - 1.0}, "sample_weight|[Nn]egative"),
    "huge weight": ({"sample_weight": np.full(300, 1e9)}, "sample_weight"),
    "no weight": ({"sample_weight": np.zeros(300)}, "[Ss]ample.weight"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_CHUNKS.values(), ids=BAD_CHUNKS)
def test_a_failed_partial_fit_is_clear_and_changes_nothing(arguments, message):
    clf = fresh().partial_fit(X, y, classes=[0, 1, 2])
    before = copy.deepcopy(vars(clf))
    with pytest.raises(ValueError, match=message):
        clf.partial_fit(**{"X": X, "y": y} | arguments)
    assert same(vars(clf), before)


@pytest.mark.parametrize(
    ("parameters", "arguments", "message"),
    [
        ({}, {}, "classes"),
        ({}, {"classes": [0, 1]}, "labels"),
        ({"class_weight": "balanced"}, {"classes": [0, 1, 2]}, "class_weight"),
        ({"class_weight": {9: 1}}, {"classes": [0, 1, 2]}, "class_weight"),
        ({"group_size": 99}, {"classes": [0, 1, 2]}, "group_size"),
        ({"rule": "paper", "group_size": 99}, {"classes": [0, 1, 2]}, "group_size"),
        ({"margin": 0}, {"classes": [0, 1, 2]}, "margin"),
    ],
)
def test_a_failed_first_chunk_leaves_nothing_behind(parameters, arguments, message):
    clf = fresh(**parameters)
    before = copy.deepcopy(vars(clf))
    with pytest.raises(ValueError, match=message):
        clf.partial_fit(X, y, **arguments)
    assert same(vars(clf), before)


def test_widths_of_a_later_chunk_are_widths():
    clf = fresh().partial_fit(X, y, classes=[0, 1, 2])
    for bad in (((3, 2),), (3, "4"), {"a": 3}):
        with pytest.raises(ValueError, match="hidden_layer_sizes"):
            clf.set_params(hidden_layer_sizes=bad).partial_fit(X, y)


def test_another_rule_cuts_the_layers_that_there_are_into_groups():
    clf = BEPMLPClassifier((12, 8), max_iter=1, random_state=0).fit(X, y)
    clf.set_params(rule="paper", hidden_layer_sizes=(5,)).partial_fit(X, y)
    assert clf.group_sizes_ == [4, 4]


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_an_untypical_first_chunk_is_warned_of(scale):
    rows = np.random.default_rng(0).standard_normal((200, 5))
    labels = rows[:, 0] > 0
    clf = fresh().partial_fit(scale * rows[:100], labels[:100], classes=[False, True])
    with pytest.warns(UserWarning, match="unlike the samples before it"):
        clf.partial_fit(rows[100:], labels[100:])
    clf = fresh().partial_fit(rows[:100], labels[:100], classes=[False, True])
    clf.partial_fit(rows[100:], labels[100:])
