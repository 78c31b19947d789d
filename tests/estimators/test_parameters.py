import copy
import inspect

import numpy as np
import pytest
from common import BAD_TRAINING, RULES, SMALL, all_threads, blobs, same
from sklearn.base import is_classifier

from bepsk import BEPMLPClassifier

X, y = blobs()

BAD = [
    ("hidden_layer_sizes", [0, -1, (), (5, 0), (2.5,), 2.5, "wide", ((3, 4),), None]),
    ("encoder", ["magic", None, 3, BEPMLPClassifier]),
    ("categorical_features", ["colour", 3, (7,), [0.5]]),
    ("rule", ["papers", None, 1, True, "auto"]),
    ("margin", [0, 2, -1, "wide", None]),
    ("gate", [0, 2, "open"]),
    ("group_size", [0, -1, 2.5, "some", (4,) * 3, (4, 0), (), 33, (4, 17)]),
    ("group_patience", [0, 1.5]),
    ("reinforcement", [-1, "much"]),
    ("centering", ["no", None, 2, 0.5]),
    ("noise", [-0.1, 0.5, 1, "loud", None]),
    ("weight_bits", [7, 17, 8.0, "many", None]),
    ("online", ["yes", None, 2]),
    *BAD_TRAINING,
]


def test_every_parameter_is_tried():
    assert [name for name, _ in BAD] == list(inspect.signature(BEPMLPClassifier).parameters)


@RULES
@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD for value in values]
)
def test_an_error_names_the_bad_parameter_and_changes_nothing(name, value, rule):
    clf = BEPMLPClassifier(**SMALL | {"rule": rule} | {name: value})
    before = copy.deepcopy(vars(clf))
    with pytest.raises((ValueError, TypeError), match=name):
        clf.fit(X, y)
    assert same(vars(clf), before)


@pytest.mark.parametrize("encoder", ["magic", None, 3, BEPMLPClassifier])
def test_scikit_learn_can_ask_what_an_estimator_with_a_bad_encoder_is(encoder):
    assert is_classifier(BEPMLPClassifier(encoder=encoder))


@pytest.mark.parametrize(
    ("hidden_layer_sizes", "shapes"),
    [(8, [(8, 64)]), ([8], [(8, 64)]), (np.array([8, 9, 1]), [(8, 64), (9, 8), (1, 9)])],
)
@pytest.mark.parametrize(("centering", "n_bias"), [(False, 0), (True, 16)])
@RULES
def test_layers_have_the_sizes_asked_for(hidden_layer_sizes, shapes, centering, n_bias, rule):
    bits = np.random.default_rng(0).integers(0, 2, size=(90, 64))
    clf = BEPMLPClassifier(
        hidden_layer_sizes, encoder="binary", rule=rule, centering=centering, max_iter=2
    ).fit(bits, y)
    assert clf.n_bias_ == n_bias
    assert [H.shape for H in clf.hidden_weights_] == [(8, 64 + n_bias), *shapes[1:]]
    assert {H.dtype for H in clf.hidden_weights_} == {np.dtype(np.int16)}
    assert all((H % 2 == 1).all() for H in clf.hidden_weights_)
    assert clf.prototypes_.shape == (3, shapes[-1][0])
    assert set(np.unique(clf.prototypes_)) == {-1, 1}


@pytest.mark.parametrize(
    ("group_size", "sizes"),
    [(4, [4, 4]), ((5, 3), [5, 3]), (16, [16, 16]), ("auto", [8, 4]), (np.int64(2), [2, 2])],
)
def test_group_sizes_start_as_asked_for(group_size, sizes):
    parameters = SMALL | {"max_iter": 1, "rule": "paper"}
    clf = BEPMLPClassifier(**parameters, group_size=group_size).fit(X, y)
    assert clf.group_sizes_ == sizes


@pytest.mark.parametrize(("first", "second", "equal"), [(0, 0, True), (0, 1, False)])
def test_an_integer_seed_decides_everything(first, second, equal):
    one, two = (
        BEPMLPClassifier(**SMALL | {"random_state": seed}).fit(X, y) for seed in (first, second)
    )
    assert same(one.hidden_weights_, two.hidden_weights_) is equal
    assert np.array_equal(one.encoder_.components_, two.encoder_.components_) is equal


def test_a_random_state_goes_on_from_fit_to_fit():
    weights = []
    for _ in range(2):
        clf = BEPMLPClassifier(**SMALL | {"random_state": np.random.RandomState(3)})
        weights += [clf.fit(X, y).hidden_weights_, clf.fit(X, y).hidden_weights_]
    assert same(weights[0], weights[2])
    assert same(weights[1], weights[3])
    assert not same(weights[0], weights[1])


def test_without_a_random_state_fits_differ():
    clf = BEPMLPClassifier(**SMALL | {"random_state": None})
    assert not same(clf.fit(X, y).hidden_weights_, clf.fit(X, y).hidden_weights_)


@RULES
@pytest.mark.parametrize("n_jobs", [2, 3, -1])
def test_the_number_of_threads_changes_nothing(n_jobs, rule):
    parameters = SMALL | {"hidden_layer_sizes": (130, 65), "rule": rule}
    with all_threads():
        one, many = (BEPMLPClassifier(**parameters, n_jobs=n).fit(X, y) for n in (1, n_jobs))
        assert same(one.hidden_weights_, many.hidden_weights_)
        assert same(one.loss_curve_, many.loss_curve_)
        assert same(one._windows, many._windows)
        np.testing.assert_array_equal(one.predict_proba(X), many.predict_proba(X))


def test_without_shuffling_the_order_of_rows_is_the_order_of_training():
    fixed, shuffled = (
        BEPMLPClassifier(**SMALL, shuffle=shuffle).fit(X, y) for shuffle in (False, True)
    )
    assert not same(fixed.hidden_weights_, shuffled.hidden_weights_)


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("verbose", [True, 2])
def test_verbose_prints_a_line_for_each_epoch(capsys, early_stopping, verbose):
    clf = BEPMLPClassifier(**SMALL, verbose=verbose, early_stopping=early_stopping).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == clf.n_iter_
    for epoch, line in enumerate(lines, start=1):
        assert line.startswith(f"epoch {epoch:3d} of 5")
        assert line.endswith("left")
        assert ("validation" in line) is early_stopping
        assert ("weights" in line) is (verbose == 2)
    assert f"{clf.train_scores_[-1]:.4f}" in lines[-1]
    clf.set_params(warm_start=True, max_iter=2).fit(X, y)
    assert "epoch   1 of 2" in capsys.readouterr().out


@pytest.mark.parametrize("verbose", [True, 2])
@pytest.mark.parametrize("online", [False, True])
def test_verbose_prints_a_line_for_each_chunk(capsys, online, verbose):
    clf = BEPMLPClassifier(**SMALL, verbose=verbose, online=online)
    for rows in (slice(0, 30), slice(30, 31), slice(31, 32)):
        clf.partial_fit(X[rows], y[rows], classes=[0, 1, 2])
    lines = capsys.readouterr().out.splitlines()
    for chunk, (line, n_rows) in enumerate(zip(lines, [30, 1, 1], strict=True), start=1):
        assert line.startswith(f"chunk {chunk:3d}  rows {n_rows}  ")
        assert ("triggered" in line) is (not online or chunk == 1)
        assert ("weights" in line) is (verbose == 2)


def test_nothing_is_printed_by_default(capsys):
    BEPMLPClassifier(**SMALL).fit(X, y)
    assert capsys.readouterr().out == ""
