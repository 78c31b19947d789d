"""DataFrames with columns of categories, and the parameter `categorical_features`."""

import pickle

import numpy as np
import pandas as pd
import pytest
from common import same
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from bepsk import BEPMLPClassifier, BEPMLPRegressor
from bepsk.encoders import RandomProjectionEncoder, ThermometerEncoder

RNG = np.random.default_rng(0)
N = 300
COLOUR = RNG.choice(["red", "green", "blue"], N)
NUMBERS = RNG.standard_normal((N, 2))
FRAME = pd.DataFrame(
    {
        "size": NUMBERS[:, 0],
        "colour": COLOUR,
        "weight": NUMBERS[:, 1],
        "fast": RNG.random(N) < 0.5,
    }
)
Y = (COLOUR == "red") ^ FRAME["fast"].to_numpy()
ENCODERS = pytest.mark.parametrize(
    "encoder", ["projection", ThermometerEncoder(10), RandomProjectionEncoder(256, max_features=4)]
)


def fresh(**parameters):
    return BEPMLPClassifier((64,), **{"max_iter": 20, "random_state": 0} | parameters)


@ENCODERS
@pytest.mark.parametrize("dtype", ["category", "str", "object", "string"])
def test_columns_of_strings_and_categories_are_taken(encoder, dtype):
    X = FRAME.astype({"colour": dtype})
    y = COLOUR == "red"
    clf = fresh(encoder=encoder).fit(X[:200], y[:200])
    assert clf.score(X[200:], y[200:]) > 0.9
    assert clf.n_features_in_ == 4
    assert clf.feature_names_in_.tolist() == list(FRAME.columns)


def test_they_are_one_hot_columns_after_the_numbers():
    clf = fresh(encoder=RandomProjectionEncoder(100)).fit(FRAME, Y)
    one_hot = FRAME["colour"].to_numpy()[:, np.newaxis] == ["blue", "green", "red"]
    table = np.hstack([FRAME[["size", "weight", "fast"]].to_numpy(float), one_hot])
    twin = fresh(encoder=RandomProjectionEncoder(100)).fit(table, Y)
    assert same(twin.hidden_weights_, clf.hidden_weights_)
    np.testing.assert_array_equal(twin.encode(table), clf.encode(FRAME))


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_a_missing_value_is_a_category(missing):
    X = FRAME.astype({"colour": object})
    X.loc[X["colour"] == "red", "colour"] = missing
    clf = fresh().fit(X[:200], Y[:200])
    assert clf.score(X[200:], Y[200:]) > 0.9
    X["size"] = X["size"].where(X["size"] < 1)
    assert clf.fit(X, Y).score(X, Y) > 0.9


def test_an_unknown_category_is_none_of_the_known():
    clf = fresh().fit(FRAME, Y)
    bits = [clf.encode(FRAME.assign(colour=name)) for name in ("pink", "red", "green", None)]
    assert not any(np.array_equal(bits[0], other) for other in bits[1:3])
    np.testing.assert_array_equal(bits[0], bits[3])


def test_rare_categories_share_a_column():
    X = FRAME.assign(colour=[f"c{i // 3}" for i in range(N)])
    encoder = fresh(encoder="thermometer").fit(X, Y).encoder_
    assert encoder[0].transform(X).shape == (N, 3 + 64)


@pytest.mark.parametrize("chosen", [["grade"], [1], [-1], [False, True]])
def test_columns_may_be_chosen(chosen):
    X = pd.DataFrame({"size": NUMBERS[:, 0], "grade": RNG.integers(0, 5, N)})
    y = np.isin(X["grade"], [0, 3])
    asked = fresh(categorical_features=chosen)
    clf = clone(asked).fit(X[:200], y[:200])
    assert clf.score(X[200:], y[200:]) > 0.9
    assert type(clf.encoder_).__name__ == "Pipeline"
    if chosen != ["grade"]:
        bare = clone(asked).fit(X.to_numpy()[:200], y[:200])
        assert same(bare.hidden_weights_, clf.hidden_weights_)
        np.testing.assert_array_equal(bare.predict(X.to_numpy()), clf.predict(X))


@pytest.mark.parametrize(
    "chosen", [["colours"], [4], [-5], [True], [0.5], [[1]], "fast", {"colour": 1}, 3]
)
def test_columns_that_do_not_exist_are_an_error(chosen):
    clf = fresh(categorical_features=chosen)
    with pytest.raises(ValueError, match="categorical_features"):
        clf.fit(FRAME, Y)
    assert not hasattr(clf, "encoder_")


def test_lists_are_taken():
    rows = FRAME[["size", "colour"]].to_numpy().tolist()
    small = {"hidden_layer_sizes": (16,), "max_iter": 2, "random_state": 0}
    clf = BEPMLPClassifier(categorical_features=[1], **small).fit(rows, Y)
    same_clf = BEPMLPClassifier(categorical_features=[1], **small).fit(np.array(rows, object), Y)
    assert same(clf.predict_proba(rows), same_clf.predict_proba(np.array(rows, object)))


