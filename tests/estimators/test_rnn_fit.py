"""Fitting series again, in chunks, with weights, and what a failure leaves."""

import copy

import numpy as np
import pandas as pd
import pytest
from common import RULES, SMALL_RNN, same, unequal_waves, waves
from sklearn.base import clone

from bepsk import BEPRNNClassifier

MATRIX, y = waves()
ARRAY = np.stack([MATRIX, MATRIX[:, ::-1]], axis=2)
FRAME = pd.DataFrame(MATRIX).add_prefix("t")
SERIES, _ = unequal_waves()
LONGER = [np.concatenate([x, x, x]) for x in SERIES]
NAN = np.nan
FORMS = pytest.mark.parametrize("X", [MATRIX, ARRAY, SERIES], ids=["matrix", "array", "list"])


def fresh(**parameters):
    return BEPRNNClassifier(**SMALL_RNN | parameters)


@FORMS
@pytest.mark.parametrize("early_stopping", [False, True])
def test_the_history_has_one_entry_an_epoch(X, early_stopping):
    clf = fresh(n_iter_no_change=None, early_stopping=early_stopping, margin=1.0).fit(X, y)
    assert clf.n_iter_ == len(clf.loss_curve_) == len(clf.train_scores_) == 5
    assert len(clf.validation_scores_) == (5 if early_stopping else 0)
    assert clf.t_ == 5 * (54 if early_stopping else 60)


@RULES
@pytest.mark.parametrize("n_steps", ["auto", "raw"])
def test_early_stopping_keeps_the_best_weights(n_steps, rule):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((200, 24)), rng.integers(0, 3, size=200)
    validation = {"X_val": rng.standard_normal((70, 24)), "y_val": rng.integers(0, 3, size=70)}
    clf = fresh(n_steps=n_steps, early_stopping=True, max_iter=20, n_iter_no_change=5)
    clf.set_params(rule=rule, annealing=0, average=1, scoring="accuracy").fit(X, y, **validation)
    assert clf.best_validation_score_ == max(clf.validation_scores_)
    assert clf.score(*validation.values()) == clf.best_validation_score_
    last_of_the_best = np.flatnonzero(clf.validation_scores_ == np.max(clf.validation_scores_))[-1]
    clf.set_params(max_iter=1 + int(last_of_the_best))
    assert same(clone(clf).fit(X, y, **validation).hidden_weights_, clf.hidden_weights_)


@pytest.mark.parametrize("X_val", [SERIES, LONGER, [x[:3] for x in SERIES], ARRAY[:, :10]])
def test_validation_series_may_have_other_lengths(X_val):
    clf = fresh(scoring="accuracy").fit(SERIES, y, X_val=X_val, y_val=y)
    assert clf.validation_scores_[-1] == clf.score(X_val, y)
    assert same(clf.hidden_weights_, fresh().fit(SERIES, y).hidden_weights_)


@RULES
@FORMS
def test_warm_start_continues_where_fit_ended(X, rule):
    unending = {"rule": rule, "margin": 1.0, "n_iter_no_change": None, "annealing": 0, "average": 1}
    whole = fresh(max_iter=6, **unending).fit(X, y)
    halves = fresh(max_iter=3, warm_start=True, **unending).fit(X, y)
    encoder = halves.encoder_
    halves.set_params(n_steps=1, overlap=0, inertia=0.5, place_code=True)
    halves.set_params(group_size=1 if rule == "paper" else "auto")
    halves.set_params(encoder="thermometer", random_state=7).fit(X, y)
    assert halves.encoder_ is encoder
    assert halves.n_iter_ == len(halves.loss_curve_) == 6
    assert same(halves.hidden_weights_, whole.hidden_weights_)
    assert (halves.patch_length_, halves.overlap_, halves.inertia_) == (3, 1, 0)


def test_warm_start_takes_series_of_other_lengths():
    clf = fresh(warm_start=True).fit(SERIES, y)
    weights = clf.hidden_weights_
    assert clf.fit(LONGER, y).patch_length_ == 3
    assert not same(clf.hidden_weights_, weights)


@pytest.mark.parametrize(
    ("parameters", "X", "y", "message"),
    [
        ({}, SERIES, y + 1, "warm_start"),
        ({"hidden_size": 16}, SERIES, y, "warm_start.*hidden_size"),
        ({"output_size": 16}, SERIES, y, "warm_start.*output_size"),
        ({}, MATRIX[:, :, np.newaxis], y, "features"),
        ({}, MATRIX, y, "features"),
    ],
)
def test_warm_start_refuses_what_does_not_go_on(parameters, X, y, message):
    clf = fresh(warm_start=True).fit(SERIES, np.arange(60) % 3).set_params(**parameters)
    before = copy.deepcopy(vars(clf))
    with pytest.raises(ValueError, match=message):
        clf.fit(X, y)
    assert same(vars(clf), before)


