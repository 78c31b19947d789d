import copy
import pickle

import joblib
import numpy as np
import pytest
from common import RULES, SMALL, blobs, same
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from bepsk import BEPMLPClassifier
from bepsk.encoders import RandomProjectionEncoder, ThermometerEncoder

X, y = blobs()


@pytest.fixture(
    params=[
        {"encoder": "projection"},
        {"encoder": "thermometer"},
        {"encoder": "projection", "rule": "paper"},
        {"encoder": "thermometer", "average": 3},
    ],
    ids=lambda parameters: "-".join(map(str, parameters.values())),
)
def fitted(request):
    return BEPMLPClassifier(**SMALL, **request.param).fit(X, y)


def through_joblib(value, folder, **how):
    path = folder / f"{type(value).__name__}{np.size(value)}"
    joblib.dump(value, path)
    return joblib.load(path, **how)


@pytest.mark.parametrize(
    "restore",
    [
        lambda clf, _: pickle.loads(pickle.dumps(clf)),
        lambda clf, _: copy.deepcopy(clf),
        through_joblib,
    ],
    ids=["pickle", "deepcopy", "joblib"],
)
def test_a_restored_classifier_is_the_same_and_goes_on_alike(fitted, restore, tmp_path):
    restored = restore(fitted, tmp_path)
    assert same(vars(restored), vars(fitted))
    np.testing.assert_array_equal(restored.predict_proba(X), fitted.predict_proba(X))
    assert same(vars(restored.partial_fit(X, y)), vars(fitted.partial_fit(X, y)))


def test_a_memory_mapped_classifier_predicts_and_learns(fitted, tmp_path):
    mapped = through_joblib(fitted, tmp_path, mmap_mode="r")
    assert not mapped.hidden_weights_[0].flags.writeable
    np.testing.assert_array_equal(mapped.predict_proba(X), fitted.predict_proba(X))
    mapped.partial_fit(X, y)
    fitted.partial_fit(X, y)
    for a, b in zip(mapped.hidden_weights_, fitted.hidden_weights_, strict=True):
        np.testing.assert_array_equal(a, b)
    again = pickle.loads(pickle.dumps(mapped))
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))


def test_memory_mapped_data_are_taken(fitted, tmp_path):
    mapped_X, mapped_y = (through_joblib(a, tmp_path, mmap_mode="r") for a in (X, y))
    assert not mapped_X.flags.writeable
    refitted = clone(fitted).fit(mapped_X, mapped_y)
    assert same(refitted.hidden_weights_, fitted.hidden_weights_)
    np.testing.assert_array_equal(fitted.predict(mapped_X), fitted.predict(X))
    fitted.partial_fit(mapped_X, mapped_y)


def test_a_deep_copy_is_independent(fitted):
    twin, before = copy.deepcopy(fitted), copy.deepcopy(vars(fitted))
    twin.partial_fit(X, y)
    assert same(vars(fitted), before)


def test_cloning_keeps_parameters_and_drops_the_fit():
    clf = BEPMLPClassifier((5, 3), encoder=ThermometerEncoder(7), rule="paper", gate=0.3).fit(X, y)
    twin = clone(clf)
    assert str(twin.get_params()) == str(clf.get_params())
    assert twin.encoder is not clf.encoder
    with pytest.raises(NotFittedError):
        twin.predict(X)


@pytest.mark.parametrize(
    "method", ["predict", "predict_proba", "predict_log_proba", "decision_function", "score"]
)
def test_predicting_changes_no_attribute(fitted, method):
    before = copy.deepcopy(vars(fitted))
    getattr(fitted, method)(*([X, y] if method == "score" else [X]))
    assert same(vars(fitted), before)


def test_fitting_changes_no_parameter():
    encoder, sizes = RandomProjectionEncoder(64), [8, 4]
    clf = BEPMLPClassifier(sizes, encoder=encoder, rule="paper", group_size=[2, 2]).fit(X, y)
    assert clf.get_params(deep=False)["encoder"] is encoder
    assert not hasattr(encoder, "components_")
    assert sizes == [8, 4]
    assert clf.group_size == [2, 2]


def test_fitting_changes_no_input():
    inputs = X.copy(), y.copy(), np.linspace(0, 2, 90)
    before = copy.deepcopy(inputs)
    BEPMLPClassifier(**SMALL).fit(*inputs)
    assert same(inputs, before)


@RULES
@pytest.mark.parametrize("early_stopping", [False, True])
def test_fitted_state_is_arrays_and_builtins(early_stopping, rule):
    clf = BEPMLPClassifier(**SMALL, rule=rule, early_stopping=early_stopping).fit(X, y)
    for name in vars(clf).keys() - clf.get_params().keys() - {"encoder_"}:
        value = getattr(clf, name)
        items = value if isinstance(value, list) else [value]
        for item in items:
            assert type(item) in (np.ndarray, int, float, type(None)), name


def test_an_unfitted_classifier_says_so():
    for method in ("predict", "predict_proba", "predict_log_proba", "decision_function"):
        with pytest.raises(NotFittedError):
            getattr(BEPMLPClassifier(), method)(X)


def test_rows_are_predicted_alone_as_among_others(fitted):
    many = np.tile(X, (30, 1))
    np.testing.assert_array_equal(fitted.predict_proba(many)[-90:], fitted.predict_proba(X))
    np.testing.assert_array_equal(fitted.predict_proba(X[5:6]), fitted.predict_proba(X)[5:6])
