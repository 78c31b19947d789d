import numpy as np
import pytest
import reference
from scipy.stats import norm

from bepsk.encoders import ThermometerEncoder

NAN = np.nan
STRATEGIES = ["quantile", "uniform", "gaussian"]


def column(*values):
    return np.array(values, dtype=float)[:, np.newaxis]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("n_bits", [1, 3, 64, "auto"])
def test_the_bits_compare_with_the_thresholds(strategy, n_bits):
    X = np.random.default_rng(0).standard_normal((80, 5)) ** 3
    X[::7, 2] = NAN
    encoder = ThermometerEncoder(n_bits, strategy=strategy).fit(X)
    expected = [reference.thermometer(x, encoder.thresholds_, encoder.missing_) for x in X]
    np.testing.assert_array_equal(encoder.transform(X), expected)


@pytest.mark.parametrize("n_samples", [2, 3, 10, 11])
def test_one_quantile_is_the_median(n_samples):
    X = np.random.default_rng(0).standard_normal((n_samples, 4))
    encoder = ThermometerEncoder(n_bits=1).fit(X)
    n_above = encoder.transform(X).sum(axis=0)
    assert set(n_above) <= {n_samples // 2, (n_samples + 1) // 2}
    if n_samples % 2 == 0:
        np.testing.assert_allclose(np.ravel(encoder.thresholds_), np.median(X, axis=0))


def test_quantiles_cut_the_training_data_into_equal_shares():
    X = np.random.default_rng(0).exponential(size=(100, 2))
    bits = ThermometerEncoder(n_bits=4).fit_transform(X)
    assert bits.sum(axis=0).tolist() == [80, 60, 40, 20] * 2


def test_uniform_thresholds_are_equally_far_apart():
    X = column(0, 1, 1, 2, 10)
    (thresholds,) = ThermometerEncoder(n_bits=4, strategy="uniform").fit(X).thresholds_
    np.testing.assert_allclose(thresholds, [2, 4, 6, 8])


def test_gaussian_thresholds_are_normal_quantiles():
    X = np.random.default_rng(0).normal(3, 2, size=(500, 1))
    (thresholds,) = ThermometerEncoder(n_bits=3, strategy="gaussian").fit(X).thresholds_
    np.testing.assert_allclose(thresholds, norm.ppf([0.25, 0.5, 0.75], X.mean(), X.std()))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_no_bit_is_constant_on_the_training_data(strategy):
    X = column(*[0] * 50, *range(10), *[100] * 5)
    bits = ThermometerEncoder(n_bits=30, strategy=strategy).fit_transform(X)
    assert ((bits.sum(axis=0) > 0) & (bits.sum(axis=0) < len(X))).all()


@pytest.mark.parametrize("n_bits", [1, 2, 5, 40])
def test_repeated_quantiles_give_no_duplicate_bits(n_bits):
    X = np.random.default_rng(0).integers(0, 4, size=(200, 3))
    bits = ThermometerEncoder(n_bits).fit_transform(X)
    assert len(np.unique(bits, axis=1).T) == bits.shape[1] <= 9


def test_a_rare_value_keeps_its_bit_when_the_median_is_the_common_one():
    bits = ThermometerEncoder(n_bits=1).fit_transform(column(*[0] * 8, 1, 2))
    assert bits.ravel().tolist() == [0] * 8 + [1, 1]


def test_constant_features_get_no_bits():
    X = np.column_stack([np.full(4, 7), np.arange(4), np.full(4, NAN)])
    encoder = ThermometerEncoder(n_bits=2).fit(X)
    assert [len(t) for t in encoder.thresholds_] == [0, 2, 0]
    assert encoder.get_feature_names_out().tolist() == ["x1_bit0", "x1_bit1", "x2_missing"]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("n_samples", [1, 5])
def test_of_constant_features_alone_each_value_is_a_threshold(strategy, n_samples):
    encoder = ThermometerEncoder(strategy=strategy)
    with pytest.warns(UserWarning, match=rf"every feature is constant \(n_samples = {n_samples}\)"):
        encoder.fit(np.tile([1.0, NAN, 3.0], (n_samples, 1)))
    assert [t.tolist() for t in encoder.thresholds_] == [[1], [], [3]]
    X = [[1, 5, 3], [2, 5, 3], [1, NAN, 4]]
    assert encoder.transform(X).tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 1]]


def test_missing_values_alone_are_told_apart_without_a_warning():
    encoder = ThermometerEncoder().fit(np.array([[7, 1], [7, NAN]]))
    assert encoder.transform([[7, 1], [8, NAN], [0, 2]]).tolist() == [
        [0, 0, 0],
        [1, 0, 1],
        [0, 1, 0],
    ]


def test_a_missing_value_has_no_bits_but_its_indicator():
    encoder = ThermometerEncoder(n_bits=2).fit(column(1, 2, 3, NAN))
    assert encoder.missing_.tolist() == [True]
    assert encoder.transform(column(NAN, 0, 9)).tolist() == [[0, 0, 1], [0, 0, 0], [1, 1, 0]]


def test_a_value_missing_only_in_transform_has_no_bits_at_all():
    encoder = ThermometerEncoder(n_bits=2).fit(column(1, 2, 3))
    assert encoder.transform(column(NAN)).tolist() == [[0, 0]]


def test_missing_values_do_not_move_the_thresholds():
    with_nan = ThermometerEncoder(n_bits=3).fit(column(NAN, 1, 2, NAN, 3, 4, 5, NAN))
    without = ThermometerEncoder(n_bits=3).fit(column(1, 2, 3, 4, 5))
    np.testing.assert_array_equal(with_nan.thresholds_, without.thresholds_)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_values_beyond_the_training_range_take_the_outer_codes(strategy):
    X = np.random.default_rng(0).standard_normal((50, 2))
    encoder = ThermometerEncoder(n_bits=5, strategy=strategy).fit(X)
    bits = encoder.transform([[-1e300, -1e300], [1e300, 1e300]])
    assert bits[0].sum() == 0
    assert bits[1].all()


@pytest.mark.parametrize(("n_features", "n_bits"), [(1, 1024), (10, 102), (784, 1), (3000, 1)])
def test_auto_gives_about_1024_bits(n_features, n_bits):
    X = np.random.default_rng(0).standard_normal((1100, n_features)).astype(np.float32)
    encoder = ThermometerEncoder().fit(X)
    assert {len(t) for t in encoder.thresholds_} == {n_bits}


def test_names_follow_the_input():
    encoder = ThermometerEncoder(n_bits=2).fit(np.array([[1, 5], [2, 6], [3, NAN]]))
    assert encoder.get_feature_names_out(["a", "b"]).tolist() == [
        *["a_bit0", "a_bit1", "b_bit0", "b_missing"]
    ]


def test_neighbouring_floats_are_told_apart():
    X = column(1.0, np.nextafter(1.0, 2.0))
    assert ThermometerEncoder(n_bits=1).fit_transform(X).tolist() == [[0], [1]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_single_precision_is_compared_as_exactly_as_double(dtype):
    X = np.random.default_rng(0).random((200, 3))
    encoder = ThermometerEncoder(n_bits=20).fit(X)
    near = np.concatenate(encoder.thresholds_).astype(np.float32)
    near = np.stack([near, np.nextafter(near, np.float32(2)), np.nextafter(near, np.float32(-2))])
    X = np.repeat(near.reshape(-1, 1), 3, axis=1).astype(dtype)
    expected = [reference.thermometer(x, encoder.thresholds_, encoder.missing_) for x in X]
    np.testing.assert_array_equal(encoder.transform(X), expected)
