"""What holds for every encoder."""

import pickle
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_matrix, csr_array, csr_matrix
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from bepsk.encoders import (
    BinaryEncoder,
    BinaryExpansionEncoder,
    LocalPatchEncoder,
    RandomProjectionEncoder,
    SparseSumEncoder,
    ThermometerEncoder,
)
from bepsk.network.packed import pack_bits

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, size=(300, 12)).astype(float)
BITS = RNG.integers(0, 2, size=(300, 12)).astype(float)

pytestmark = pytest.mark.parametrize(
    ("encoder", "X"),
    [
        pytest.param(BinaryEncoder(), BITS, id="binary"),
        pytest.param(BinaryExpansionEncoder(70, random_state=0), BITS, id="expansion"),
        pytest.param(ThermometerEncoder(n_bits=6), GREY, id="thermometer"),
        pytest.param(
            ThermometerEncoder(n_bits=6, strategy="uniform"), GREY, id="thermometer-uniform"
        ),
        pytest.param(
            RandomProjectionEncoder(n_components=70, random_state=0), GREY, id="projection"
        ),
        pytest.param(
            RandomProjectionEncoder(n_components=70, max_features=3, random_state=0),
            GREY,
            id="sparse-projection",
        ),
        pytest.param(SparseSumEncoder(70, random_state=0), GREY, id="sums"),
        pytest.param(
            LocalPatchEncoder((3, 4), n_components=65, patch_size=(2, 3), random_state=0),
            GREY,
            id="patches",
        ),
    ],
)


@pytest.fixture
def fitted(encoder, X):
    return clone(encoder).fit(X)


def test_the_output_is_bits_of_the_announced_shape(fitted, X):
    bits = fitted.transform(X)
    assert bits.dtype == np.uint8
    assert set(np.unique(bits)) == {0, 1}
    assert bits.shape == (len(X), len(fitted.get_feature_names_out()))
    assert len(set(fitted.get_feature_names_out())) == bits.shape[1]


def test_packed_and_unpacked_agree(fitted, X):
    np.testing.assert_array_equal(fitted.transform_packed(X), pack_bits(fitted.transform(X)))


def test_a_row_alone_is_encoded_as_among_others(fitted, X):
    bits = fitted.transform(np.tile(X, (4, 1)))
    np.testing.assert_array_equal(bits[-len(X) :], bits[: len(X)])
    for row in range(0, len(X), 50):
        np.testing.assert_array_equal(fitted.transform(X[row : row + 1]), bits[row : row + 1])


def test_fitting_twice_gives_the_same(encoder, X):
    np.testing.assert_array_equal(
        clone(encoder).fit(X).transform(X), clone(encoder).fit_transform(X)
    )


@pytest.mark.parametrize(
    "dtype",
    ["u1", "i2", "i8", "u8", "f2", "f4", "longdouble", ">i4", ">f4", ">f8", "O"],
)
def test_the_dtype_of_whole_numbers_does_not_matter(encoder, X, dtype):
    expected = clone(encoder).fit_transform(X)
    np.testing.assert_array_equal(clone(encoder).fit_transform(X.astype(dtype)), expected)


def read_only(X):
    X = X.copy()
    X.flags.writeable = False
    return X


def unaligned(X):
    other = np.zeros(X.nbytes + 1, dtype=np.uint8)[1:].view(X.dtype).reshape(X.shape)
    other[:] = X
    assert not other.flags.aligned
    return other


@pytest.mark.parametrize(
    "layout",
    [
        np.asfortranarray,
        read_only,
        unaligned,
        lambda X: np.repeat(X, 2, axis=1)[:, ::2],
        lambda X: X[::-1].copy()[::-1],
        lambda X: X.tolist(),
        pd.DataFrame,
        lambda X: pd.DataFrame(X).astype({0: "Int64", 1: "Float32", 2: object, 3: "int16"}),
        lambda X: pd.DataFrame(X).astype("category"),
        csr_array,
        coo_matrix,
        lambda X: pd.DataFrame.sparse.from_spmatrix(csr_matrix(X)),
    ],
    ids=[
        *["fortran", "read-only", "unaligned", "strided", "reversed", "list", "frame"],
        *["nullable", "categories", "csr", "coo", "sparse frame"],
    ],
)
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_the_layout_does_not_matter(encoder, X, layout):
    expected = clone(encoder).fit_transform(X)
    encoder = clone(encoder).fit(layout(X))
    np.testing.assert_array_equal(encoder.transform(layout(X)), expected)


