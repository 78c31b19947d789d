import numpy as np
import pytest

from bepsk import BEPMLPClassifier
from bepsk.encoders import SparseSumEncoder


def whole_numbers(n_samples=500, n_features=9, low=-32768, high=32767, seed=0):
    return np.random.default_rng(seed).integers(low, high, (n_samples, n_features), endpoint=True)


@pytest.mark.parametrize("n_features", [1, 2, 9, 300])
@pytest.mark.parametrize("dtype", ["i2", "i4", "i8", "f4", "f8"])
def test_the_bits_are_exact_sums_over_the_whole_range(n_features, dtype):
    X = whole_numbers(n_features=n_features)
    X[0], X[1] = -32768, 32767
    encoder = SparseSumEncoder(130, random_state=0).fit(X.astype(dtype))
    bits = encoder.transform(X.astype(dtype))
    expected = X @ encoder.components_.T.astype(np.int64) > encoder.thresholds_[:, 1]
    np.testing.assert_array_equal(bits, expected)
    assert (encoder.thresholds_[:, 0] == np.iinfo(np.int32).min).all()


def test_two_to_four_features_have_weights():
    X = whole_numbers()
    X[:, 3] = 7
    components = SparseSumEncoder(3000, random_state=0).fit(X).components_
    assert set(np.unique(components)) == {-1, 0, 1}
    counts = np.bincount((components != 0).sum(axis=1)) / 3000
    np.testing.assert_allclose(counts, [0, 0, 1 / 3, 1 / 3, 1 / 3], atol=0.03)
    assert not components[:, 3].any()
    assert abs(components.mean()) < 0.01


def test_quantiles_are_random():
    share = SparseSumEncoder(3000, random_state=0).fit_transform(whole_numbers()).mean(axis=0)
    np.testing.assert_allclose(np.quantile(share, [0.25, 0.5, 0.75]), [0.25, 0.5, 0.75], atol=0.05)
    assert share.min() > 0
    assert share.max() < 1


def test_relevant_features_are_drawn_more_often():
    X = whole_numbers(low=0, high=100)
    y = X[:, 2] > 50
    draws = (SparseSumEncoder(2000, random_state=0).fit(X, y).components_ != 0).sum(axis=0)
    assert draws[2] > 1.5 * np.delete(draws, 2).max()
    alike = SparseSumEncoder(2000, relevance=False, random_state=0)
    np.testing.assert_array_equal(alike.fit_transform(X, y), alike.fit_transform(X))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0.5, r"whole numbers from.*found 0\.5 in column 4"),
        (32768, "from -32768 to 32767; found 32768"),
        (-32769, "from -32768 to 32767; found -32769"),
        (1e200, r"from -32768 to 32767; found 1e\+200"),
        (np.nan, "NaN in column 4.*SimpleImputer"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_remedy(value, message):
    X = whole_numbers().astype(float)
    encoder = SparseSumEncoder(10, random_state=0).fit(X)
    X[3, 4] = value
    for use in (encoder.transform, SparseSumEncoder().fit):
        with pytest.raises(ValueError, match=message) as caught:
            use(X)
        assert "np.rint(100 * X)" in str(caught.value) or value != value


def test_it_serves_a_classifier():
    X = whole_numbers(300, 5, 0, 50)
    y = X[:, 0] + X[:, 1] > X[:, 2] + 20
    clf = BEPMLPClassifier((64,), encoder=SparseSumEncoder(256), max_iter=20, random_state=0)
    assert clf.fit(X[:200], y[:200]).score(X[200:], y[200:]) > 0.8
