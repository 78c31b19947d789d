import copy
import inspect

import numpy as np
import pytest
from common import BAD_TRAINING, RULES, SMALL_RNN, all_threads, same, unequal_waves, waves
from sklearn.base import clone, is_classifier

from bepsk import BEPRNNClassifier
from bepsk.network.sequences import place_patterns

X, y = waves()

BAD = [
    ("hidden_size", [0, -1, 2.5, "wide", None, (5,)]),
    ("output_size", [0, -1, 2.5, "wide"]),
    ("n_steps", [0, -1, 2.5, "many", None]),
    ("overlap", [-1, 0.5, "some", None]),
    ("encoder", ["magic", None, 3, BEPRNNClassifier]),
    ("rule", ["papers", None, 1, True, "auto"]),
    ("margin", [0, 2, -1, "wide", None]),
    ("gate", [0, 2, "open"]),
    ("group_size", [0, -1, 2.5, "some", None, (4, 4), 33]),
    ("reinforcement", [-1, "much"]),
    ("inertia", [-0.1, 1, 1.5, "heavy", None]),
    ("place_code", ["no", None]),
    ("clip_updates", ["no", None]),
    ("ties", ["break", None, 1]),
    ("horizon", [0, -1, 1.5, "far"]),
    ("centering", ["no", None, 2, 0.5]),
    ("noise", [-0.1, 0.5, 1, "loud", None]),
    *BAD_TRAINING,
]


def test_every_parameter_is_tried():
    assert [name for name, _ in BAD] == list(inspect.signature(BEPRNNClassifier).parameters)


@RULES
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD for value in values]
)
def test_an_error_names_the_bad_parameter_and_changes_nothing(name, value, method, rule):
    clf = BEPRNNClassifier(**SMALL_RNN | {"rule": rule} | {name: value})
    classes = {"classes": [0, 1, 2]} if method == "partial_fit" else {}
    before = copy.deepcopy(vars(clf))
    with pytest.raises((ValueError, TypeError), match=name):
        getattr(clf, method)(X, y, **classes)
    assert same(vars(clf), before)


@pytest.mark.parametrize(("output_size", "group_size"), [(8, 9), (None, 33), (64, 33)])
def test_groups_wider_than_a_layer_are_an_error(output_size, group_size):
    parameters = {"rule": "paper", "output_size": output_size, "group_size": group_size}
    clf = BEPRNNClassifier(**SMALL_RNN, **parameters)
    before = copy.deepcopy(vars(clf))
    with pytest.raises(ValueError, match=f"group_size={group_size}"):
        clf.fit(X, y)
    assert same(vars(clf), before)


@pytest.mark.parametrize("encoder", ["magic", None, 3, BEPRNNClassifier])
def test_scikit_learn_can_ask_what_an_estimator_with_a_bad_encoder_is(encoder):
    clf = BEPRNNClassifier(encoder=encoder)
    assert is_classifier(clf)
    assert clf.__sklearn_tags__().input_tags.allow_nan


def test_the_signature_is_what_get_params_says():
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(BEPRNNClassifier).parameters.items()
    }
    assert BEPRNNClassifier().get_params() == defaults


@pytest.mark.parametrize("make", [BEPRNNClassifier, BEPRNNClassifier.strict])
def test_cloning_keeps_parameters_and_drops_the_fit(make):
    clf = make(16, rule="paper", gate=0.3, max_iter=2, horizon=3).fit(X, y)
    twin = clone(clf)
    assert str(twin.get_params()) == str(clf.get_params())
    assert not hasattr(twin, "encoder_")
    assert not hasattr(twin, "n_features_in_")


def test_fitting_changes_no_parameter():
    clf = BEPRNNClassifier.strict(16, max_iter=2)
    before = str(clf.get_params())
    encoder = clf.encoder
    clf.fit(X, y)
    assert clf.encoder is encoder
    assert str(clf.get_params()) == before
    assert not hasattr(encoder[0], "n_features_in_")


@RULES
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("n_steps", ["auto", "raw"])
def test_fitted_state_is_arrays_and_builtins(early_stopping, n_steps, rule):
    parameters = {"rule": rule, "early_stopping": early_stopping, "n_steps": n_steps}
    clf = BEPRNNClassifier(**SMALL_RNN, **parameters).fit(X, y)
    for name in vars(clf).keys() - clf.get_params().keys() - {"encoder_"}:
        value = getattr(clf, name)
        items = value if isinstance(value, list) else [value]
        for item in items:
            assert type(item) in (np.ndarray, bool, int, float, type(None)), name