@pytest.mark.parametrize(
    "form",
    [
        np.asarray,
        pd.DataFrame,
        lambda X: pd.DataFrame(X).astype({0: "boolean", 1: float}),
        lambda X: X.astype(object),
        lambda X: X.tolist(),
        csr_array,
    ],
    ids=["array", "frame", "mixed frame", "object", "list", "csr"],
)
def test_booleans_are_0_and_1(encoder, X, form):
    truths = np.median(X, axis=0) < X
    fitted = clone(encoder).fit(form(truths))
    expected = clone(encoder).fit_transform(truths.astype(float))
    np.testing.assert_array_equal(fitted.transform(form(truths)), expected)


@pytest.mark.parametrize("exponent", [300, 1010, -300, -1000, -1060])
def test_numbers_of_any_size_are_taken(encoder, X, exponent):
    if X is BITS or isinstance(encoder, SparseSumEncoder):
        pytest.skip("takes bits or whole numbers alone")
    X = X - 100
    fitted = clone(encoder).fit(X * 2.0**exponent)
    bits = fitted.transform(X * 2.0**exponent)
    if exponent > -1060 or isinstance(encoder, ThermometerEncoder):
        np.testing.assert_array_equal(bits, clone(encoder).fit_transform(X))
    for factor in (1e-320, 1, 1e306):
        fitted.transform(factor * X)


BAD = {
    "dates": (np.full((4, 12), np.datetime64("2020-01-01")), "hold numbers.*dates"),
    "durations": (np.full((4, 12), np.timedelta64(1, "D")), "hold numbers.*dates"),
    "a date": (pd.DataFrame(BITS).assign(day=pd.Timestamp("2020-01-01")), "'day'.*dates"),
    "text": (np.full((4, 12), "a"), "'a' in column 0.*OrdinalEncoder.*OneHotEncoder"),
    "a text": (pd.DataFrame(BITS).assign(colour="red"), "'red' in column 'colour'.*OneHotEncoder"),
    "NA": (pd.DataFrame(BITS).astype(object).replace(1, pd.NA), "<NA>.*NaN"),
    "infinity": (np.where(np.arange(12) == 7, np.inf, BITS), "infinity.*column 7"),
    "too large": (np.full((4, 12), np.longdouble("1e400")), "too large for float64.*column 0"),
    "too large an integer": (np.full((4, 12), 10**400), "must hold numbers"),
    "series": (np.array([*map(pd.Series, BITS), None], dtype=object)[:-1], "BEPRNNClassifier"),
    "images": (BITS.reshape(-1, 3, 4), r"dim 3.*reshape"),
    "0 rows": (BITS[:0], "0 sample"),
    "0 columns": (BITS[:, :0], "0 feature"),
    "a frame of 0 columns": (pd.DataFrame(index=range(5)), "0 feature"),
    "no rows": ([], "X: Expected 2D"),
    "no columns": ([[]], "0 feature"),
}


@pytest.mark.parametrize(("bad", "message"), BAD.values(), ids=BAD)
def test_an_error_says_what_to_do(encoder, X, bad, message):
    if bad is BAD["images"][0] and isinstance(encoder, LocalPatchEncoder):
        pytest.skip("takes images as they are")
    if np.shape(bad) == (4, 12):
        fitted = clone(encoder).fit(X)
        with pytest.raises(ValueError, match=message):
            fitted.transform(bad)
    with pytest.raises(ValueError, match=message):
        clone(encoder).fit(bad)


def test_missing_values_are_taken_or_the_error_says_by_whom(encoder, X):
    missing = pd.DataFrame(X).add_prefix("x").mask(np.eye(*X.shape) > 0).astype("Float64")
    if isinstance(encoder, (RandomProjectionEncoder, ThermometerEncoder)):
        clone(encoder).fit(missing)
        return
    with pytest.raises(ValueError, match=r"NaN in column 'x0'.*encoder='thermometer'.*Imputer"):
        clone(encoder).fit(missing)


