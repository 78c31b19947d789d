"""Odd input: it is taken as it is meant, or an error names it and says what to do."""

import copy
import warnings

import numpy as np
import pandas as pd
import pytest
from common import SMALL, SMALL_RNN, blobs, same
from scipy.sparse import csr_array
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from bepsk import BEPMLPClassifier, BEPRNNClassifier, TrajectoryEnsembleClassifier
from bepsk.encoders import ThermometerEncoder

X, y = blobs(60, n_features=6)
NAMES = np.array(["ant", "bee", "cicada"])
NOTHING = [[], (), [[]], X[:0], X[:, :0], csr_array((0, 6)), pd.DataFrame(X)[:0], {"a": [1]}, None]

CLASSIFIERS = pytest.mark.parametrize("name", ["mlp", "rnn"])


def fresh(name="mlp", **parameters):
    make, small = {"mlp": (BEPMLPClassifier, SMALL), "rnn": (BEPRNNClassifier, SMALL_RNN)}[name]
    # A fit of a few series is noisy, a chunk of a stream is not.
    return make(**small | {"max_iter": 2, "noise": 0} | parameters)


@CLASSIFIERS
@pytest.mark.parametrize("encoder", ["projection", "thermometer", "binary"])
@pytest.mark.parametrize(
    "form", [np.asarray, pd.DataFrame, csr_array, lambda X: X.astype(object), np.ndarray.tolist]
)
def test_booleans_train_like_0_and_1(name, encoder, form):
    truths = X > 0
    expected = fresh(name, encoder=encoder).fit(truths.astype(float), y)
    whole = fresh(name, encoder=encoder).fit(form(truths), y)
    first = fresh(name, encoder=encoder, max_iter=1).fit(truths.astype(float), y)
    chunk = fresh(name, encoder=encoder).partial_fit(form(truths), y, classes=[0, 1, 2])
    assert same(whole.hidden_weights_, expected.hidden_weights_)
    assert same(chunk.hidden_weights_, first.hidden_weights_)
    np.testing.assert_array_equal(
        whole.predict_proba(form(truths)), expected.predict_proba(truths.astype(float))
    )


def test_sparse_output_of_a_pipeline_is_taken():
    colours = NAMES[(X > 0).sum(axis=1) % 3][:, np.newaxis]
    one_hot = make_pipeline(OneHotEncoder(), fresh(encoder="binary"))
    assert one_hot.fit(colours, y).predict(colours).shape == (60,)
    ensemble = TrajectoryEnsembleClassifier(fresh(), 2).fit(csr_array(X), y)
    np.testing.assert_array_equal(ensemble.predict(csr_array(X)), ensemble.predict(X))


@CLASSIFIERS
@pytest.mark.parametrize("nothing", NOTHING, ids=lambda nothing: type(nothing).__name__)
def test_no_data_are_an_error(name, nothing):
    clf = fresh(name)
    for use in (clf.fit, lambda X, y: clf.partial_fit(X, y, classes=[0, 1])):
        with pytest.raises(ValueError, match="X"):
            use(nothing, [])
    fitted = fresh(name).fit(X, y)
    with pytest.raises(ValueError, match="X"):
        fitted.predict(nothing)


BAD_PARAMETERS = [
    ("batch_size", -1),
    ("batch_size", 0),
    ("margin", 2),
    ("gate", -1),
    ("encoder", ThermometerEncoder),
    ("reinforcement", "a"),
    ("reinforcement", -1),
    ("reinforcement", 10**400),
    ("max_iter", 10**400),
    ("tol", 10**400),
    ("class_weight", "heavy"),
    ("class_weight", {0: "heavy"}),
    ("class_weight", {0: None}),
    ("class_weight", {0: 10**400}),
    ("class_weight", {np.str_("x"): 1}),
    ("shuffle", "no"),
]


@CLASSIFIERS
@pytest.mark.parametrize(("parameter", "value"), BAD_PARAMETERS)
def test_parameters_set_since_the_fit_are_checked(name, parameter, value):
    clf = fresh(name).fit(X, y).set_params(**{parameter: value})
    before = copy.deepcopy(vars(clf))
    for train in (clf.partial_fit, clf.fit):
        with pytest.raises(ValueError, match=parameter) as error:
            train(X, y)
        assert "np.str_" not in str(error.value)
    assert same(vars(clf), before)


@CLASSIFIERS
@pytest.mark.parametrize("reinforcement", [1e300, np.finfo(float).max])
def test_a_probability_is_1_at_most(name, reinforcement):
    huge, large = (
        fresh(name, rule="paper", reinforcement=r, max_iter=1).fit(X, y)
        for r in (reinforcement, 1e6)
    )
    assert same(huge.hidden_weights_, large.hidden_weights_)


