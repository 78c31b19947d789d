import copy

import numpy as np
import pandas as pd
import pytest
from common import same
from scipy.sparse import csr_array

from bepsk import BEPRNNClassifier
from bepsk.estimators._series import (
    check_series,
    cut_patches,
    feature_means,
    fill_gaps,
    find_ends,
    stack,
)

NAN = np.nan
WHOLE = 27_720
"""A multiple of 1 .. 12: lines between its multiples go through whole numbers."""


def checked(X):
    return check_series(BEPRNNClassifier(), X, reset=True)


def random_series(n_features=2, n_samples=12, n_timesteps=12, seed=0):
    """Draw series of all lengths with gaps and with padding at both ends."""
    rng = np.random.default_rng(seed)
    X = WHOLE * rng.integers(-9, 10, size=(n_samples, n_timesteps, n_features)).astype(float)
    X[rng.random(X.shape) < 0.3] = NAN
    for x in X:
        start, end = np.sort(rng.choice(n_timesteps + 1, 2, replace=False))
        x[:start] = x[end:] = NAN
        x[start, rng.integers(n_features)] = x[end - 1, rng.integers(n_features)] = WHOLE
    return X


def without_padding(x):
    """Return the steps of one series from its first to its last value, as lists."""
    steps = x.tolist()
    while all(map(np.isnan, steps[0])):
        steps.pop(0)
    while all(map(np.isnan, steps[-1])):
        steps.pop()
    return steps


def value_between(values, t, default):
    """Return the value at t of a feature over time, on the line between its neighbours."""
    before = [s for s in range(t + 1) if not np.isnan(values[s])]
    after = [s for s in range(t, len(values)) if not np.isnan(values[s])]
    if not before + after:
        return default
    left, right = (before or after[:1])[-1], (after or before[-1:])[0]
    slope = 0 if left == right else (values[right] - values[left]) / (right - left)
    return values[left] + (t - left) * slope


def without_gaps(steps, default):
    features = list(zip(*steps, strict=True))
    return [
        [value_between(values, t, d) for values, d in zip(features, default, strict=True)]
        for t in range(len(steps))
    ]


def patches_of(x, patch_length, overlap, default):
    """Cut one series, slowly, from its end."""
    steps, patches = without_gaps(without_padding(x), default), []
    window, end = (1 + overlap) * patch_length, len(steps)
    while end > 0:
        patches.insert(0, np.ravel([steps[max(t, 0)] for t in range(end - window, end)]))
        end -= patch_length
    return np.array(patches)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n_features", [1, 3])
@pytest.mark.parametrize("overlap", [0, 1, 3])
@pytest.mark.parametrize("patch_length", [1, 2, 5, 12, 20])
def test_patches_are_cut_back_from_the_end(patch_length, overlap, n_features, seed):
    X, default = random_series(n_features, seed=seed), np.arange(n_features) + 0.5
    patches, first = cut_patches(X, patch_length, overlap, default)
    expected = [patches_of(x, patch_length, overlap, default) for x in X]
    assert patches.shape[1] == max(map(len, expected))
    assert patches.shape[2] == (1 + overlap) * patch_length * n_features
    assert first.dtype == np.int32
    for row, begin, own in zip(patches, first, expected, strict=True):
        np.testing.assert_array_equal(row[begin:], own)


def test_patches_of_a_small_series_are_these():
    X = np.array([[NAN, 1, NAN, 3, 4, 5, NAN]])[:, :, np.newaxis]
    patches, first = cut_patches(X, 2, 1, [0])
    assert patches.tolist() == [[[1, 1, 1, 1], [1, 1, 2, 3], [2, 3, 4, 5]]]
    assert first.tolist() == [0]