@pytest.mark.parametrize(("first", "second", "equal"), [(0, 0, True), (0, 1, False)])
@pytest.mark.parametrize("n_steps", ["auto", "raw"])
def test_an_integer_seed_decides_everything(first, second, equal, n_steps):
    one, two = (
        BEPRNNClassifier(**SMALL_RNN | {"random_state": seed}, n_steps=n_steps).fit(X, y)
        for seed in (first, second)
    )
    assert same(one.hidden_weights_, two.hidden_weights_) is equal
    assert np.array_equal(one.encoder_.components_, two.encoder_.components_) is equal
    patterns = [place_patterns(clf.place_seed_, 32, range(9)) for clf in (one, two)]
    assert np.array_equal(*patterns) is equal


def test_a_random_state_goes_on_from_fit_to_fit():
    weights = []
    for _ in range(2):
        clf = BEPRNNClassifier(**SMALL_RNN | {"random_state": np.random.RandomState(3)})
        weights += [clf.fit(X, y).hidden_weights_, clf.fit(X, y).hidden_weights_]
    assert same(weights[:2], weights[2:])
    assert not same(weights[0], weights[1])


@RULES
@pytest.mark.parametrize("n_jobs", [2, 3])
@pytest.mark.parametrize("n_steps", ["auto", "raw"])
def test_the_number_of_threads_changes_nothing(n_jobs, n_steps, rule):
    series, _ = unequal_waves()
    options = {"hidden_size": 130, "output_size": 65, "n_steps": n_steps, "max_iter": 2}
    options["rule"] = rule
    with all_threads():
        one, many = (
            BEPRNNClassifier(**SMALL_RNN | options, n_jobs=n).fit(series, y) for n in (1, n_jobs)
        )
        assert same(vars(one) | {"n_jobs": None}, vars(many) | {"n_jobs": None})
        np.testing.assert_array_equal(one.predict_proba(series), many.predict_proba(series))


@pytest.mark.parametrize("dtype", [np.float32, np.int8, np.int64])
def test_the_dtype_of_whole_numbers_does_not_matter(dtype):
    whole = np.rint(20 * X)
    clf = BEPRNNClassifier(**SMALL_RNN).fit(whole, y)
    other = BEPRNNClassifier(**SMALL_RNN).fit(whole.astype(dtype), y)
    assert same(clf.hidden_weights_, other.hidden_weights_)
    np.testing.assert_array_equal(clf.predict_proba(whole), other.predict_proba(whole))


@pytest.mark.parametrize("encoder", ["projection", "thermometer"])
def test_large_numbers_of_single_precision_are_taken(encoder):
    large = (2.0**120 * (X + 5)).astype(np.float32)
    clf = BEPRNNClassifier(**SMALL_RNN, encoder=encoder).fit(large, y)
    plain = BEPRNNClassifier(**SMALL_RNN, encoder=encoder).fit(X + 5, y)
    assert same(clf.hidden_weights_, plain.hidden_weights_)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("output_size", [1, 33])
def test_probabilities_sum_to_one_and_scores_are_logits_over_the_width(n_classes, output_size):
    X, y = waves(n_classes=n_classes)
    clf = BEPRNNClassifier(**SMALL_RNN, output_size=output_size).fit(X, y)
    proba, scores = clf.predict_proba(X), clf.decision_function(X)
    assert proba.shape == (60, n_classes)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    np.testing.assert_allclose(np.log(proba), clf.predict_log_proba(X))
    logits = clf._logits(X)
    if n_classes == 2:
        logits = logits[:, 1] - logits[:, 0]
    np.testing.assert_array_equal(scores, logits / output_size)


def test_labels_of_any_kind_come_back():
    names = np.array(["ant", "bee", "cicada"])
    clf = BEPRNNClassifier(**SMALL_RNN).fit(X, names[y])
    assert clf.classes_.tolist() == names.tolist()
    numbered = BEPRNNClassifier(**SMALL_RNN).fit(X, y)
    np.testing.assert_array_equal(clf.predict(X), names[numbered.predict(X)])


@pytest.mark.parametrize("early_stopping", [False, True])
def test_verbose_prints_a_line_for_each_epoch(capsys, early_stopping):
    clf = BEPRNNClassifier(**SMALL_RNN, verbose=True, early_stopping=early_stopping).fit(X, y)
    assert len(capsys.readouterr().out.splitlines()) == clf.n_iter_


def test_widths_of_few_bits_are_as_good_as_any():
    rng = np.random.default_rng(0)
    bits = rng.integers(2, size=(12, 200, 10), dtype=np.uint8)  # 33 x 1000 exceeds int16
    sizes = {"encoder": "binary", "n_steps": 2, "overlap": 0, "max_iter": 1}
    small, plain = (
        BEPRNNClassifier(size, random_state=0, **sizes).fit(bits, np.arange(12) % 2)
        for size in (np.int16(33), 33)
    )
    assert same(small.hidden_weights_, plain.hidden_weights_)
