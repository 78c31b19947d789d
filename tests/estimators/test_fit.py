import copy

import numpy as np
import pytest
from common import RULES, SMALL, blobs, same
from sklearn.datasets import load_digits

from bepsk import BEPMLPClassifier
from bepsk.encoders import ThermometerEncoder
from bepsk.estimators._validation import check_sums

X, y = blobs()


def fresh(**parameters):
    return BEPMLPClassifier(**SMALL | parameters)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_the_history_has_one_entry_an_epoch(early_stopping):
    clf = fresh(max_iter=4, n_iter_no_change=None, early_stopping=early_stopping, margin=1.0)
    clf.fit(X, y)
    assert clf.n_iter_ == len(clf.loss_curve_) == len(clf.train_scores_) <= 4
    assert len(clf.validation_scores_) == (clf.n_iter_ if early_stopping else 0)
    assert clf.t_ == clf.n_iter_ * (81 if early_stopping else 90)
    assert all(0 <= score <= 1 for score in clf.loss_curve_ + clf.train_scores_)


def test_without_validation_there_is_no_best_score():
    assert fresh().fit(X, y).best_validation_score_ is None


@pytest.mark.parametrize("rule", [{"annealing": 0, "average": 1}, {"rule": "paper", "gate": 1.0}])
@pytest.mark.parametrize("tol", [1e-4, 0.5])
@pytest.mark.parametrize("given", [False, True])
def test_early_stopping_keeps_the_best_weights(given, tol, rule):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((200, 5)), rng.integers(0, 3, size=200)
    X_val, y_val = rng.standard_normal((70, 5)), rng.integers(0, 3, size=70)
    parameters = {"max_iter": 30, "n_iter_no_change": 5, "scoring": "accuracy"}
    clf = fresh(early_stopping=True, tol=tol, **parameters, **rule)
    validation = {"X_val": X_val, "y_val": y_val} if given else {}
    clf.fit(X, y, **validation)
    assert clf.t_ == (200 if given else 180) * clf.n_iter_
    assert clf.best_validation_score_ == max(clf.validation_scores_)
    best_epoch = clf.n_iter_ - int(np.argmax(clf.validation_scores_[::-1]))  # the last of equals
    clf.set_params(max_iter=best_epoch)
    if given:
        assert clf.score(X_val, y_val) == clf.best_validation_score_
    again = fresh(**clf.get_params()).fit(
        X, y, **({"X_val": X_val, "y_val": y_val} if given else {})
    )
    assert same(again.hidden_weights_, clf.hidden_weights_)


def test_validation_data_without_early_stopping_is_only_scored():
    clf = fresh().fit(X, y, X_val=X[:20], y_val=y[:20])
    assert len(clf.validation_scores_) == clf.n_iter_
    assert clf.validation_scores_[-1] == clf.score(X[:20], y[:20])


@pytest.mark.parametrize("n_classes", [2, 20])
def test_the_split_works_with_as_many_classes_as_there_are(n_classes):
    X, y = blobs(40, n_classes=n_classes)
    assert fresh(early_stopping=True).fit(X, y).validation_scores_


@pytest.mark.parametrize(
    "rule", [{"annealing": 0, "average": 1}, {"rule": "paper", "group_patience": None}]
)
def test_warm_start_continues_where_fit_ended(rule):
    unending = {"margin": 1.0, "n_iter_no_change": None, **rule}
    y = np.random.default_rng(0).permutation(90) % 3
    warm = fresh(warm_start=True, max_iter=3, **unending).fit(X, y)
    encoder = warm.encoder_
    first = copy.deepcopy(warm.hidden_weights_)
    warm.fit(X, y)
    assert warm.encoder_ is encoder
    assert warm.n_iter_ == len(warm.loss_curve_) == 6
    assert not same(first, warm.hidden_weights_)
    whole = fresh(max_iter=6, **unending).fit(X, y)
    halves = fresh(max_iter=3, warm_start=True, **unending)
    assert same(halves.fit(X, y).fit(X, y).hidden_weights_, whole.hidden_weights_)