def test_ragged_lists_are_refused_as_x():
    clf = BEPMLPClassifier((8,), categorical_features=[0])
    with pytest.raises(ValueError, match="X: setting an array element"):
        clf.fit([[1.0], [2.0, 3.0]], [0, 1])


def test_x_without_columns_is_the_error_of_x():
    with pytest.raises(ValueError, match=r"X: Expected 2D array"):
        BEPMLPClassifier(categorical_features=[0]).partial_fit([1.0, 2.0], [0, 1], classes=[0, 1])


def test_a_sparse_matrix_has_no_categories():
    X = csr_array(NUMBERS.round())
    assert isinstance(fresh().fit(X, Y).encoder_, RandomProjectionEncoder)
    with pytest.raises(ValueError, match="categorical_features needs a dense X"):
        fresh(categorical_features=[0]).fit(X, Y)


def test_none_means_that_there_are_none():
    with pytest.raises(ValueError, match=r"column 'colour'.*categorical_features"):
        fresh(categorical_features=None).fit(FRAME, Y)
    with pytest.raises(ValueError, match=r"column 1.*categorical_features"):
        fresh().fit(FRAME.to_numpy(), Y)
    assert fresh(categorical_features=[1]).fit(FRAME.to_numpy(), Y).score(FRAME.to_numpy(), Y) > 0.9
    numbers = FRAME.drop(columns="colour")
    assert isinstance(fresh().fit(numbers, Y).encoder_, RandomProjectionEncoder)


def test_an_encoder_of_ones_own_sees_x_as_it_is():
    columns = make_column_transformer(
        (OneHotEncoder(sparse_output=False), ["colour"]), (ThermometerEncoder(20), ["size", "fast"])
    )
    clf = fresh(encoder=columns).fit(FRAME, Y)
    assert type(clf.encoder_).__name__ == "ColumnTransformer"


def test_dates_beside_categories_are_an_error():
    X = FRAME.assign(day=pd.Timestamp("2020-01-01"))
    with pytest.raises(ValueError, match=r"column 'day'.*dates into numbers"):
        fresh().fit(X, Y)
    X = FRAME.assign(span=pd.Timedelta("1D"))
    with pytest.raises(ValueError, match="dates into numbers"):
        fresh().fit(X, Y)


def test_warm_start_and_chunks_keep_the_categories():
    clf = fresh(warm_start=True, max_iter=5).fit(FRAME, Y)
    before = clf.encoder_
    assert clf.fit(FRAME.assign(colour="pink"), Y).encoder_ is before
    stream = fresh()
    for start in range(0, N, 100):
        stream.partial_fit(FRAME[start : start + 100], Y[start : start + 100], classes=[0, 1])
    assert stream.encoder_[0].one_hot_.categories_[0].tolist() == ["blue", "green", "red"]
    stream.partial_fit(FRAME.assign(colour="pink"), Y)


def test_validation_search_and_pickles():
    clf = fresh(early_stopping=True).fit(FRAME, Y, sample_weight=np.arange(N) % 3)
    again = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(again.decision_function(FRAME), clf.decision_function(FRAME))
    grid = {"bepmlpclassifier__categorical_features": ["from_dtype", ["colour", "fast"]]}
    search = GridSearchCV(make_pipeline(fresh()), grid, cv=2, error_score="raise").fit(FRAME, Y)
    assert search.best_score_ > 0.8
    with pytest.raises(ValueError, match="feature names"):
        clf.predict(FRAME[FRAME.columns[::-1]])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("columns", [9]),
        ("columns", None),
        ("one_hot_", None),
        ("one_hot_", OneHotEncoder()),
        ("n_features_in_", -1),
    ],
)
def test_damaged_categories_are_refused(name, value):
    clf = fresh().fit(FRAME, Y)
    setattr(clf.encoder_[0], name, value)
    for use in (clf.predict, lambda X: pickle.loads(pickle.dumps(clf))):
        with pytest.raises(ValueError, match=rf"^CategoriesToNumbers\.{name} must be"):
            use(FRAME)
    clf.encoder_.steps[0] = ("categories", "nothing")
    with pytest.raises(ValueError, match="encoder_ must be a fitted transformer"):
        clf.predict(FRAME)


def test_polars_frames_are_taken():
    polars = pytest.importorskip("polars")
    X = polars.DataFrame({name: FRAME[name].to_list() for name in FRAME})
    expected = fresh().fit(FRAME, Y)
    for frame in (X, X.with_columns(polars.col("colour").cast(polars.Categorical))):
        clf = fresh().fit(frame, Y)
        assert same(clf.hidden_weights_, expected.hidden_weights_)
        np.testing.assert_array_equal(clf.predict(frame), expected.predict(FRAME))


def test_a_regressor_takes_categories():
    target = np.select([COLOUR == "red", COLOUR == "blue"], [3.0, -2.0], 0.5)
    reg = BEPMLPRegressor((64,), max_iter=20, random_state=0).fit(FRAME[:200], target[:200])
    assert reg.score(FRAME[200:], target[200:]) > 0.8
    reg.set_params(categorical_features=None)
    with pytest.raises(ValueError, match="column 'colour'"):
        reg.fit(FRAME, target)
