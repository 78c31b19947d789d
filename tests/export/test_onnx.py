"""ONNX models, run by onnxruntime and by the reference implementation of ONNX."""

import sys

import converted
import numpy as np
import pytest
from common import blobs
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, StandardScaler

from bepsk import BEPMLPClassifier, BEPMLPRegressor, BEPRNNClassifier
from bepsk.encoders import LocalPatchEncoder
from bepsk.export import register_converters, to_onnx

onnx = pytest.importorskip("onnx")
skl2onnx = pytest.importorskip("skl2onnx")
onnxruntime = pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.once

X, y = blobs(40, n_features=5)
MLP = BEPMLPClassifier((20,), encoder="thermometer", max_iter=2, random_state=0).fit(X, y)
NUMBERS = range(len(converted.MAKERS))


@pytest.mark.parametrize("number", NUMBERS, ids=converted.NAMES)
def test_onnx_answers_what_python_does(number):
    assert not converted.count_differences(converted.random_model(number, seed=5), 500)


@pytest.mark.parametrize("number", NUMBERS[::3])
def test_every_runtime_agrees(number):
    from onnx.reference import ReferenceEvaluator

    estimator = converted.random_model(number, seed=6)
    rows = converted.random_inputs(estimator, 30, np.random.default_rng(0))
    model = to_onnx(estimator)
    onnx.checker.check_model(model, full_check=True)
    for one, other in zip(
        ReferenceEvaluator(model).run(None, {"X": rows}),
        converted.answers(model, rows),
        strict=True,
    ):
        if one.dtype.kind == "f":
            np.testing.assert_allclose(one, other, rtol=1e-12)
        else:
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["b", "a", "ü"]),
        np.array(["b", "a", "ü"], dtype=object),
        np.array([-5, 2**60, 7]),
        np.array([0.0, 1.0, 2.0]),
        np.array([False, True]),
        np.array([3, 4, 5], dtype=np.uint8),
    ],
    ids=lambda labels: str(labels.dtype),
)
def test_labels_of_all_kinds(labels):
    names = labels[y % len(labels)]
    clf = clone(MLP).fit(X, names)
    label, _ = converted.answers(to_onnx(clf), X)
    assert label.dtype in (np.int64, object)
    np.testing.assert_array_equal(label, clf.predict(X))


def test_labels_beyond_64_bits_are_refused():
    with pytest.raises(ValueError, match="classes_ must be strings or whole numbers"):
        to_onnx(clone(MLP).fit(X, np.array([1, 2**63, 2**64 - 1], dtype=np.uint64)[y]))


def test_outputs_have_the_names_of_skl2onnx():
    regressor = BEPMLPRegressor((20,), encoder="thermometer", max_iter=1).fit(X, X[:, 0])
    for estimator, names in ((MLP, ["label", "probabilities"]), (regressor, ["variable"])):
        model = to_onnx(estimator)
        assert [output.name for output in model.graph.output] == names
        assert [given.name for given in model.graph.input] == ["X"]


@pytest.mark.parametrize(("n_classes", "columns"), [(2, 2), (3, 3)])
def test_raw_scores_are_those_of_the_decision_function(n_classes, columns):
    clf = clone(MLP).fit(X, y % n_classes)
    _, scores = converted.answers(to_onnx(clf, raw_scores=True), X)
    assert scores.shape == (40, columns)
    expected = clf.decision_function(X)
    np.testing.assert_array_equal(scores[:, 1] if n_classes == 2 else scores, expected)


def test_what_skl2onnx_converts_may_hold_our_estimators():
    register_converters()
    search = GridSearchCV(MLP, {"margin": [0.5, 1]}, cv=2)
    pipeline = make_pipeline(StandardScaler(), search).fit(X, y)
    label, _ = converted.answers(skl2onnx.to_onnx(pipeline, X, options={"zipmap": False}), X)
    np.testing.assert_array_equal(label, pipeline.predict(X))


def test_options_are_those_of_other_classifiers():
    register_converters()
    clf = clone(MLP).fit(X, np.array(["a", "b", "c"])[y])

    def answers(**options):
        return converted.answers(skl2onnx.to_onnx(clf, X, options={id(clf): options}), X)

    _, *columns = answers(zipmap="columns")
    np.testing.assert_allclose(np.stack(columns, axis=1), clf.predict_proba(X), rtol=1e-12)
    label, _ = answers(zipmap=False, nocl=True)
    np.testing.assert_array_equal(clf.classes_[label], clf.predict(X))
    *_, labels = answers(zipmap=False, output_class_labels=True)
    assert labels.tolist() == ["a", "b", "c"]


@pytest.mark.parametrize("n_timesteps", [1, 7, 30, 64])
def test_series_of_any_length(n_timesteps):
    rng = np.random.default_rng(0)
    series = rng.normal(size=(30, 30, 2)).cumsum(axis=1)
    labels = series[:, -1, 0] > 0
    rnn = BEPRNNClassifier(33, max_iter=2, random_state=0).fit(series, labels)
    others = rng.normal(size=(20, n_timesteps, 2)).cumsum(axis=1)
    _, scores = converted.answers(to_onnx(rnn, raw_scores=True), others)
    np.testing.assert_array_equal(scores[:, 1], rnn.decision_function(others))


def test_far_longer_series_than_those_of_fit_fail_where_places_count():
    series = np.random.default_rng(0).normal(size=(30, 24, 1))
    rnn = BEPRNNClassifier(33, place_code=True, n_steps="raw", max_iter=1, random_state=0)
    model = to_onnx(rnn.fit(series, series[:, 0, 0] > 0), raw_scores=True)
    longer = np.tile(series, (1, 2, 1))
    _, scores = converted.answers(model, longer)
    np.testing.assert_array_equal(scores[:, 1], rnn.decision_function(longer))
    with pytest.raises(Exception, match="Xor node"):
        converted.answers(model, np.tile(series, (1, 3, 1)))


def test_what_cannot_be_converted_is_named():
    with pytest.raises(TypeError, match=r"estimator must be one of .* got a LogisticRegression"):
        to_onnx(make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y))
    with pytest.raises(NotFittedError):
        to_onnx(clone(MLP))
    bins = KBinsDiscretizer(3, encode="onehot-dense", quantile_method="averaged_inverted_cdf")
    with pytest.raises(TypeError, match=r"encoder_ must be.* got a KBinsDiscretizer"):
        to_onnx(clone(MLP).set_params(encoder=bins).fit(X, y))
    with pytest.raises(TypeError, match=r"encoder_ must be.* got a CategoriesToNumbers"):
        to_onnx(clone(MLP).set_params(categorical_features=[0]).fit(np.rint(X), y))
    with pytest.raises(ValueError, match=r"target_opset must be at least 13 .* got 12"):
        to_onnx(MLP, target_opset=12)


def test_patches_too_large_for_floats_are_refused():
    images = np.random.default_rng(0).normal(size=(40, 40 * 40 * 3))
    encoder = LocalPatchEncoder((40, 40, 3), 4, patch_size=(30, 40), random_state=0)
    clf = clone(MLP).set_params(encoder=encoder).fit(images, y)
    with pytest.raises(ValueError, match="LocalPatchEncoder may exceed 2\\^24"):
        to_onnx(clf)


def test_without_skl2onnx_an_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    with pytest.raises(ImportError, match=r"pip install 'bepsk\[onnx\]'"):
        to_onnx(MLP)