@pytest.mark.parametrize("before", [0, 3])
@pytest.mark.parametrize("after", [0, 4])
@pytest.mark.parametrize(("patch_length", "overlap"), [(1, 0), (3, 1)])
def test_padding_makes_no_patches(before, after, patch_length, overlap):
    X = random_series()
    padded = np.pad(X, ((0, 0), (before, after), (0, 0)), constant_values=NAN)
    expected = cut_patches(X, patch_length, overlap, [1, 2])
    assert same(cut_patches(padded, patch_length, overlap, [1, 2]), expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_patches_have_the_dtype_of_the_series_and_leave_it_alone(dtype):
    X = random_series().astype(dtype)
    before = X.copy()
    assert cut_patches(X, 3, 1, [1.0, 2.0])[0].dtype == dtype
    assert same(X, before)


@pytest.mark.parametrize("seed", range(5))
def test_ends_are_those_of_the_values(seed):
    X = random_series(seed=seed)
    for x, start, end in zip(X, *find_ends(X), strict=True):
        np.testing.assert_array_equal(x[start:end], without_padding(x))


def test_a_step_with_any_value_is_no_padding():
    X = np.array([[[NAN, NAN], [NAN, 1], [NAN, NAN], [2, NAN], [NAN, NAN]]])
    assert [ends.tolist() for ends in find_ends(X)] == [[1], [4]]


@pytest.mark.parametrize("seed", range(5))
def test_gaps_give_way_to_lines(seed):
    for x in random_series(seed=seed):
        before = x.copy()
        np.testing.assert_array_equal(fill_gaps(x, [7, 8]), without_gaps(x.tolist(), [7, 8]))
        assert same(x, before)


def test_a_feature_without_any_value_takes_the_default():
    x = np.array([[1, NAN], [NAN, NAN], [2, NAN]])
    assert fill_gaps(x, [7, 8]).tolist() == [[1, 8], [1.5, 8], [2, 8]]


STEPS = np.arange(24.0).reshape(3, 4, 2)


@pytest.mark.parametrize(
    "form",
    [
        lambda X: X,
        np.asfortranarray,
        list,
        tuple,
        lambda X: X.tolist(),
        lambda X: [x.tolist() for x in X],
        lambda X: X.astype(int),
        lambda X: [pd.DataFrame(x, columns=["a", "b"]) for x in X],
        lambda X: X.astype(">f8"),
        lambda X: X.astype(object),
        lambda X: [pd.DataFrame(x).astype("Int64") for x in X],
        lambda X: [csr_array(x) for x in X],
        lambda X: pd.Series(list(X)),
    ],
    ids=[
        *["array", "fortran", "list", "tuple", "lists", "list of lists", "int", "frames"],
        *["big-endian", "object", "nullable", "sparse", "series"],
    ],
)
def test_series_of_equal_length_come_in_any_form(form):
    estimator = BEPRNNClassifier()
    assert same(np.ascontiguousarray(check_series(estimator, form(STEPS), reset=True)), STEPS)
    assert estimator.n_features_in_ == 2


@pytest.mark.parametrize("form", [np.array, pd.DataFrame, lambda X: X.tolist()])
def test_a_matrix_has_a_series_of_one_feature_in_each_row(form):
    estimator, X = BEPRNNClassifier(), STEPS[:, :, 0]
    assert same(check_series(estimator, form(X), reset=True), X[:, :, np.newaxis])
    assert estimator.n_features_in_ == 4


def test_column_names_are_kept():
    estimator = BEPRNNClassifier()
    frame = pd.DataFrame(STEPS[:, :, 0], columns=list("abcd"))
    check_series(estimator, frame, reset=True)
    assert estimator.feature_names_in_.tolist() == list("abcd")


def test_column_names_are_forgotten_with_the_next_series():
    estimator = BEPRNNClassifier()
    check_series(estimator, pd.DataFrame(STEPS[:, :, 0], columns=list("abcd")), reset=True)
    check_series(estimator, STEPS, reset=True)
    assert not hasattr(estimator, "feature_names_in_")


def test_the_shorter_series_of_a_list_are_padded_behind():
    X = [[[1, 2]], [[3, 4], [NAN, 5]], [[NAN, NAN]]]
    expected = [[[1, 2], [NAN, NAN]], [[3, 4], [NAN, 5]], [[NAN, NAN], [NAN, NAN]]]
    np.testing.assert_array_equal(stack(X), expected)
    np.testing.assert_array_equal(checked(X), expected)
    np.testing.assert_array_equal(checked([[1], [2, 3]]), [[[1], [NAN]], [[2], [3]]])


def objects(X):
    """Put series into an array of objects."""
    return np.array([*X, None], dtype=object)[:-1]


@pytest.mark.parametrize("outer", [list, tuple, objects, pd.Series])
@pytest.mark.parametrize("form", [np.array, pd.Series, lambda x: pd.Series(x, dtype="Int64")])
@pytest.mark.parametrize("lengths", [(3, 3, 3), (1, 2, 3)])
def test_series_come_in_any_container(outer, form, lengths):
    X = [np.arange(1, 1 + length) for length in lengths]
    checked_X = checked(outer([form(x) for x in X]))
    for row, x in zip(checked_X, X, strict=True):
        np.testing.assert_array_equal(row[: len(x), 0], x)
        assert np.isnan(row[len(x) :]).all()
    assert checked_X.shape == (3, 3, 1)


@pytest.mark.parametrize("form", [np.array, list, tuple, pd.Series])
def test_unequal_series_of_one_feature_may_be_flat(form):
    flat = [form(range(1 + i)) for i in range(5)]
    deep = [np.arange(1.0 + i)[:, np.newaxis] for i in range(5)]
    one, other = BEPRNNClassifier(), BEPRNNClassifier()
    assert same(check_series(one, flat, reset=True), check_series(other, deep, reset=True))
    assert same(vars(one), vars(other))
    assert one.n_features_in_ == 1


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (STEPS[:, :, :, np.newaxis], "4 dimensions"),
        (list(STEPS[:, :, :, np.newaxis]), "dim 4"),
        (STEPS[0, 0], "2D array"),
        ([], "2D array"),
        (STEPS[:0], "0 sample"),
        ([STEPS[0], STEPS[1, :, :1]], r"X\[0\] has 2 features, X\[1\] has 1"),
        ([STEPS[0], STEPS[1, :, 0]], r"X\[1\] has 1"),
        ([STEPS[0], STEPS[1, :0]], "0 sample"),
        ([STEPS[0], STEPS[1, :, :0]], "0 feature"),
        ([[1.0], []], "0 sample"),
        ([[1.0, 2.0], 3.0], "inhomogeneous"),
        ([[[1.0], [1.0, 2.0]]], "inhomogeneous"),
        (np.where(STEPS == 5, np.inf, STEPS), "infinity"),
        ([STEPS[0], np.where(STEPS[1] == 9, np.inf, STEPS[1])], r"X\[1\] contains infinity"),
        ([STEPS[0], np.where(STEPS[1] == 9, np.inf, STEPS[1])], r"at X\[1\]\[0, 1\]"),
        (np.where(STEPS == 9, np.inf, STEPS), r"infinity.* at X\[1, 0, 1\]"),
        ([*STEPS[:2], np.full((3, 2), "a")], r"X\[2\] must hold numbers; got 'a'"),
        ([STEPS[0], np.full((3, 2), np.datetime64("2020"))], r"X\[1\] must hold numbers.*dates"),
        ([STEPS[0], 1j * STEPS[1]], r"X\[1\] must hold numbers.*Complex"),
        ([STEPS[0], STEPS], r"X\[1\] must be an array"),
        ([STEPS[0], np.ones((0, 2))], r"X\[1\]: .*0 sample"),
        ([np.ones(3), [1, [2, 3]]], r"X\[1\].*inhomogeneous"),
        ([np.ones((2, 5)), np.ones((2, 6))], r"X\[1\] has 6.*\[x.T for x in X\]"),
        (pd.DataFrame({"a": [pd.Series([1, 2]), pd.Series([3])]}), "list of arrays"),
        (STEPS * 1j, "[Cc]omplex"),
        (np.full((3, 4, 2), "a"), "convert"),
    ],
)
def test_a_form_that_does_not_fit_is_a_clear_error(X, message):
    with pytest.raises(ValueError, match=message):
        checked(X)