@pytest.mark.parametrize("first", [MATRIX[:, :7], ARRAY, SERIES, FRAME])
@FORMS
def test_a_second_fit_forgets_the_first(X, first):
    clf = fresh().fit(first, y > 0)
    assert same(vars(clf.fit(X, y)), vars(fresh().fit(X, y)))


@FORMS
def test_series_of_weight_zero_are_dropped(X):
    kept = np.arange(60) % 4 > 0
    some = [x for x, keep in zip(X, kept, strict=True) if keep]
    some = some if isinstance(X, list) else np.array(some)
    assert same(vars(fresh().fit(X, y, kept.astype(float))), vars(fresh().fit(some, y[kept])))


def test_a_longer_series_of_weight_zero_does_not_count():
    X, weights = [*SERIES, np.ones((99, 2))], np.append(np.ones(60), 0.0)
    assert same(vars(fresh().fit(X, np.append(y, 0), weights)), vars(fresh().fit(SERIES, y)))


@pytest.mark.parametrize("class_weight", [{0: 3, 2: 0.5}, "balanced"])
def test_class_weight_multiplies_sample_weight(class_weight):
    X, y_few = MATRIX[:50], y[:50]
    factors = 50 / (3 * np.bincount(y_few)) if class_weight == "balanced" else [3, 1, 0.5]
    weights = 1.0 + np.arange(50) % 3
    by_class = fresh(class_weight=class_weight).fit(X, y_few, weights)
    by_sample = fresh().fit(X, y_few, weights * np.take(factors, y_few))
    assert same(by_class.hidden_weights_, by_sample.hidden_weights_)


@RULES
@FORMS
def test_the_first_partial_fit_equals_a_fit_of_one_epoch(X, rule):
    chunk = fresh(rule=rule).partial_fit(X, y, classes=[2, 1, 0])
    whole = fresh(rule=rule, max_iter=1, annealing=0, average=1, noise=0).fit(X, y)
    assert same(chunk.hidden_weights_, whole.hidden_weights_)
    assert same(chunk.encoder_, whole.encoder_)


@RULES
@pytest.mark.parametrize("later", [LONGER, [x[-2:] for x in SERIES], SERIES[:1], ARRAY[:7, :9]])
def test_later_chunks_may_have_series_of_other_lengths(later, rule):
    clf = fresh(rule=rule, margin=1.0).partial_fit(SERIES, y, classes=[0, 1, 2])
    first = copy.deepcopy(clf)
    labels = (y[: len(later)] + 1) % 3  # so that there is something to learn
    clf.partial_fit(later, labels)
    assert (clf.patch_length_, clf.n_steps_) == (first.patch_length_, first.n_steps_) == (3, 8)
    assert clf.t_ == 60 + len(later)
    assert not same(clf.hidden_weights_, first.hidden_weights_)
    assert same(vars(first.partial_fit(later, labels)), vars(clf))


def test_a_stream_of_series_is_learned():
    X, y = waves(600)
    clf = fresh().partial_fit(X[:60], y[:60], classes=[0, 1, 2])
    for _ in range(3):
        for start in range(0, 300, 60):
            clf.partial_fit(X[start : start + 60], y[start : start + 60])
    assert clf.score(X[300:], y[300:]) > 0.9


def broken(value):
    return [np.where(np.arange(len(x))[:, np.newaxis] > 5, value, x) for x in SERIES]


