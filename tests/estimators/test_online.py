import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from common import SMALL, blobs, same
from sklearn.datasets import load_digits

from bepsk import BEPMLPClassifier
from bepsk.encoders import ThermometerEncoder

X, y = blobs(300)


def fitted(**parameters):
    clf = BEPMLPClassifier(**SMALL | {"margin": 1.0} | parameters).fit(X[:200], y[:200])
    return clf.set_params(online=True)


LONG = {"max_iter": 20, "n_iter_no_change": None, "annealing": 1.0}


def row(i):
    return X[i : i + 1], y[i : i + 1]


def one_by_one(clf, rows, y=y):
    for i in rows:
        clf.partial_fit(X[i : i + 1], y[i : i + 1])
    return clf


def learned(clf):
    """Return all that learning changes but the number of calls."""
    return clf.hidden_weights_, clf._windows, clf._random, clf.t_, clf._visible_weights


CASES = pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"weight_bits": 8},
        {"hidden_layer_sizes": 7},
        {"hidden_layer_sizes": (65, 3, 64)},
        {"centering": False},
        {"encoder": ThermometerEncoder(3), "margin": 0.8},
    ],
    ids=str,
)


@CASES
def test_many_rows_in_a_call_are_as_many_calls(parameters):
    clf, other = fitted(**parameters), (y + np.arange(300) % 2) % 3
    together, alone = copy.deepcopy(clf), copy.deepcopy(clf)
    together.partial_fit(X[200:], other[200:])
    assert same(learned(one_by_one(alone, range(200, 300), other)), learned(together))
    assert not same(together.hidden_weights_, clf.hidden_weights_)
    assert (together.n_iter_, alone.n_iter_) == (clf.n_iter_ + 1, clf.n_iter_ + 100)
    assert type(alone.t_) is type(alone.n_iter_) is int


@CASES
def test_a_restored_estimator_goes_on_alike(parameters):
    clf = one_by_one(fitted(**parameters), range(200, 230))
    restored = pickle.loads(pickle.dumps(clf))
    assert same(learned(restored), learned(clf))
    for twin in (restored, copy.deepcopy(clf), copy.copy(clf)):
        assert same(learned(one_by_one(twin, range(230, 260))), learned(fitted_to(260, parameters)))


def fitted_to(end, parameters):
    return one_by_one(fitted(**parameters), range(200, end))


@pytest.mark.parametrize(
    "call",
    [
        lambda clf, X, y: clf.partial_fit(X.tolist(), y.tolist()),
        lambda clf, X, y: clf.partial_fit(np.asfortranarray(np.repeat(X, 2, axis=0))[::2], y),
        lambda clf, X, y: clf.partial_fit(X, y, classes=[2, 1, 0]),
        lambda clf, X, y: clf.partial_fit(X, y, classes=[0, 1, 2]),
        lambda clf, X, y: clf.partial_fit(X, y[:, np.newaxis].ravel().astype(np.int8)),
        lambda clf, X, y: clf.set_params(n_jobs=2).partial_fit(X, y),
    ],
    ids=["lists", "strided", "classes", "sorted classes", "int8", "n_jobs"],
)
def test_all_ways_to_give_a_row_are_alike(call):
    clf, expected = fitted(), fitted()
    for i in range(200, 210):
        call(clf, *row(i))
        expected.partial_fit(*row(i))
        assert same(learned(clf), learned(expected))


def test_frames_and_labels_of_any_kind_are_taken():
    names = np.array(["a", "b", "c"])
    frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(X.shape[1])])
    clf = BEPMLPClassifier(**SMALL).fit(frame[:200], names[y[:200]].astype(object))
    clf.set_params(online=True)
    clf.partial_fit(frame[200:201], names[y[200:201]].astype(object))
    clf.partial_fit(frame[201:210], names[y[201:210]])
    assert clf.t_ == 200 * clf.n_iter_ - 200 * 2 + 10


def test_the_first_row_changes_the_sizes_of_weights_but_no_prediction():
    clf = fitted(annealing=0.4)
    before, large = clf.decision_function(X), np.mean(np.abs(clf.hidden_weights_[0]))
    scores = np.sort(before, axis=1)
    sure = [np.argmax(scores[:, -1] - scores[:, -2])]
    clf.set_params(margin=1e-9).partial_fit(X[sure], clf.predict(X)[sure])
    assert np.mean(np.abs(clf.hidden_weights_[0])) <= 16 < large
    np.testing.assert_array_equal(clf.decision_function(X), before)


def test_what_others_hold_does_not_change():
    clf = one_by_one(fitted(), range(200, 220))
    shallow, deep = copy.copy(clf), copy.deepcopy(clf)
    arrays = copy.deepcopy(shallow.hidden_weights_)
    one_by_one(clf, range(220, 240))
    assert same(shallow.hidden_weights_, arrays)
    assert same(deep.hidden_weights_, arrays)
    one_by_one(shallow, range(220, 240))
    assert same(learned(shallow), learned(clf))


def test_biases_stay_as_they_are():
    clf = one_by_one(fitted(), [200])
    before = clf.hidden_weights_[0][:, -clf.n_bias_ :].copy()
    one_by_one(clf, range(200, 300))
    np.testing.assert_array_equal(clf.hidden_weights_[0][:, -clf.n_bias_ :], before)


def test_hidden_weights_stay_within_their_bits():
    clf = one_by_one(fitted(weight_bits=8), range(200, 300))
    assert max(np.abs(H).max() for H in clf.hidden_weights_) <= 127


