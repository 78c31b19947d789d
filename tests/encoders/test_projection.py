import hashlib

import numpy as np
import pytest
import reference
from sklearn.datasets import load_digits

from bepsk.encoders import RandomProjectionEncoder
from bepsk.encoders._draws import sparse_integers


def data(n_samples=400, n_features=5, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n_samples, n_features)) * 10.0 ** np.arange(n_features)


def integer_bits(encoder, X):
    """Encode with exact integers: C q outside of (lower, upper], q = clip(floor(... + 1/2))."""
    q = np.clip(np.floor((X - encoder.offset_) * encoder.scale_ + 0.5), -1023, 1023).astype(
        np.int64
    )
    return reference.outside(q @ encoder.components_.T.astype(np.int64), *encoder.thresholds_.T)


def test_the_weights_are_what_they_always_were():
    encoder = RandomProjectionEncoder(random_state=0).fit(*load_digits(return_X_y=True))
    arrays = encoder.components_, encoder.thresholds_.astype("<i4")
    digest = hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()
    assert digest[:16] == "d243b5fc5003a920"


@pytest.mark.parametrize("n_features", [1, 5, 300, 4200, 17_000])
def test_the_sums_are_exact(n_features):
    X = np.random.default_rng(0).standard_cauchy((60, n_features))
    encoder = RandomProjectionEncoder(130, random_state=0).fit(X)
    np.testing.assert_array_equal(encoder.transform(X), integer_bits(encoder, X))


def test_medians_balance_every_bit():
    X = data()
    share = RandomProjectionEncoder(300, threshold="median", random_state=0).fit_transform(X)
    assert abs(share.mean(axis=0) - 0.5).max() <= 0.01


def test_random_quantiles_spread_evenly():
    X = data()
    bits = RandomProjectionEncoder(4000, random_state=0).fit_transform(X)
    for share in (bits[:, ::2].mean(axis=0), bits[:, 1::2].mean(axis=0)):
        assert 0 < share.min() < 0.02 < 0.98 < share.max() < 1
        quartiles = np.quantile(share, [0.25, 0.5, 0.75])
        np.testing.assert_allclose(quartiles, [0.25, 0.5, 0.75], atol=0.05)


def test_every_other_bit_is_a_half_space():
    thresholds = RandomProjectionEncoder(100, random_state=0).fit(data()).thresholds_
    assert (thresholds[::2, 0] == np.iinfo(np.int32).min).all()
    assert (thresholds[1::2, 0] > np.iinfo(np.int32).min).mean() > 0.9
    assert (thresholds[:, 0] < thresholds[:, 1]).all()


def test_no_bit_is_constant_on_few_samples():
    bits = RandomProjectionEncoder(500, random_state=0).fit_transform(data(4))
    assert set(bits.sum(axis=0)) == {1, 2, 3}


def test_the_scale_of_a_feature_does_not_matter():
    X = data()
    moved = 4 * X + 8
    np.testing.assert_array_equal(
        RandomProjectionEncoder(200, random_state=0).fit_transform(X),
        RandomProjectionEncoder(200, random_state=0).fit_transform(moved),
    )


def test_auto_is_4096_bits():
    assert RandomProjectionEncoder(random_state=0).fit_transform(data(20)).shape == (20, 4096)


def test_random_state_decides_the_bits():
    X = data()
    first, again, other = (
        RandomProjectionEncoder(100, random_state=seed).fit(X).components_ for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_many_rows_are_encoded_like_few():
    X = data(5000)
    encoder = RandomProjectionEncoder(65, random_state=0).fit(X)
    bits = encoder.transform(X)
    assert abs(bits.mean() - 0.5) < 0.1
    np.testing.assert_array_equal(bits, integer_bits(encoder, X))


def test_constant_features_are_taken():
    X = data(50, 3)
    X[:, 1] = 7
    encoder = RandomProjectionEncoder(100, random_state=0).fit(X)
    np.testing.assert_array_equal(encoder.transform(X), integer_bits(encoder, X))


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64])
def test_differences_of_integers_do_not_overflow(dtype):
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max // 2
    X = np.random.default_rng(0).integers(low, high, size=(500, 3), dtype=dtype)
    X[::7, 1] = high
    y = X[:, 0] > 0
    encoder, other = (RandomProjectionEncoder(90, random_state=0) for _ in range(2))
    encoder.fit(X, y), other.fit(X.astype(float), y)
    np.testing.assert_array_equal(encoder.relevance_, other.relevance_)
    np.testing.assert_array_equal(encoder.scale_, other.scale_)