BAD_INPUT = {
    "infinity": ({"X": broken(np.inf)}, "infinity"),
    "all NaN": ({"X": [*SERIES[:-1], np.full((4, 2), NAN)]}, "without any value"),
    "empty series": ({"X": [*SERIES[:-1], np.ones((0, 2))]}, "0 sample"),
    "1-D": ({"X": MATRIX[:, 0]}, "1D|2D"),
    "4-D": ({"X": ARRAY[..., np.newaxis]}, "4 dim"),
    "other features": ({"X": [*SERIES[:-1], np.ones((9, 3))]}, "features"),
    "0 rows": ({"X": ARRAY[:0], "y": y[:0]}, "0 sample"),
    "text": ({"X": np.full(ARRAY.shape, "a")}, "convert"),
    "complex": ({"X": ARRAY * 1j}, "[Cc]omplex"),
    "X and y differ": ({"X": SERIES[:-1]}, "inconsistent"),
    "no y": ({"y": None}, "requires y"),
    "negative weight": ({"sample_weight": y - 1.0}, "sample_weight|[Nn]egative"),
    "huge weight": ({"sample_weight": np.full(60, 1e9)}, "sample_weight"),
    "no weight": ({"sample_weight": np.zeros(60)}, "[Ss]ample.weight"),
}
BAD_FIT = {
    "X_val alone": ({"X_val": SERIES}, "y_val"),
    "X_val with other features": ({"X_val": ARRAY[:, :, :1], "y_val": y}, "features"),
    "X_val all NaN": ({"X_val": np.full((60, 5, 2), NAN), "y_val": y}, "without any value"),
    "unknown label in y_val": ({"X_val": SERIES, "y_val": y + 1}, "labels"),
}


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize(
    ("arguments", "message"), (BAD_INPUT | BAD_FIT).values(), ids=BAD_INPUT | BAD_FIT
)
def test_a_failed_fit_is_clear_and_changes_nothing(arguments, message, fitted):
    clf = fresh()
    if fitted:
        clf.fit(MATRIX, y > 1)
    before = copy.deepcopy(vars(clf))
    with pytest.raises(ValueError, match=message):
        clf.fit(**{"X": SERIES, "y": y} | arguments)
    assert same(vars(clf), before)


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize(("arguments", "message"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_a_failed_partial_fit_is_clear_and_changes_nothing(arguments, message, first):
    clf = fresh()
    if not first:
        clf.partial_fit(SERIES, y, classes=[0, 1, 2])
    before = copy.deepcopy(vars(clf))
    with pytest.raises(ValueError, match=message):
        clf.partial_fit(**{"X": SERIES, "y": y, "classes": [0, 1, 2]} | arguments)
    assert same(vars(clf), before)


def test_updates_that_could_overflow_are_an_error():
    """All inputs are +1, and without clipping their sums over time want the same weights."""
    clf = BEPRNNClassifier(
        3,
        n_steps="raw",
        encoder="binary",
        rule="paper",
        ties="positive",
        clip_updates=False,
        inertia=0,
        place_code=False,
        gate=0.01,
        group_size=1,
        batch_size=4,
        random_state=0,
    )
    X, y = np.ones((4, 30_000, 1)), np.arange(4) % 2
    clf.partial_fit(X, y, classes=[0, 1], sample_weight=np.full(4, 1000))
    assert (clf.hidden_weights_[0] >= -1).all()
    with pytest.raises(ValueError, match=r"sample_weight|batch_size"):
        clf.partial_fit(X, y, sample_weight=np.full(4, 10_000))


@pytest.mark.filterwarnings("ignore:X has series of at most 2 time steps")
def test_sums_over_time_that_could_overflow_are_an_error():
    network = fresh(hidden_size=64, inertia=0).fit(ARRAY, y).network_
    assert network.fan_in == 128
    network.check_range(2**24 - 1)
    with pytest.raises(ValueError, match=r"32 bits.*horizon"):
        network.check_range(2**24)
    bits = np.ones((4, 2, 33_000), dtype=np.uint8)
    clf = fresh(hidden_size=1, n_steps="raw", encoder="binary", inertia=255 / 256)
    with pytest.raises(ValueError, match=r"32 bits.*inertia"):
        clf.fit(bits, [0, 1, 0, 1])


@RULES
@pytest.mark.parametrize("epoch", [1, 3])
def test_an_interrupted_fit_can_be_used(epoch, rule):
    def interrupt(clf):
        if clf.n_iter_ == epoch:
            raise KeyboardInterrupt

    unannealed = {"rule": rule, "margin": 1.0, "annealing": 0, "average": 1}
    clf = fresh(max_iter=10, **unannealed)
    with pytest.raises(KeyboardInterrupt):
        clf.fit(SERIES, y, callback=interrupt)
    assert clf.n_iter_ == len(clf.loss_curve_) == epoch
    whole = fresh(max_iter=epoch, **unannealed).fit(SERIES, y)
    assert same(whole.hidden_weights_, clf.hidden_weights_)
    np.testing.assert_array_equal(clf.predict_proba(LONGER), whole.predict_proba(LONGER))
    assert clf.partial_fit(LONGER, y).n_iter_ == epoch + 1


def test_a_warm_start_keeps_its_seed_and_its_split():
    state = np.random.RandomState(0)
    clf = fresh(warm_start=True, early_stopping=True, random_state=state).fit(MATRIX, y)
    seed, position = clf._seed, state.get_state()[2]
    clf.fit(MATRIX, y)
    assert (clf._seed, state.get_state()[2]) == (seed, position)


def test_a_horizon_beyond_all_series_is_no_horizon():
    far, none = fresh(horizon=10**12).fit(MATRIX, y), fresh().fit(MATRIX, y)
    assert same(far.hidden_weights_, none.hidden_weights_)


@pytest.mark.parametrize(
    "parameters", [{"centering": False}, {"rule": "paper", "reinforcement": 0}]
)
def test_after_a_fit_on_single_steps_only_last_steps_count_and_learn(parameters):
    clf = fresh(n_steps=1, overlap=0, **parameters).fit(MATRIX, y)
    longer = np.concatenate([-MATRIX, MATRIX], axis=1)[:, :, np.newaxis]
    np.testing.assert_array_equal(clf.predict_proba(longer), clf.predict_proba(MATRIX))
    short, long = copy.deepcopy(clf), copy.deepcopy(clf)
    short.partial_fit(MATRIX, y)
    long.partial_fit(longer, y)
    assert same(short.hidden_weights_[0], long.hidden_weights_[0])
    assert same(short.hidden_weights_[2], long.hidden_weights_[2])
