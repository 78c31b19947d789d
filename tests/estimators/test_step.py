"""Live series, one step after the other."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from common import RULES, SMALL_RNN, same, unequal_waves, waves
from sklearn.exceptions import NotFittedError

from bepsk import BEPRNNClassifier

X, y = waves()
SERIES, _ = unequal_waves()
NAN = np.nan


def fresh(**parameters):
    return BEPRNNClassifier(**SMALL_RNN | parameters)


def follow(clf, windows):
    """Return the states and the logits after each step."""
    states, logits = [None], []
    for window in windows:
        state, scores = clf.step(window, states[-1])
        states.append(state)
        logits.append(scores)
    return states[1:], logits


def windows_of(clf, x):
    """Return what each step of a whole series sees: full patches, back from its end."""
    width = (1 + clf.overlap_) * clf.patch_length_
    first = np.repeat(x[:1], width, axis=0)
    ends = reversed(range(len(x), 0, -clf.patch_length_))
    return [np.concatenate([first, x[:end]])[-width:] for end in ends]


@pytest.mark.parametrize("inertia", [0, 0.75])
@pytest.mark.parametrize("place_code", [False, True])
@pytest.mark.parametrize(
    "parameters",
    [{}, {"encoder": "thermometer"}, {"output_size": 9}, {"rule": "paper"}, {"average": 3}],
)
def test_after_every_step_the_logits_are_those_of_the_series_so_far(
    inertia, place_code, parameters
):
    clf = fresh(n_steps="raw", inertia=inertia, place_code=place_code, **parameters)
    clf.fit(SERIES, y)
    for x in SERIES[:4]:
        _, logits = follow(clf, x)
        np.testing.assert_array_equal(logits, clf._logits([x[:t] for t in range(1, 1 + len(x))]))


@pytest.mark.parametrize("n_timesteps", [19, 24])
def test_a_series_of_one_feature_comes_as_numbers(n_timesteps):
    X, _ = waves(60, n_timesteps)
    clf = fresh(n_steps="raw").fit(X, y)
    expected = clf._logits(X)
    for x, scores in zip(X[:6], expected, strict=False):
        np.testing.assert_array_equal(follow(clf, x)[1][-1], scores)
        np.testing.assert_array_equal(follow(clf, x.tolist())[1][-1], scores)
        np.testing.assert_array_equal(follow(clf, x[:, np.newaxis])[1][-1], scores)


@pytest.mark.parametrize("n_timesteps", [1, 5, 90])
def test_live_series_may_have_any_length(n_timesteps):
    clf = fresh(n_steps="raw").fit(SERIES, y)
    x = np.random.default_rng(0).standard_normal((n_timesteps, 2))
    np.testing.assert_array_equal(follow(clf, x)[1][-1], clf._logits([x])[0])


@pytest.mark.parametrize("overlap", [0, 1, 2])
@pytest.mark.parametrize("n_steps", [1, 5, 8, "raw"])
@pytest.mark.parametrize("options", [{}, {"inertia": 0.5, "place_code": True}])
@RULES
def test_windows_of_patches_add_up_to_the_series(n_steps, overlap, options, rule):
    clf = fresh(n_steps=n_steps, overlap=overlap, rule=rule, **options).fit(SERIES, y)
    for x, scores in zip(SERIES[:8], clf._logits(SERIES), strict=False):
        windows = windows_of(clf, x)
        assert len(windows) == -(-len(x) // clf.patch_length_)
        np.testing.assert_array_equal(follow(clf, windows)[1][-1], scores)


def test_bits_are_followed():
    rng = np.random.default_rng(0)
    bits = rng.choice([-1, 1], size=(60, 24, 70))
    clf = fresh(n_steps="raw", encoder="binary").fit(bits, y)
    np.testing.assert_array_equal(follow(clf, bits[0])[1][-1], clf._logits(bits[:1])[0])
    np.testing.assert_array_equal(follow(clf, bits[0] > 0)[1][-1], clf._logits(bits[:1])[0])


def test_the_strict_network_is_followed():
    clf = BEPRNNClassifier.strict(**SMALL_RNN).fit(SERIES, y)
    for x, scores in zip(SERIES[:4], clf._logits(SERIES), strict=False):
        np.testing.assert_array_equal(follow(clf, x)[1][-1], scores)


def test_a_classifier_fitted_on_a_frame_is_followed():
    frame = pd.DataFrame(X).add_prefix("t")
    clf = fresh(n_steps="raw").fit(frame, y)
    np.testing.assert_array_equal(follow(clf, X[0])[1][-1], clf._logits(frame)[0])


def test_the_largest_logit_is_the_prediction():
    clf = fresh(n_steps="raw").fit(X, np.array(["a", "b", "c"])[y])
    winners = [np.argmax(follow(clf, x)[1][-1]) for x in X[:9]]
    assert clf.classes_[winners].tolist() == clf.predict(X[:9]).tolist()


@pytest.mark.parametrize("n_steps", [8, "raw"])
def test_a_state_is_whole_numbers_and_counts_its_steps(n_steps):
    clf = fresh(n_steps=n_steps).fit(SERIES, y)
    states, logits = follow(clf, windows_of(clf, SERIES[0]))
    assert {array.dtype for array in states + logits} == {np.dtype(np.int32)}
    assert {state.shape for state in states} == {(33,)}
    assert {scores.shape for scores in logits} == {(3,)}
    assert [state[-1] for state in states] == list(range(1, 1 + len(states)))


def test_states_can_be_kept_and_branched():
    clf = fresh(n_steps="raw").fit(SERIES, y)
    x, other = SERIES[0], SERIES[1]
    states, _ = follow(clf, x[:10])
    kept = copy.deepcopy(states)
    for branch in (x[10:], other[:7], x[10:]):
        state = states[-1]
        for step in branch:
            state, scores = clf.step(step, state)
        whole = np.concatenate([x[:10], branch])
        np.testing.assert_array_equal(scores, clf._logits([whole])[0])
    assert same(states, kept)


@pytest.mark.parametrize(
    "keep",
    [
        lambda state: pickle.loads(pickle.dumps(state)),
        lambda state: np.repeat(state, 2)[::2],
        lambda state: np.frombuffer(state.tobytes(), dtype=np.int32),
    ],
    ids=["pickled", "strided", "read-only"],
)
def test_a_kept_state_goes_on_alike(keep):
    clf = fresh(n_steps="raw").fit(SERIES, y)
    state, _ = clf.step([0, 1])
    assert same(clf.step([1, 0], keep(state)), clf.step([1, 0], state))


@pytest.mark.parametrize("n_steps", [8, "raw"])
def test_a_step_changes_nothing_but_the_state(n_steps):
    clf = fresh(n_steps=n_steps).fit(SERIES, y)
    window = windows_of(clf, SERIES[0])[0]
    state, _ = clf.step(window)
    before = copy.deepcopy((vars(clf), window, state))
    clf.step(window, state)
    assert same((vars(clf), window, state), before)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([NAN, 1], "x contains NaN"),
        ([np.inf, 1], "x contains infinity"),
        (["a", "b"], "convert"),
        (1.0, r"x must be .*shape \(2,\); got shape \(\)"),
        ([1, 2, 3], r"x must be .*got shape \(3,\)"),
        ([[1], [2]], r"x must be .*got shape \(2, 1\)"),
        ([[1, 2], [3, 4]], r"x must be .*got shape \(2, 2\)"),
        ([[[1, 2]]], r"x must be .*got shape \(1, 1, 2\)"),
        ([], r"x must be .*got shape \(0,\)"),
    ],
)
def test_a_step_that_does_not_fit_is_a_clear_error(x, message):
    clf = fresh(n_steps="raw").fit(SERIES, y)
    with pytest.raises(ValueError, match=message):
        clf.step(x)


@pytest.mark.parametrize("n_steps", [5, "raw"])
def test_a_window_of_one_feature_may_be_flat(n_steps):
    clf = fresh(n_steps=n_steps, overlap=1).fit(X, y)
    windows = windows_of(clf, X[0])
    assert np.shape(windows[0]) == (10 if n_steps == 5 else 2,)
    logits = follow(clf, windows)[1]
    np.testing.assert_array_equal(logits[-1], clf._logits(X)[0])
    np.testing.assert_array_equal(follow(clf, [w[:, np.newaxis] for w in windows])[1], logits)


@pytest.mark.parametrize(
    "shape", [(), (1,), (5,), (5, 1), (7, 1), (1, 6), (12, 1), (6, 2), (3, 2), (6, 1, 1)]
)
def test_a_window_that_does_not_fit_is_a_clear_error(shape):
    clf = fresh().fit(X, y)
    with pytest.raises(ValueError, match=r"x must be .*shape \(6, 1\); got shape"):
        clf.step(np.ones(shape))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda state: state[:-1],
        lambda state: np.append(state, np.int32(0)),
        lambda state: state[np.newaxis],
        lambda state: 0,
        lambda state: (),
        lambda state: state * 1.5,
        lambda state: state.astype(np.int64),
        np.ndarray.tolist,
        lambda state: np.full(33, "a"),
    ],
    ids=["short", "long", "2-D", "number", "empty", "fractions", "int64", "list", "text"],
)
def test_a_state_that_does_not_fit_is_a_clear_error(spoil):
    clf = fresh(n_steps="raw").fit(SERIES, y)
    state, _ = clf.step([0, 1])
    with pytest.raises(ValueError, match="state"):
        clf.step([0, 1], spoil(state))


def test_a_classifier_that_has_learned_nothing_says_so():
    with pytest.raises(NotFittedError):
        fresh(n_steps="raw").step(1.0)


def test_steps_go_on_after_more_training():
    clf = fresh(n_steps="raw").fit(SERIES, y)
    state, _ = clf.step([0, 1])
    clf.partial_fit(SERIES, y)
    _, logits = clf.step([0, 1], state)
    assert logits.shape == (3,)
    np.testing.assert_array_equal(follow(clf, SERIES[0])[1][-1], clf._logits(SERIES[:1])[0])
