import numpy as np
import pytest
from common import WIDTHS, random_signs
from sklearn.pipeline import make_pipeline

from bepsk.encoders import BinaryExpansionEncoder, ThermometerEncoder


def signs(n_features, n_samples=200, seed=0):
    return random_signs(np.random.default_rng(seed), n_samples, n_features)


@pytest.mark.parametrize("n_features", [2, 10, *WIDTHS])
@pytest.mark.parametrize("n_components", [1, 64, 65])
def test_the_bits_are_the_signs_of_the_sums(n_components, n_features):
    X = signs(n_features)
    encoder = BinaryExpansionEncoder(n_components, random_state=0).fit(X)
    assert encoder.components_.shape == (n_components, n_features)
    assert encoder.components_.dtype == np.int8
    assert set(np.unique(encoder.components_)) <= {-1, 1}
    sums = X @ encoder.components_.T.astype(int)
    np.testing.assert_array_equal(encoder.transform(X), sums >= 0)


def test_a_sum_of_0_is_plus_1():
    X = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
    encoder = BinaryExpansionEncoder(100, random_state=0).fit(X)
    sums = X @ encoder.components_.T.astype(int)
    assert (sums == 0).any(axis=1).all()
    assert encoder.transform(X)[sums == 0].all()


@pytest.mark.parametrize("kind", [lambda X: (X > 0).astype(np.uint8), lambda X: X > 0, np.float32])
def test_bits_of_any_kind_are_taken(kind):
    X = signs(10)
    encoder = BinaryExpansionEncoder(70, random_state=0)
    expected = encoder.fit_transform(X)
    np.testing.assert_array_equal(encoder.fit_transform(kind(X)), expected)


@pytest.mark.parametrize("n_features", [1, 9, 65])
def test_of_an_odd_number_of_bits_the_opposite_has_the_opposite_code(n_features):
    X = signs(n_features)
    encoder = BinaryExpansionEncoder(70, random_state=0).fit(X)
    np.testing.assert_array_equal(encoder.transform(-X), 1 - encoder.transform(X))


@pytest.mark.parametrize("n_features", [9, 101])
def test_bits_are_balanced_on_average(n_features):
    encoder = BinaryExpansionEncoder(4000, random_state=0).fit(signs(n_features))
    assert abs(encoder.components_.mean()) < 0.02
    for row in encoder.transform(signs(n_features, n_samples=5)):
        assert abs(row.mean() - 0.5) < 0.02


def test_the_data_do_not_decide_the_signs():
    one, other = (
        BinaryExpansionEncoder(70, random_state=0).fit(signs(10, seed=seed)).components_
        for seed in (0, 1)
    )
    np.testing.assert_array_equal(one, other)


def test_random_state_decides_the_signs():
    X = signs(10)
    first, again, other, drawn, redrawn = (
        BinaryExpansionEncoder(100, random_state=seed).fit(X).components_
        for seed in (0, 0, 1, None, None)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert (drawn != redrawn).any()


@pytest.mark.parametrize(
    ("X", "found"),
    [
        ([[0, 2]], "2"),
        ([[0.5, 1]], "0.5"),
        ([[-1, 0, 1]], "both 0 and -1"),
        ([[0, np.nan]], "NaN"),
    ],
)
def test_other_numbers_are_a_clear_error(X, found):
    with pytest.raises(ValueError, match=found):
        BinaryExpansionEncoder(5).fit(X)
    with pytest.raises(ValueError, match=found):
        BinaryExpansionEncoder(5).fit(np.eye(len(X[0]))).transform(X)


def test_names_number_the_bits():
    names = BinaryExpansionEncoder(2).fit([[0, 1]]).get_feature_names_out()
    assert names.tolist() == ["binaryexpansionencoder0", "binaryexpansionencoder1"]


def test_it_widens_a_thermometer():
    X = np.random.default_rng(0).standard_normal((100, 2))
    encoder = make_pipeline(ThermometerEncoder(10), BinaryExpansionEncoder(70, random_state=0))
    levels = 2 * encoder.fit(X)[0].transform(X).astype(int) - 1
    sums = levels @ encoder[1].components_.T.astype(int)
    np.testing.assert_array_equal(encoder.transform(X), sums >= 0)
