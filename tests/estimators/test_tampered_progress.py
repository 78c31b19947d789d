"""Windows, counts of bits and constant bits that somebody has changed, or a damaged file."""

import copy
import pickle

import numpy as np
import pytest
from common import same
from sklearn.base import clone
from sklearn.preprocessing import KBinsDiscretizer
from tampering import SERIES, X, fitted_predictors, y

from bepsk.kernels.learners import MAX_WINDOW

FITTED = fitted_predictors()
MLP, RNN = FITTED[0][0], FITTED[3][0]
BOTH = pytest.mark.parametrize(("fitted", "X"), [(MLP, X), (RNN, SERIES)], ids=["mlp", "rnn"])
MISSING = "missing"


def restored(clf):
    return pickle.loads(pickle.dumps(clf))


def with_attribute(fitted, name, value):
    clf = copy.copy(fitted).set_params(warm_start=True)
    if value is MISSING:
        delattr(clf, name)
    else:
        setattr(clf, name, value)
    return clf


def with_one(array, value):
    """Return an array with another last value but one."""
    array = array.copy()
    array.flat[-2] = value
    return array


def of_first(change):
    """Return a function that changes the first of a list of arrays."""
    return lambda values: [change(values[0]), *values[1:]]


BAD_WINDOWS = {
    "missing": lambda values: MISSING,
    "None": lambda values: None,
    "a number": lambda values: 3,
    "text": lambda values: "wide",
    "an array": lambda values: values[0],
    "empty": lambda values: [],
    "one too few": lambda values: values[:-1],
    "one too many": lambda values: [*values, values[-1]],
    "None in it": of_first(lambda a: None),
    "a list in it": of_first(np.ndarray.tolist),
    "int64": of_first(lambda a: a.astype(np.int64)),
    "uint32": of_first(lambda a: a.astype(np.uint32)),
    "float": of_first(lambda a: a.astype(float)),
    "objects": of_first(lambda a: a.astype(object)),
    "short": of_first(lambda a: a[:-1].copy()),
    "long": of_first(lambda a: np.append(a, a[:1])),
    "no values": of_first(lambda a: a[:0].copy()),
    "a row": of_first(lambda a: a[np.newaxis]),
    "a column": of_first(lambda a: a[:, np.newaxis]),
    "0-d": of_first(lambda a: np.array(3, dtype=np.int32)),
    "negative": of_first(lambda a: with_one(a, -1)),
    "lowest": of_first(lambda a: with_one(a, -(2**31))),
    "too wide": of_first(lambda a: with_one(a, MAX_WINDOW + 1)),
    "highest": of_first(lambda a: with_one(a, 2**31 - 1)),
}
BAD_COUNTS = {
    "missing": lambda a: MISSING,
    "a number": lambda a: 7,
    "text": lambda a: "many",
    "a list": np.ndarray.tolist,
    "int32": lambda a: a.astype(np.int32),
    "uint64": lambda a: a.astype(np.uint64),
    "float": lambda a: a.astype(float),
    "objects": lambda a: a.astype(object),
    "short": lambda a: a[:-1].copy(),
    "long": lambda a: np.append(a, a[-1]),
    "no values": lambda a: a[:0].copy(),
    "2-D": lambda a: a[np.newaxis],
    "negative": lambda a: with_one(a, -1),
    "lowest": lambda a: with_one(a, -(2**63)),
    "more than there are": lambda a: with_one(a, a[-1] + 1),
    "highest": lambda a: with_one(a, 2**63 - 1),
    "too high to add to": lambda a: np.full_like(a, 2**62 + 1),
    "none at all": lambda a: 0 * a,
    "a negative total": lambda a: -a,
}
BAD_BIAS = {
    "missing": MISSING,
    "None": None,
    "negative": -1,
    "a fraction": 0.5,
    "a whole float": 2.0,
    "NaN": np.nan,
    "text": "2",
    "huge": 2**63,
    "a list": [1],
    "an array": np.array([1]),
}


def refuse_to_train(clf, X, name):
    """Check that all that trains or restores refuses, says why, and changes nothing."""
    before = copy.copy(vars(clf))
    for use in (
        lambda: clf.partial_fit(X, y),
        lambda: clf.fit(X, y),
        lambda: restored(clf),
        lambda: copy.deepcopy(clf),
    ):
        with pytest.raises(ValueError, match=rf"^{type(clf).__name__}\.{name}\b.* must be "):
            use()
    assert vars(clf) == before


@pytest.mark.parametrize("change", BAD_WINDOWS.values(), ids=BAD_WINDOWS)
@BOTH
def test_windows_are_checked_before_training_and_not_read_by_predict(fitted, X, change):
    clf = with_attribute(fitted, "_windows", change(fitted._windows))
    np.testing.assert_array_equal(clf.predict(X), fitted.predict(X))
    assert same(clf.predict_proba(X[:1]), fitted.predict_proba(X[:1]))
    refuse_to_train(clf, X, "_windows")