@pytest.mark.parametrize("weight_bits", [8, np.int8(9), 12])
def test_fewer_bits_cost_no_accuracy(weight_bits):
    clf, exact = fitted(**LONG, weight_bits=weight_bits), fitted(**LONG)
    np.testing.assert_array_equal(clf.predict_proba(X), exact.predict_proba(X))
    limit = 2 ** (int(weight_bits) - 1) - 1
    assert max(np.abs(H).max() for H in exact.hidden_weights_) > limit
    sizes = [np.abs(H) for H in clf.hidden_weights_]
    assert all(H.max() <= limit and 1 < H.mean() < 17 for H in sizes)


def test_fewer_bits_saturate_in_a_stream():
    clf = fitted(weight_bits=8).set_params(online=False)
    for _ in range(30):
        clf.partial_fit(X, (y + np.arange(300) % 2) % 3)
    assert max(np.abs(H).max() for H in clf.hidden_weights_) == 127


def test_fewer_bits_for_a_fitted_network():
    clf = fitted(**LONG)
    assert max(np.abs(H).max() for H in clf.hidden_weights_) > 127
    clf.set_params(weight_bits=8).partial_fit(X[:1], y[:1])
    assert max(np.abs(H).max() for H in clf.hidden_weights_) <= 127


def test_assigned_weights_are_learned_from():
    clf = one_by_one(fitted(), range(200, 210))
    saved = [H.copy() for H in clf.hidden_weights_]
    windows, random = clf._windows, clf._random
    one_by_one(clf, range(210, 220))
    clf.hidden_weights_ = [H.copy() for H in saved]
    clf._windows, clf._random = windows, random
    expected = fitted_to(220, {}).hidden_weights_
    assert same(one_by_one(clf, range(210, 220)).hidden_weights_, expected)


def test_mini_batches_and_rows_may_alternate():
    clf = one_by_one(fitted(), range(200, 210))
    n_losses = len(clf.loss_curve_)
    clf.set_params(online=False).partial_fit(X, y)
    assert len(clf.loss_curve_) == n_losses + 1
    one_by_one(clf.set_params(online=True), range(200, 210))
    assert clf.score(X, y) > 0.8


def test_a_new_fit_begins_anew():
    clf = one_by_one(fitted(), range(200, 210))
    fresh = BEPMLPClassifier(**clf.get_params()).fit(X, y)
    assert same(vars(clf.fit(X, y)), vars(fresh))


def test_a_stream_may_begin_online():
    clf = BEPMLPClassifier((32,), encoder=ThermometerEncoder(20), online=True, random_state=0)
    clf.partial_fit(X[:20], y[:20], classes=[0, 1, 2])
    for _ in range(4):
        one_by_one(clf, range(300))
    assert clf.score(X, y) > 0.9
    assert clf.predict_proba(X).shape == (300, 3)


@pytest.mark.parametrize(
    ("parameters", "arguments", "message"),
    [
        ({"rule": "paper"}, {}, "rule"),
        ({"class_weight": {0: 2}}, {}, "class_weight"),
        ({}, {"sample_weight": [1.0]}, "sample_weight"),
        ({}, {"y": [7]}, "labels"),
        ({}, {"y": ["b"]}, "labels"),
        ({}, {"y": [0, 1]}, "inconsistent"),
        ({}, {"X": X[:1, 1:]}, "features"),
        ({}, {"X": np.full((1, 2), np.nan)}, "NaN|features"),
        ({}, {"X": X[:0], "y": y[:0]}, "0 sample"),
        ({}, {"classes": [0, 1]}, "classes"),
        ({"margin": 7}, {}, "margin"),
        ({"online": "yes"}, {}, "online"),
        ({"weight_bits": 7}, {}, "weight_bits"),
        ({"hidden_layer_sizes": (((3,),),)}, {}, "hidden_layer_sizes"),
    ],
)
@pytest.mark.parametrize("started", [False, True])
def test_what_is_wrong_is_said_and_changes_nothing(parameters, arguments, message, started):
    clf = fitted()
    if started:
        one_by_one(clf, range(200, 203))
    clf.set_params(**parameters)
    before = copy.deepcopy(clf.__getstate__())
    with pytest.raises(ValueError, match=message):
        clf.partial_fit(**{"X": X[:1], "y": y[:1]} | arguments)
    assert same(clf.__getstate__(), before)
    clf.set_params(**dict.fromkeys(parameters) | fitted().get_params())
    one_by_one(clf, range(203, 210))


@pytest.mark.parametrize("state", [0, 2**32, -1, 1.5, "1"])
def test_a_damaged_random_state_is_refused(state):
    clf = one_by_one(fitted(), range(200, 203))
    damaged = clf.__getstate__() | {"_random": state}
    with pytest.raises(ValueError, match="_random"):
        BEPMLPClassifier.__new__(BEPMLPClassifier).__setstate__(damaged)


def test_digits_that_move_are_learned_and_the_old_ones_kept():
    images, digits = load_digits(return_X_y=True)
    moved = np.roll(images.reshape(-1, 8, 8), 1, axis=2).reshape(-1, 64)
    clf = BEPMLPClassifier((128, 64), encoder=ThermometerEncoder(8), random_state=0)
    clf.fit(images[:1000], digits[:1000])
    before = clf.score(moved[1300:], digits[1300:])
    clf.set_params(online=True).partial_fit(moved[1000:1300], digits[1000:1300])
    assert before < 0.6
    assert clf.score(moved[1300:], digits[1300:]) > 0.7
    assert clf.score(images[1300:], digits[1300:]) > 0.8