@pytest.mark.parametrize("parameter", ["hidden_size", "output_size", "overlap"])
def test_a_size_past_all_memory_is_named(parameter):
    with pytest.raises(ValueError, match=parameter):
        fresh("rnn").set_params(**{parameter: 10**30}).fit(X, y)


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ([], "no class"),
        ([1, 1], "classes must hold at least 2 classes; got one class, 1"),
        (["a", "a"], "one class, 'a'"),
        (NAMES[:1], "one class, 'ant'"),
        ([[0, 1], [1, 2]], "classes must be a list"),
        ({0, 1, 2}, "classes must be a list"),
        (3, "classes must be a list"),
        ([0, 1, np.nan], "classes contains NaN"),
        ([0, 1, None], "classes.*NoneType and int"),
        ([0, "a"], "classes.*int and str"),
        ([0, [1]], "classes"),
    ],
)
@pytest.mark.parametrize("fitted", [False, True])
def test_classes_that_do_not_fit_are_a_clear_error(classes, message, fitted):
    clf = fresh()
    if fitted:
        clf.fit(X, y)
    with pytest.raises(ValueError, match=message):
        clf.partial_fit(X, y, classes=classes)


@pytest.mark.parametrize(
    "classes",
    [[2, 0, 1], [0, 0, 1, 2, 2], (0.0, 1.0, 2.0), range(3), pd.Index([2, 1, 0], dtype=object)],
)
def test_classes_come_in_any_order(classes):
    clf = fresh().partial_fit(X, y, classes=classes)
    assert clf.classes_.tolist() == [0, 1, 2]
    assert clf.partial_fit(X, y, classes=classes).n_iter_ == 2


@pytest.mark.parametrize(
    "labels",
    [
        y.astype(float),
        y.astype(object),
        y.astype(">i2"),
        pd.Series(y, dtype="Int64"),
        pd.Series(y).astype("category"),
        y > 0,
        (y > 0).astype(object),
        pd.Series(y > 0, dtype="boolean"),
        NAMES[y].tolist(),
        pd.Categorical(NAMES[y]),
        pd.Series(NAMES[y], dtype="string"),
        NAMES[y].astype(np.dtypes.StringDType()),
        np.array(["2020-01-01", "2021-01-01", "2022-01-01"], "M8[D]")[y],
    ],
    ids=lambda labels: f"{type(labels).__name__} {getattr(labels, 'dtype', '')}",
)
def test_labels_of_any_kind_come_back_in_kind(labels):
    clf = fresh().fit(X, labels)
    distinct = np.unique(np.asarray(labels).tolist())
    assert np.array_equal(clf.classes_, distinct.astype(clf.classes_.dtype))
    assert clf.classes_.dtype.kind == distinct.dtype.kind or clf.classes_.dtype.kind in "OM"
    same_fit = fresh().partial_fit(X, labels, classes=labels)
    assert same_fit.classes_.tolist() == clf.classes_.tolist()


@CLASSIFIERS
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.array([b"a", b"b", b"c"])[y], "y must hold.*bytes"),
        ([None] * 60, "y must hold.*NoneType"),
        (np.where(y == 0, None, NAMES[y].astype(object)), "y must hold.*NoneType and str"),
        (pd.Series(NAMES[y], dtype="string").where(y > 0), "y must hold.*NAType and str"),
        (pd.Series(pd.Categorical(NAMES[y])).where(y > 0), "y must hold.*NaN and str"),
        (pd.Series(y, dtype="Int64").where(y > 0), "y .*(NaN|NAType)"),
        (np.array(["2020", "NaT", "2021"], "M8[D]")[y], "y contains NaN or NaT"),
        ([[1, "a", 2.5][i] for i in y], "y must hold.*float and int and str"),
        (np.where(y == 0, np.inf, y), "y contains infinity"),
        (np.full(60, "ant"), "one class, 'ant'"),
        (y[:, np.newaxis] * np.ones(2), "y should be a 1d array"),
        (y + 0.5, "y: Unknown label type"),
        (y[1:], "X and y: .*inconsistent"),
        ([[1] * (1 + i) for i in y], "y: .*inhomogeneous"),
    ],
)
def test_labels_that_do_not_fit_are_a_clear_error(name, labels, message):
    for train in (fresh(name).fit, lambda X, y: fresh(name).partial_fit(X, y, classes=[0, 1, 2])):
        with pytest.raises(ValueError, match=message.replace("one class, 'ant'", "y|one class")):
            train(X, labels)
    with pytest.raises(ValueError, match=message):
        fresh(name).fit(X, labels)