def test_columns_of_any_sizes_are_taken_together():
    X = data(300, 6)
    X[:, 5] = 3
    encoder = RandomProjectionEncoder(200, random_state=0)
    sizes = 2.0 ** np.array([-990, -400, 0, 400, 1000, 900])
    np.testing.assert_array_equal(encoder.fit_transform(X * sizes), encoder.fit_transform(X))
    X[:, 5], X[0, :2] = 1.7e308, [1.7e308, -1e300]
    encoder.fit(X)
    assert np.isfinite([encoder.offset_, encoder.scale_]).all()


def test_one_sample_is_enough():
    assert RandomProjectionEncoder(10, random_state=0).fit_transform([[1.0, 2.0]]).shape == (1, 10)


@pytest.mark.parametrize("size", [1e6, 1e30, 1e308])
def test_values_far_out_of_range_are_clipped(size):
    X = data(100, 2)
    encoder = RandomProjectionEncoder(100, random_state=0).fit(X)
    far = np.array([[size, size], [-size, size]])
    near = encoder.offset_ + np.sign(far) * 1e4 / encoder.scale_
    np.testing.assert_array_equal(encoder.transform(far), encoder.transform(near))


def holes(X, seed=0):
    return np.where(np.random.default_rng(seed).random(X.shape) < [0.2, 0, 0.5, 0, 1], np.nan, X)


@pytest.mark.parametrize("max_features", [None, 3])
def test_a_missing_value_is_level_0_and_marked(max_features):
    X = holes(data(3000))
    encoder = RandomProjectionEncoder(300, max_features=max_features, random_state=0).fit(X)
    assert encoder.missing_.tolist() == [True, False, True, False, True]
    assert encoder.components_.shape == (300, 8)
    present = ~np.isnan(X)
    for column in range(4):
        values = X[present[:, column], column]
        np.testing.assert_allclose(encoder.offset_[column], values.mean())
        np.testing.assert_allclose(encoder.scale_[column], 128 / values.std())
    q = np.floor((X - encoder.offset_) * encoder.scale_ + 0.5)
    q = np.clip(np.where(present, q, 0), -1023, 1023)
    q = np.hstack([q, 256 * ~present[:, encoder.missing_]]).astype(np.int64)
    expected = reference.outside(q @ encoder.components_.T.astype(np.int64), *encoder.thresholds_.T)
    np.testing.assert_array_equal(encoder.transform(X), expected)


def test_missing_values_are_told_from_the_mean():
    X = data()
    X[::4, 2] = np.nan
    encoder = RandomProjectionEncoder(500, random_state=0).fit(X)
    one = X[1:2].copy()
    one[0, 2] = encoder.offset_[2]
    filled = encoder.transform(one)
    one[0, 2] = np.nan
    assert (encoder.transform(one) != filled).mean() > 0.05


def test_missing_values_that_fit_had_none_of_are_the_mean():
    encoder = RandomProjectionEncoder(100, random_state=0).fit(data())
    means = encoder.transform(encoder.offset_[np.newaxis])
    np.testing.assert_array_equal(encoder.transform(np.full((1, 5), np.nan)), means)


def test_that_a_value_is_missing_may_tell_about_the_label():
    X, y = labelled()
    X[:, 1][y == 1] = np.nan
    X[::10, 0] = np.nan
    encoder = RandomProjectionEncoder(500, max_features=2, random_state=0).fit(X, y)
    assert encoder.relevance_.shape == (4,)
    assert encoder.relevance_[3] > 2 * encoder.relevance_[2]
    assert encoder.relevance_[1] > 1.5