@pytest.mark.parametrize("change", BAD_COUNTS.values(), ids=BAD_COUNTS)
@BOTH
def test_counts_are_checked_before_training_and_not_read_by_predict(fitted, X, change):
    clf = with_attribute(fitted, "_bit_counts", change(fitted._bit_counts))
    np.testing.assert_array_equal(clf.predict(X), fitted.predict(X))
    refuse_to_train(clf, X, "_bit_counts")


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("_windows", of_first(lambda a: a.astype(">i4"))),
        ("_windows", of_first(lambda a: np.repeat(a, 2)[::2])),
        ("_bit_counts", lambda a: a.astype(">i8")),
        ("_bit_counts", lambda a: np.repeat(a, 2)[::2]),
    ],
)
@BOTH
def test_what_a_pickle_straightens_is_refused_without(fitted, X, name, change):
    clf = with_attribute(fitted, name, change(vars(fitted)[name]))
    for use in (clf.partial_fit, clf.fit):
        with pytest.raises(ValueError, match=rf"^{type(clf).__name__}\.{name}\b.* must be "):
            use(X, y)
    restored(clf).partial_fit(X, y)


@pytest.mark.parametrize("value", BAD_BIAS.values(), ids=BAD_BIAS)
@BOTH
def test_the_number_of_constant_bits_is_checked_by_all(fitted, X, value):
    clf = with_attribute(fitted, "n_bias_", value)
    for use in (clf.predict, clf.predict_proba, clf.encode, lambda X: clf.network_):
        with pytest.raises(ValueError, match=rf"^{type(clf).__name__}\.n_bias_ must be "):
            use(X)
    refuse_to_train(clf, X, "n_bias_")


@pytest.mark.parametrize("more", [-1, 1, 64, 10**6, 10**12])
@BOTH
def test_another_number_of_constant_bits_is_refused(fitted, X, more):
    if fitted.n_bias_ + more < 0:
        return
    clf = with_attribute(fitted, "n_bias_", fitted.n_bias_ + more)
    for use in (
        clf.predict,
        clf.encode,
        lambda X: clf.network_,
        lambda X: clf.partial_fit(X, y),
        lambda X: clf.fit(X, y),
        lambda X: restored(clf),
    ):
        with pytest.raises(ValueError, match=rf"^{type(clf).__name__}\.\w+ must be .*fit again"):
            use(X)


@pytest.mark.parametrize("n_bias", [0, 1, 10**12])
def test_constant_bits_that_do_not_fit_a_transformer_are_refused(n_bias):
    encoder = KBinsDiscretizer(3, quantile_method="averaged_inverted_cdf")
    clf = clone(MLP).set_params(encoder=encoder).fit(X, y)
    clf.n_bias_ = n_bias
    for use in (clf.predict, clf.encode, lambda X: clf.partial_fit(X, y)):
        with pytest.raises(ValueError, match=r"^BEPMLPClassifier\.\w+ must be "):
            use(X)


@BOTH
def test_a_step_checks_constant_bits(fitted, X):
    clf = with_attribute(RNN, "n_bias_", 1)
    with pytest.raises(ValueError, match=r"^BEPRNNClassifier\.\w+ must be "):
        clf.step(np.zeros(((1 + RNN.overlap_) * RNN.patch_length_, 2)))


@BOTH
def test_counts_of_none_mean_training_without_centering(fitted, X):
    clf = with_attribute(fitted, "_bit_counts", None)
    twin = restored(clf)
    assert same(clf.partial_fit(X, y).hidden_weights_, twin.partial_fit(X, y).hidden_weights_)
    assert clf._bit_counts is None


@BOTH
def test_large_counts_are_taken(fitted, X):
    clf = with_attribute(fitted, "_bit_counts", fitted._bit_counts * 2**30)
    other = copy.copy(fitted).set_params(warm_start=True).fit(X, y)
    assert same(clf.fit(X, y).hidden_weights_, other.hidden_weights_)


@BOTH
@pytest.mark.filterwarnings("ignore:X is unlike the samples before")
def test_counts_at_the_end_of_their_range_do_not_overflow(fitted, X):
    clf = with_attribute(fitted, "_bit_counts", np.full_like(fitted._bit_counts, 2**62))
    clf.partial_fit(X, y)
    assert 2**62 <= clf._bit_counts.min() <= clf._bit_counts.max() == clf._bit_counts[-1]
    with pytest.raises(ValueError, match="_bit_counts must be "):
        clf.partial_fit(X, y)


@BOTH
def test_windows_of_any_allowed_width_are_taken(fitted, X):
    for width in (0, MAX_WINDOW):
        clf = with_attribute(fitted, "_windows", [np.full_like(w, width) for w in fitted._windows])
        restored(clf).fit(X, y).partial_fit(X, y)
        clf.partial_fit(X, y)
        assert all(0 <= w.min() <= w.max() <= MAX_WINDOW for w in clf._windows)


@BOTH
def test_training_does_not_write_into_what_a_copy_shares(fitted, X):
    windows, counts = copy.deepcopy(fitted._windows), fitted._bit_counts.copy()
    twin = copy.copy(fitted).set_params(warm_start=True)
    twin.fit(X, y).partial_fit(X, y)
    assert same(fitted._windows, windows)
    assert same(fitted._bit_counts, counts)
    assert not same(twin._bit_counts, counts)
