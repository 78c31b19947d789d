import numpy as np
import pandas as pd
import pytest
from common import SMALL, blobs

from bepsk import BEPMLPClassifier

X, y = blobs()


@pytest.mark.parametrize(
    "names",
    [
        np.array(["ant", "bee", "cicada"]),
        np.array(["ant", "bee", "cicada"], dtype=object),
        np.array([-5, 0, 7]),
        np.array([10, 20, 30], dtype=np.uint8),
        np.array([0.0, 1.0, 2.0]),
    ],
    ids=["str", "object", "int", "uint8", "float"],
)
def test_labels_of_any_kind_come_back(names):
    clf = BEPMLPClassifier(**SMALL).fit(X, names[y])
    assert clf.classes_.dtype == clf.predict(X).dtype == names.dtype
    assert clf.classes_.tolist() == names.tolist()
    numbered = BEPMLPClassifier(**SMALL).fit(X, y)
    np.testing.assert_array_equal(clf.predict(X), names[numbered.predict(X)])


@pytest.mark.parametrize("names", [[False, True], ["no", "yes"]])
def test_two_classes_have_one_score(names):
    labels = np.array(names)[(y > 0).astype(int)]
    clf = BEPMLPClassifier(**SMALL).fit(X, labels)
    scores = clf.decision_function(X)
    assert scores.shape == (len(X),)
    np.testing.assert_array_equal(clf.predict(X) == names[1], scores > 0)
    assert clf.classes_.dtype == labels.dtype


def test_labels_may_be_a_series():
    labels = pd.Series(np.array(["a", "b", "c"])[y], index=np.arange(len(y))[::-1])
    clf = BEPMLPClassifier(**SMALL).fit(X, labels)
    assert clf.score(X, labels) > 0.9


def test_thirty_classes_are_learned():
    X, y = blobs(900, 8, 30)
    clf = BEPMLPClassifier((64,), max_iter=20, random_state=0).fit(X, y)
    assert clf.decision_function(X).shape == (900, 30)
    assert clf.score(X, y) > 0.8


def test_one_class_alone_is_a_clear_error():
    with pytest.raises(ValueError, match="class"):
        BEPMLPClassifier(**SMALL).fit(X, np.zeros(len(X)))
    with pytest.raises(ValueError, match="class"):
        BEPMLPClassifier(**SMALL).partial_fit(X, np.zeros(len(X)), classes=[0])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (y + 0.5, "Unknown label type"),
        (np.where(y == 1, np.nan, y), "NaN"),
        (np.stack([y, y], axis=1), "1d"),
        (y[:-1], "inconsistent numbers of samples"),
    ],
)
def test_labels_that_do_not_fit_are_clear_errors(labels, message):
    with pytest.raises(ValueError, match=message):
        BEPMLPClassifier(**SMALL).fit(X, labels)


def test_scores_are_the_logits_over_the_width():
    clf = BEPMLPClassifier(**SMALL).fit(X, y)
    scores = clf.decision_function(X)
    assert scores.shape == (len(X), 3)
    assert abs(scores).max() <= 1
    assert (scores * 16 == np.rint(scores * 16)).all()
    np.testing.assert_array_equal(clf.predict(X), scores.argmax(axis=1))


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("width", [1, 16, 512])
def test_probabilities_sum_to_one_and_rank_like_the_scores(n_classes, width):
    X, y = blobs(n_classes=n_classes)
    clf = BEPMLPClassifier(width, max_iter=20, random_state=0).fit(X, y)
    X = np.concatenate([X, 10 * X])
    proba, scores = clf.predict_proba(X), clf.decision_function(X)
    assert proba.shape == (len(X), n_classes)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    np.testing.assert_allclose(np.log(proba), clf.predict_log_proba(X))
    if n_classes == 2:
        np.testing.assert_array_equal(ranks(proba[:, 1]), ranks(scores))
    for p, s in zip(proba, scores, strict=True):
        if n_classes > 2:
            np.testing.assert_array_equal(ranks(p), ranks(s))


def ranks(values):
    return np.unique(values, return_inverse=True)[1]


def test_labels_of_another_kind_are_a_clear_error():
    clf = BEPMLPClassifier(**SMALL).fit(X, y)
    with pytest.raises(ValueError, match="y holds labels"):
        clf.partial_fit(X[:2], np.array(["a", "b"], dtype=object))