def test_a_block_of_rows_may_lack_a_feature():
    X = data(20_000, 2)
    X[:9000, 0] = np.nan
    encoder = RandomProjectionEncoder(50, random_state=0).fit(X)
    np.testing.assert_allclose(encoder.offset_, np.nanmean(X, axis=0))
    np.testing.assert_allclose(encoder.scale_, 128 / np.nanstd(X, axis=0))


def test_names_number_the_bits():
    names = RandomProjectionEncoder(2, random_state=0).fit(data()).get_feature_names_out()
    assert names.tolist() == ["randomprojectionencoder0", "randomprojectionencoder1"]


def labelled(n_samples=1000):
    """Two features, of which only the first tells about the label."""
    rng = np.random.default_rng(0)
    y = np.arange(n_samples) % 3
    return np.stack([y + rng.standard_normal(n_samples), rng.standard_normal(n_samples)], axis=1), y


def test_a_feature_that_tells_about_the_label_weighs_more():
    X, y = labelled()
    encoder = RandomProjectionEncoder(500, random_state=0).fit(X, y)
    bins = np.digitize(X[:, 0], np.quantile(X[:, 0], np.arange(1, 8) / 8), right=True)
    table = np.array([[((bins == b) & (y == c)).sum() for c in range(3)] for b in range(8)])
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / len(y)
    chi2 = ((table - expected) ** 2 / expected).sum()
    np.testing.assert_allclose(encoder.relevance_[0], (chi2 / (7 * 2)) ** 0.25)
    assert encoder.relevance_[1] < 1.3
    spread = encoder.components_.std(axis=0)
    np.testing.assert_allclose(
        spread[0] / spread[1], encoder.relevance_[0] / encoder.relevance_[1], rtol=0.15
    )


def test_names_of_the_labels_do_not_matter():
    X, y = labelled()
    names = np.array(["b", "c", "a"])[y]
    encoder = RandomProjectionEncoder(50, random_state=0)
    np.testing.assert_array_equal(encoder.fit_transform(X, y), encoder.fit_transform(X, names))


@pytest.mark.parametrize("y", [None, np.zeros(1000), np.linspace(0, 1, 1000)])
def test_without_class_labels_all_features_weigh_alike(y):
    encoder = RandomProjectionEncoder(50, random_state=0).fit(labelled()[0], y)
    assert encoder.relevance_.tolist() == [1, 1]


def test_relevance_can_be_left_out():
    X, y = labelled()
    encoder = RandomProjectionEncoder(50, relevance=False, random_state=0)
    np.testing.assert_array_equal(encoder.fit_transform(X, y), encoder.fit_transform(X))


def test_features_have_relevance_for_numbers_as_for_their_thirds():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((300, 3))
    y = 3 * X[:, 1] + rng.standard_normal(300)
    encoder = RandomProjectionEncoder(50, random_state=0)
    relevance = encoder.fit(X, y).relevance_.copy()
    assert relevance[1] > 1.5
    assert relevance[[0, 2]].max() < 1.2
    thirds = np.searchsorted(np.quantile(y, [1 / 3, 2 / 3]), y)
    np.testing.assert_array_equal(relevance, encoder.fit(X, thirds).relevance_)
    few, whole = np.rint(y / 2), np.rint(4 * y)
    np.testing.assert_array_equal(
        encoder.fit(X, few).relevance_.copy(), encoder.fit(X, few.astype(int)).relevance_
    )
    assert (encoder.fit(X, whole).relevance_ != encoder.fit(X, whole.astype(int)).relevance_).any()
    for kind in (np.float32, ">f8"):
        encoder.fit(X, y.astype(kind))


def test_of_several_labels_the_one_counts_about_which_a_feature_tells_most():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.standard_normal((300, 3)), np.zeros(300)])
    labels = np.column_stack([X[:, 0] > 0, X[:, 1] > 1, rng.random(300) < 0.3, np.ones(300)])
    encoder = RandomProjectionEncoder(50, random_state=0)
    alone = [encoder.fit(X, label.astype(int)).relevance_.copy() for label in labels[:, :3].T]
    together = encoder.fit(X, labels.astype(int)).relevance_
    np.testing.assert_allclose(together, np.max(alone, axis=0))
    assert together[:2].min() > 2
    assert together[3] == 1