@pytest.mark.parametrize("rule", [{}, {"rule": "paper", "group_patience": None}])
def test_annealing_triples_the_hidden_weights_between_epochs(rule):
    unannealed = {"margin": 1.0, "n_iter_no_change": None, "annealing": 0, "average": 1, **rule}
    annealed = fresh(max_iter=4, **unannealed | {"annealing": 0.5}).fit(X, y)
    by_hand = fresh(max_iter=2, warm_start=True, **unannealed).fit(X, y).set_params(max_iter=1)
    for factor in (9, 3):
        by_hand.hidden_weights_ = [factor * H for H in by_hand.hidden_weights_]
        by_hand.fit(X, y)
    assert same(by_hand.hidden_weights_, annealed.hidden_weights_)
    other = fresh(max_iter=4, **unannealed).fit(X, y)
    assert not same(by_hand.hidden_weights_, other.hidden_weights_)


def test_warm_start_needs_the_same_labels():
    warm = fresh(warm_start=True).fit(X, y)
    before = copy.deepcopy(vars(warm))
    with pytest.raises(ValueError, match="warm_start"):
        warm.fit(X, y + 1)
    assert same(vars(warm), before)


@RULES
@pytest.mark.parametrize("first", ["contrastive", "paper"])
def test_a_second_fit_forgets_the_first(rule, first):
    clf = fresh(rule=first).fit(*blobs(60, n_features=7, n_classes=5, seed=1))
    clf.set_params(rule=rule).fit(X, y)
    assert same(vars(clf), vars(fresh(rule=rule).fit(X, y)))


def test_a_batch_size_of_8_bits_is_as_good_as_any():
    X, y = blobs(300)
    short, long = (fresh(batch_size=size, n_jobs=2).fit(X, y) for size in (np.int8(100), 100))
    assert same(short.hidden_weights_, long.hidden_weights_)


@RULES
def test_samples_of_weight_zero_are_dropped(rule):
    weights = (np.arange(90) % 4 > 0).astype(float)
    kept = weights > 0
    dropped = fresh(rule=rule).fit(X, y, weights)
    assert same(vars(dropped), vars(fresh(rule=rule).fit(X[kept], y[kept])))


def test_a_class_of_weight_zero_stays_a_class():
    clf = fresh().fit(X, y, sample_weight=(y > 0).astype(float))
    assert clf.classes_.tolist() == [0, 1, 2]


def test_weights_of_one_change_nothing():
    assert same(vars(fresh().fit(X, y, np.ones(90))), vars(fresh().fit(X, y)))


@RULES
@pytest.mark.parametrize("class_weight", [{0: 3, 2: 0.5}, "balanced"])
def test_class_weight_multiplies_sample_weight(class_weight, rule):
    keep = (y > 0) | (np.arange(90) % 2 == 0)
    X_few, y_few = X[keep], y[keep]
    factors = len(y_few) / (3 * np.bincount(y_few)) if class_weight == "balanced" else [3, 1, 0.5]
    weights = 1.0 + np.arange(len(y_few)) % 3
    by_class = fresh(rule=rule, class_weight=class_weight).fit(X_few, y_few, weights)
    by_sample = fresh(rule=rule).fit(X_few, y_few, weights * np.take(factors, y_few))
    assert same(by_class.hidden_weights_, by_sample.hidden_weights_)


@RULES
def test_a_heavier_class_is_predicted_more_often(rule):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((300, 3)), rng.integers(0, 2, size=300)
    light, heavy = (
        fresh(rule=rule, class_weight={1: weight}, max_iter=20).fit(X, y) for weight in (1, 5)
    )
    assert heavy.predict(X).mean() > light.predict(X).mean() + 0.1


@RULES
@pytest.mark.parametrize("epoch", [1, 3])
def test_an_interrupted_fit_can_be_used(epoch, rule):
    def interrupt(clf):
        if clf.n_iter_ == epoch:
            raise KeyboardInterrupt

    unannealed = {"rule": rule, "margin": 1.0, "annealing": 0, "average": 1}
    clf = fresh(max_iter=10, **unannealed)
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, y, callback=interrupt)
    assert clf.n_iter_ == len(clf.loss_curve_) == epoch
    whole = fresh(max_iter=epoch, **unannealed).fit(X, y)
    assert same(whole.hidden_weights_, clf.hidden_weights_)
    assert clf.partial_fit(X, y).n_iter_ == epoch + 1
    assert clf.predict_proba(X).shape == (90, 3)