@pytest.mark.parametrize("form", [np.array, list])
def test_a_series_without_any_value_is_named(form):
    X = form(np.where(np.arange(3)[:, np.newaxis, np.newaxis] == 1, NAN, STEPS))
    for use in (find_ends, lambda X: cut_patches(X, 2, 1, [0, 0])):
        with pytest.raises(ValueError, match=r"without any value, X\[1\]"):
            use(checked(X))


@pytest.mark.parametrize("n_features", [1, 3])
@pytest.mark.parametrize("form", [np.array, list])
def test_another_number_of_features_is_an_error_and_changes_nothing(form, n_features):
    estimator = BEPRNNClassifier()
    check_series(estimator, STEPS, reset=True)
    before = copy.deepcopy(vars(estimator))
    with pytest.raises(ValueError, match=f"{n_features} features.*expecting 2 features"):
        check_series(estimator, form(np.ones((2, 5, n_features))), reset=False)
    assert same(vars(estimator), before)


@pytest.mark.parametrize("form", [np.array, list])
def test_channels_before_time_are_suspected(form):
    with pytest.warns(UserWarning, match=r"X\.transpose\(0, 2, 1\).*\[x.T for x in X\]"):
        checked(form(np.ones((3, 2, 10))))
    checked(form(np.ones((3, 2, 9))))
    estimator = BEPRNNClassifier()
    check_series(estimator, np.ones((3, 10, 2)), reset=True)
    with pytest.raises(ValueError, match=r"expecting 2 features.*X\.transpose\(0, 2, 1\)"):
        check_series(estimator, form(np.ones((3, 2, 10))), reset=False)


@pytest.mark.parametrize("size", [2.0**1000, 2.0**-1000])
def test_gaps_in_numbers_of_any_size_are_filled(size):
    for x in random_series():
        np.testing.assert_array_equal(fill_gaps(size * x, [0, 0]), size * fill_gaps(x, [0, 0]))
    largest = np.array([[1.7e308], [NAN], [-1.7e308], [NAN]])
    assert fill_gaps(largest, [0]).ravel().tolist() == [1.7e308, 0, -1.7e308, -1.7e308]
    assert feature_means(np.array([largest, largest[::-1], largest])).tolist() == [0]
    assert feature_means(np.full((9, 9, 1), 1.7e308)) == pytest.approx(1.7e308)


@pytest.mark.parametrize("n_timesteps", [1, 9])
def test_other_lengths_are_taken(n_timesteps):
    estimator = BEPRNNClassifier()
    check_series(estimator, STEPS, reset=True)
    X = np.ones((2, n_timesteps, 2))
    assert same(check_series(estimator, X, reset=False), X)