@pytest.mark.parametrize("far", [1e3, 1e6, 1e12])
def test_a_far_value_leaves_the_others_apart(far):
    X = data(600, 2)
    X[0] = far
    encoder = RandomProjectionEncoder(300, random_state=0).fit(X)
    levels = np.unique(np.rint((X[1:] - encoder.offset_) * encoder.scale_), axis=0)
    assert len(levels) > 500


def test_relevance_reaches_wide_tables():
    X, y = labelled(300)
    wide = np.hstack([X, np.random.default_rng(1).standard_normal((300, 5000))])
    components = RandomProjectionEncoder(20, random_state=0).fit(wide, y).components_
    spread = components.std(axis=0)
    assert spread[0] > 1.5 * spread[2:].mean()
    assert (components == 0).mean() < 0.3


def test_sparse_projections_look_at_a_few_features():
    X = data(300, 9)
    X[:, 4] = 7
    encoder = RandomProjectionEncoder(3000, max_features=4, random_state=0).fit(X)
    seen = encoder.components_ != 0
    np.testing.assert_allclose(np.bincount(seen.sum(axis=1)) / 3000, [0, *[1 / 4] * 4], atol=0.03)
    assert not seen[:, 4].any()
    np.testing.assert_allclose(np.delete(seen.mean(axis=0), 4), 2.5 / 8, atol=0.03)
    np.testing.assert_array_equal(encoder.transform(X), integer_bits(encoder, X))
    balance = encoder.transform(X).mean(axis=0)
    assert balance.min() > 0
    assert balance.max() < 1


def test_the_first_feature_is_drawn_with_probability_proportional_to_relevance():
    chances = np.array([1.0, 2.0, 0.0, 5.0])
    components = sparse_integers(chances, 20_000, 1, np.random.RandomState(0))
    np.testing.assert_allclose((components != 0).mean(axis=0), chances / 8, atol=0.01)


def test_the_second_feature_is_drawn_from_those_that_are_left():
    components = sparse_integers(np.array([1.0, 2.0, 5.0]), 30_000, 2, np.random.RandomState(0))
    pairs = components[(components != 0).sum(axis=1) == 2] != 0
    left_out = 1 - pairs.mean(axis=0)
    expected = [2 / 8 * 5 / 6 + 5 / 8 * 2 / 3, 1 / 8 * 5 / 7 + 5 / 8 * 1 / 3]
    np.testing.assert_allclose(left_out[:2], expected, atol=0.015)


@pytest.mark.parametrize("n_features", [1, 2, 5000])
def test_more_features_than_there_are_mean_all(n_features):
    encoder = RandomProjectionEncoder(200, max_features=4, random_state=0)
    components = encoder.fit(data(50, 1).repeat(n_features, axis=1)).components_
    assert set((components != 0).sum(axis=1)) == set(range(1, min(4, n_features) + 1))


def test_constant_features_are_looked_at_if_there_are_no_others():
    encoder = RandomProjectionEncoder(20, max_features=4, random_state=0).fit(np.ones((5, 3)))
    assert ((encoder.components_ != 0).sum(axis=1) == 1).all()


@pytest.mark.parametrize("far", [-999, 999_999, 1e12, 1e200, -1e200])
@pytest.mark.parametrize("share", [0.001, 0.1, 0.2])
def test_sentinels_leave_the_others_apart(far, share):
    X = data(600, 2, seed=1) / [1, 10]
    sentinels = np.random.default_rng(0).random(X.shape) < share
    X[sentinels] = far
    encoder = RandomProjectionEncoder(300, random_state=0).fit(X)
    levels = np.floor((X - encoder.offset_) * encoder.scale_ + 0.5)
    for column in range(2):
        assert len(np.unique(levels[~sentinels[:, column], column])) > 100


def test_the_layout_of_a_table_does_not_matter():
    X = np.random.default_rng(0).normal(size=(5000, 3))
    by_row = RandomProjectionEncoder(64, random_state=0).fit(X)
    by_column = RandomProjectionEncoder(64, random_state=0).fit(np.asfortranarray(X))
    np.testing.assert_array_equal(by_row.offset_, by_column.offset_)
    np.testing.assert_array_equal(by_row.scale_, by_column.scale_)