BAD_INPUT = {
    "infinity": ({"X": np.where(X > 5, np.inf, X)}, "infinity"),
    "3-D": ({"X": X[:, :, np.newaxis]}, "dim"),
    "1-D": ({"X": X[:, 0]}, "1D|2D"),
    "0 rows": ({"X": X[:0], "y": y[:0]}, "0 sample"),
    "0 columns": ({"X": X[:, :0]}, "feature"),
    "text": ({"X": np.full(X.shape, "a")}, "dtype|convert"),
    "complex": ({"X": X * 1j}, "[Cc]omplex"),
    "X and y differ": ({"X": X[:-1]}, "inconsistent"),
    "negative weight": ({"sample_weight": y - 1.0}, "sample_weight|[Nn]egative"),
    "NaN weight": ({"sample_weight": np.where(y, 1, np.nan)}, "sample_weight|NaN"),
    "huge weight": ({"sample_weight": np.full(90, 1e9)}, "sample_weight"),
    "no weight": ({"sample_weight": np.zeros(90)}, "[Ss]ample.weight"),
    "too few weights": ({"sample_weight": np.ones(3)}, "sample_weight"),
    "X_val alone": ({"X_val": X}, "y_val"),
    "y_val alone": ({"y_val": y}, "X_val"),
    "X_val of another width": ({"X_val": X[:, :2], "y_val": y}, "features"),
    "unknown label in y_val": ({"X_val": X, "y_val": y + 1}, "labels"),
}


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize(("arguments", "message"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_a_failed_fit_is_clear_and_changes_nothing(arguments, message, fitted):
    clf = fresh()
    if fitted:
        clf.fit(X[:, :3], y > 1)
    before = copy.deepcopy(vars(clf))
    with pytest.raises(ValueError, match=message):
        clf.fit(**{"X": X, "y": y} | arguments)
    assert same(vars(clf), before)


def test_missing_values_are_taken():
    missing = X.copy()
    missing[np.random.default_rng(0).random(X.shape) < 0.1] = np.nan
    for encoder in ("projection", "thermometer", ThermometerEncoder(20)):
        clf = fresh(encoder=encoder, max_iter=20).fit(missing, y)
        assert clf.score(missing, y) > 0.9
        assert clf.__sklearn_tags__().input_tags.allow_nan
    assert not fresh(encoder="binary").__sklearn_tags__().input_tags.allow_nan


def test_warm_start_refuses_other_layers():
    clf = fresh(warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="hidden_layer_sizes"):
        clf.set_params(hidden_layer_sizes=(8,)).fit(X, y)


@RULES
@pytest.mark.parametrize("weight", [1e-6, 0.01, 0.3])
def test_small_weights_are_scaled_to_the_mean_1(weight, rule):
    weighted = fresh(rule=rule).fit(X, y, np.full(len(y), weight))
    assert same(weighted.hidden_weights_, fresh(rule=rule).fit(X, y).hidden_weights_)


def test_sums_that_could_overflow_are_an_error():
    check_sums(100_000, np.full(200_000, 10_000.0))
    check_sums(200_000, np.full(1, 10_000.0))
    with pytest.raises(ValueError, match="batch_size times the largest sample_weight"):
        check_sums(200_000, np.full(200_000, 10_000.0))


def test_a_large_validation_fraction_is_taken():
    fresh(early_stopping=True, validation_fraction=0.9).fit(X[:12], y[:12])


def test_class_weight_may_name_labels_that_a_fold_lacks():
    fold = y < 2
    fresh(class_weight={0: 1, 1: 2, 2: 3}).fit(X[fold], y[fold])


@RULES
def test_the_defaults_learn_the_digits(rule):
    X, y = load_digits(return_X_y=True)
    clf = BEPMLPClassifier(rule=rule, random_state=0).fit(X[:1200], y[:1200])
    assert clf.score(X[1200:], y[1200:]) > 0.9