def test_an_unfitted_encoder_says_so(encoder, X):
    for transform in (clone(encoder).transform, clone(encoder).transform_packed):
        with pytest.raises(NotFittedError):
            transform(X)


def test_another_number_of_features_is_an_error(fitted, X):
    with pytest.raises(ValueError, match="features"):
        fitted.transform(X[:, :-1])


def test_column_names_are_kept_and_checked(encoder, X):
    frame = pd.DataFrame(X, columns=[f"column{i}" for i in range(X.shape[1])])
    encoder = clone(encoder).fit(frame)
    assert encoder.feature_names_in_.tolist() == frame.columns.tolist()
    with pytest.raises(ValueError, match="feature names"):
        encoder.transform(frame.iloc[:, ::-1])


def test_set_output_gives_frames(encoder, X):
    encoder = clone(encoder).set_output(transform="pandas")
    frame = encoder.fit_transform(X)
    assert list(frame.columns) == list(encoder.get_feature_names_out())
    np.testing.assert_array_equal(frame.to_numpy(), clone(encoder).fit(X).transform(X))


def test_a_pickled_encoder_encodes_alike(fitted, X):
    restored = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(restored.transform(X), fitted.transform(X))


def test_infinity_is_an_error(fitted, X):
    with pytest.raises(ValueError, match="infinity"):
        fitted.transform(np.where(np.arange(X.shape[1]) == 1, np.inf, X))


def test_cloning_keeps_the_parameters(encoder, X):
    assert str(clone(encoder).get_params()) == str(encoder.get_params())


def test_saved_state_is_arrays_and_builtins(fitted, X):
    for name, value in fitted.__getstate__().items():
        items = value if isinstance(value, (list, tuple)) else [value]
        for item in items:
            assert item is None or type(item) in (np.ndarray, bool, int, float, str), name


@pytest.mark.parametrize("bad", [np.full((7, 3), 7.0), np.full((7, 200), np.inf)])
def test_a_failed_fit_leaves_the_encoder_as_it_was(encoder, fitted, X, bad):
    if isinstance(encoder, ThermometerEncoder):
        bad = np.full(bad.shape, np.inf)
    before = fitted.transform(X)
    with pytest.raises(ValueError, match=r".+"):
        fitted.fit(bad, np.arange(6) % 2)
    assert fitted.n_features_in_ == X.shape[1]
    np.testing.assert_array_equal(fitted.transform(X), before)
    with pytest.raises(ValueError, match="features"):
        fitted.transform(np.zeros((7, 3)))


def test_one_row_is_encoded_like_many(fitted, X):
    bits = fitted.transform(X)
    for row in (0, 17):
        for one in (X[[row]], X[[row]].astype(np.float32), np.asfortranarray(X[[row]])):
            np.testing.assert_array_equal(fitted.transform(one), bits[[row]])
    with pytest.raises(ValueError, match=r"NaN|infinity"):
        fitted.transform(np.full((1, X.shape[1]), np.inf))


def test_sparse_matrices_are_made_dense_a_few_rows_at_a_time(encoder, X, monkeypatch):
    monkeypatch.setattr("bepsk.encoders._base.DENSE_NUMBERS", 12 * 40)
    monkeypatch.setattr("bepsk.encoders._base.FEWEST_ROWS", 1)
    rows = np.linspace(0, 299, 40).astype(int)
    y = np.arange(300) % 3
    few = clone(encoder).fit(X[rows], y[rows])
    for sparse in (csr_array(X), coo_matrix(X)):
        encoder = clone(encoder).fit(sparse, y)
        np.testing.assert_array_equal(encoder.transform(sparse), few.transform(X))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        encoder.fit(csr_array(X), y[:-1])
    with pytest.raises(ValueError, match="features"):
        encoder.transform(csr_array(X[:, :-1]))


def test_the_memory_for_a_sparse_matrix_is_bounded(encoder, X):
    if isinstance(encoder, LocalPatchEncoder):
        pytest.skip("images are seldom sparse, and this one's shape is fixed")
    wide = csr_array((40_000, 1000), dtype=np.float64)
    wide = csr_array(wide + csr_array(np.eye(40_000, 1000)))
    tracemalloc.start()
    encoder = clone(encoder).fit(wide)
    if encoder.n_features_out_ < 1001:
        encoder.transform_packed(wide)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.75 * 8 * 40_000 * 1000