@pytest.mark.parametrize(
    ("sample_weight", "message"),
    [
        (np.full(60, "x"), "sample_weight.*'x'"),
        (np.ones((60, 1)), "[Ss]ample.weight.*1D"),
        ([1], "sample_weight"),
        ([10**400] * 60, "sample_weight"),
        ([], "sample_weight"),
        ({0: 1}, "sample_weight"),
        ("balanced", "sample_weight"),
        (np.ones(60) * 1j, "sample_weight: Complex"),
    ],
)
def test_weights_that_do_not_fit_are_named(sample_weight, message):
    for train in (fresh().fit, fresh().fit(X, y).partial_fit):
        with pytest.raises((ValueError, TypeError), match=message):
            train(X, y, sample_weight=sample_weight)


def test_a_frame_from_which_pandas_takes_no_rows_is_named():
    frame = pd.DataFrame(X.astype(">f8"))
    with pytest.raises(ValueError, match="X: Big-endian"):
        fresh().fit(frame, y, sample_weight=np.arange(60) % 2)


@pytest.mark.parametrize(
    "form",
    [
        list,
        pd.Series,
        lambda w: pd.Series(w, dtype="Int64"),
        lambda w: w > 0,
        lambda w: w.astype(object),
    ],
)
def test_weights_of_any_form_are_taken(form):
    weights = np.arange(60) % 2
    assert same(
        fresh().fit(X, y, form(weights)).hidden_weights_, fresh().fit(X, y, weights).hidden_weights_
    )


@CLASSIFIERS
@pytest.mark.parametrize(
    ("X_val", "y_val", "message"),
    [
        (X[:, :3], y, "X_val, y_val: .*3 features"),
        (np.where(X > 2, np.inf, X), y, "X_val, y_val: .*infinity"),
        (NAMES[y], y, "X_val"),
        (X[:5], y, "X_val, y_val: .*inconsistent"),
        ([], [], "X_val, y_val: X"),
        (X, y + 1, "X_val, y_val: y holds labels that are not in classes"),
        (X, NAMES[y], "X_val, y_val: y holds labels"),
        (X, np.where(y == 0, np.nan, y), "X_val, y_val: y contains NaN"),
    ],
)
def test_errors_in_validation_data_are_said_to_be_there(name, X_val, y_val, message):
    with pytest.raises(ValueError, match=message):
        fresh(name).fit(X, y, X_val=X_val, y_val=y_val)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_missing_values_call_for_another_encoder(early_stopping):
    bits = np.where(np.median(X, axis=0) < X, 1.0, 0.0)
    missing = np.where((np.arange(6) == 4) & (bits == 1), np.nan, bits)
    clf = fresh(early_stopping=early_stopping, encoder="binary")
    with pytest.raises(ValueError, match=r"X contains NaN in column 4\. .*encoder='thermometer'"):
        clf.fit(missing, y)
    assert clf.set_params(encoder="thermometer").fit(missing, y).predict(missing).shape == (60,)


def test_one_warning_about_column_names_is_enough():
    frame = pd.DataFrame(X, columns=list("abcdef"))
    pipeline = make_pipeline(StandardScaler(), ThermometerEncoder(9))
    for clf in (
        fresh(),
        fresh("rnn"),
        fresh(encoder=pipeline),
        TrajectoryEnsembleClassifier(fresh(), 2),
    ):
        for seen, other, message in (
            (frame, X, "does not have valid feature names, but BEP"),
            (X, frame, "has feature names, but BEP"),
        ):
            clf.fit(seen, y)
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                clf.predict(other)
            assert [message in str(warning.message) for warning in caught] == [True]


@pytest.mark.parametrize("scale", [1e200, 1e307, 1e-300])
@CLASSIFIERS
def test_numbers_of_any_size_are_learned(name, scale):
    near, far = (fresh(name, max_iter=20).fit(s * X, y).score(s * X, y) for s in (1, scale))
    assert far > near - 0.1


@CLASSIFIERS
def test_a_stream_of_rows_may_begin_with_one_for_the_thermometer(name):
    clf = fresh(name, encoder="thermometer")
    with pytest.warns(UserWarning, match="every feature is constant"):
        clf.partial_fit(np.ones((1, 6)), y[:1], classes=[0, 1, 2])
    for row in range(1, 60):
        clf.partial_fit(X[row : row + 1], y[row : row + 1])
    assert clf.t_ == 60
