"""What the fuzzer does: a case is an estimator and a few calls, all drawn from (seed, number)."""

from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np
from fuzz_data import LABELS, TEXT, WEIGHTS, distort, ordinary, pick
from sklearn.preprocessing import KBinsDiscretizer

from bepsk import (
    BEPMLPClassifier,
    BEPMLPRegressor,
    BEPRNNClassifier,
    TrajectoryEnsembleClassifier,
)
from bepsk import encoders as enc

NAN, INF = float("nan"), float("inf")
BIG = 10**400  # beyond the floats
SWITCH = ([True, False], [np.True_, 1, 0], ["no", None, 2])
TRANSFORMERS = [
    enc.ThermometerEncoder(3),
    enc.ThermometerEncoder(2, strategy="uniform"),
    enc.ThermometerEncoder(2, strategy="gaussian"),
    enc.RandomProjectionEncoder(65),
    enc.RandomProjectionEncoder(9, threshold="median", relevance=False),
    enc.RandomProjectionEncoder(33, max_features=3),
]
ENCODERS = (
    ["thermometer", *TRANSFORMERS, *TRANSFORMERS, "projection"],
    ["binary", enc.BinaryExpansionEncoder(30), enc.LocalPatchEncoder((2, 2)), KBinsDiscretizer(3)],
    ["one-hot", None, 3, enc.ThermometerEncoder],
)


def half(estimator, X, y):
    """Score every estimator alike, once it has predicted."""
    return 0.5 + 0.0 * len(estimator.predict(X))


# Each parameter has values that must work, values that may, and values that must be an error.
TRAINING = {
    "encoder": ENCODERS,
    "rule": (["contrastive", "paper"], [], ["papers", None, 1, True, ["paper"]]),
    "gate": (
        ["auto"],
        [0.05, 0.2, 1, 1e-300, np.float64(1)],
        [0, -0.1, 2, NAN, INF, "open", [0.1]],
    ),
    "reinforcement": (["auto"], [0.5, 0, 2, 1e9, 1e308, 5e-324], [-1, INF, BIG, NAN, "much", None]),
    "centering": (["auto", True, False], [np.True_, 1, 0], ["no", None, 2, 0.5, [True]]),
    "noise": (["auto", 0, 0.1, 0.49], [1e-300, 0.4999, False], [-0.1, 0.5, NAN, INF, "loud", None]),
    "average": (["auto", 1, 2, 10], [BIG, np.int8(3), True], [0, -1, 2.0, NAN, "all", None]),
    "batch_size": (["auto", 1, 7, 100], [BIG, np.int8(3), True], [0, -1, 2.0, NAN, "all", None]),
    "max_iter": ([1, 2, 5], [np.int64(2), True], [0, -3, 1.5, None, "many", INF, BIG]),
    "annealing": (["auto", 0, 0.4, 1], [1e-300, np.float32(0.5)], [-0.1, 1.1, NAN, "slow", None]),
    "shuffle": SWITCH,
    "early_stopping": SWITCH,
    "validation_fraction": ([0.1, 0.3], [1e-9, 0.999], [0, 1, -0.1, NAN, "half", None]),
    "n_iter_no_change": ([None, 1, 10], [BIG, True], [0, -1, 1.5, "few", NAN]),
    "tol": ([1e-4, 0], [1e308, 5e-324], [-1, INF, BIG, NAN, "low", None]),
    "warm_start": SWITCH,
    "n_jobs": ([None, 1, 2, 3], [-1, True, np.int32(2)], [0, 1.5, "two"]),
    "random_state": (
        [0, 1, 2**32 - 1],
        [None, np.random.RandomState(3), np.uint8(3)],
        [-1, "x", 1.5, 2**32, np.random.default_rng(0)],
    ),
    "verbose": ([False], [True, 3], ["loud", None, -1]),
}
CLASSES = {
    "margin": ([0.5, 0.1, 1], [1e-300, np.float32(0.3), True], [0, 1.1, -1, NAN, "wide", None]),
    "class_weight": (
        [None, "balanced", {0: 2.0}, {0: 0.5, 1: 1.5}],
        [{}, {9: 1.0}, {"ham": 2}, {0: 0, 1: 0}, {0: 10**6}, {0: 1e-300}, {0: None}, {0: "2"}],
        ["heavy", 2.0, [1, 2], {0: -1}, {0: NAN}, {0: INF}, {0: BIG}],
    ),
    "scoring": (
        ["auto", "accuracy"],
        ["balanced_accuracy", "log_loss", half],
        ["f1", None, 3, ["accuracy"]],
    ),
}
MLP = {
    "hidden_layer_sizes": (
        [(8, 4), (33,), 5, [6, 5, 4], (70, 65)],
        [1, (1, 1), np.array([4, 3]), (np.int8(5), 3), range(3, 6), True],
        [(), 0, (3, 0), -1, (2.5,), 2.0, "big", None, ((3, 2),), (3, "4"), (NAN,), {"a": 3}],
    ),
    "categorical_features": (
        ["from_dtype", None, []],
        [[0], (1, 0), np.array([-1]), [True, False, True], ["a"], [True]],
        ["colour", 3, {"a": 1}, [0.5], [[0]], [10**6]],
    ),
    "group_size": (
        ["auto"],
        [1, 2, 3, [2], (2, 2), 9, 10**12, np.array([2, 2]), True],
        [0, -1, 1.5, "big", None, [0, 1], [2.5, 1], ["2", 2], NAN],
    ),
    "group_patience": (["auto"], [3, None, 1, BIG], [0, -1, 1.5, "long", NAN]),
    **TRAINING,
}
ONLINE = {
    "online": SWITCH,
    "weight_bits": ([8, 16], [np.int8(9)], [7, 17, 8.0, "many", None, BIG]),
}
REGRESSOR = {
    "epsilon": ([0, 0.01, 0.3], [0.999, 1e-300, False], [1, -0.1, NAN, "close", None]),
    **MLP,
    "encoder": (["auto", *ENCODERS[0]], *ENCODERS[1:]),
}
RNN = {
    "hidden_size": ([8, 33, 65], [1, np.int16(7)], [0, -1, 2.0, "wide", None, (3,)]),
    "output_size": ([None, 9, 33], [1, np.uint8(4)], [0, -1, 2.5, "wide", (3,)]),
    "n_steps": (["auto", "raw", 1, 4], [10**12, BIG, True], [0, -1, 2.5, "few", None]),
    "overlap": (["auto", 0, 1, 2], [50, False], [-1, 0.5, "much", None]),
    "group_size": (["auto"], [1, 3, 9, 10**12, True], [0, -1, 1.5, "big", None, (2, 2)]),
    "inertia": (["auto", 0, 0.5, 0.9], [0.999999, 1e-300], [1, -0.1, NAN, "slow", None]),
    "place_code": (["auto", True, False], [1], ["no", None, 2]),
    "clip_updates": (["auto"], [True, False, np.True_, 1], ["no", None, 2]),
    "ties": (["auto"], ["keep", "positive"], ["negative", None, 1, True]),
    "horizon": ([None, 1, 3], [10**12, BIG, True], [0, -1, 1.5, "far"]),
    **TRAINING,
    **CLASSES,
    # The paper's rule clips updates, which must not be centred.
    "rule": (["contrastive"], ["paper"], TRAINING["rule"][2]),
    "centering": (["auto", False], [True, np.True_, 0], TRAINING["centering"][2]),
}
SEED = {"random_state": TRAINING["random_state"]}
BITS = ([70, 1, 64], [np.int64(5), True], [0, -1, 2.5, "many", None])
SIDES = [(0, 2), (2, 1), (2, 2, 2), (2,), 3, None, "ab", (2.5, 3), (NAN, 3), (-1, 2), ("2", "3")]
THERMOMETER = {
    "n_bits": (["auto", 1, 3, 70], [np.int8(3), True], [0, -1, 1.5, "few", None]),
    "strategy": (["quantile", "uniform", "gaussian"], [], ["best", None, 3]),
}
PROJECTION = {
    "n_components": BITS,
    "threshold": (["random", "median"], [], ["mean", None, 0.5]),
    "relevance": SWITCH,
    "max_features": ([None, 1, 4], [BIG, np.int8(3), True], [0, -1, 2.5, "all"]),
    **SEED,
}
SUMS = {
    "n_components": BITS,
    "max_features": ([2, 4, 100], [BIG, np.int8(3)], [1, 0, -1, 2.5, "all", None]),
    "relevance": SWITCH,
    **SEED,
}
PATCHES = {
    "image_shape": (
        [(4, 3), [4, 3], (2, 2, 3), (2, 6, 1)],
        [(3, 4), (12, 1), (1, 12), (2, 3), (np.int8(4), 3)],
        [(4,), (), 12, None, "4x3", (4, 3, 1, 1), (0, 12), (-4, -3), (4.0, 3), ("4", 3), (NAN, 1)],
    ),
    "n_components": BITS,
    "patch_size": ([(2, 2), (2, 3), [2, 9]], [(1, 2), (9, 99), (2, 10**12)], SIDES),
    "window_size": ([(1, 1), (1, 3), [2, 9]], [(9, 99), (1, 10**12)], SIDES),
    **SEED,
}


@dataclass
class Subject:
    """A class with its parameters, those of a small one, and the methods that read X."""

    make: type
    parameters: dict
    small: dict
    methods: list
    n_axes: int = 2
    share: float = 1.0


READ = ["predict", "predict_proba", "predict_log_proba", "decision_function", "score"]
TRANSFORM = ["transform", "transform_packed", "fit_transform", "get_feature_names_out"]
QUICK = {"max_iter": 2, "encoder": enc.ThermometerEncoder(4), "random_state": 0}
SMALL_MLP = BEPMLPClassifier((8, 4), **QUICK)
SMALL_RNN = BEPRNNClassifier(8, n_steps=3, **QUICK)
ENSEMBLE = {
    "estimator": (
        [SMALL_MLP, SMALL_RNN],
        [BEPMLPClassifier((4, 4), margin=-1), BEPMLPClassifier((0,)), BEPRNNClassifier("8")],
        [None, "mlp", BEPMLPClassifier, 3, enc.ThermometerEncoder()],
    ),
    "n_members": ([1, 2, 3], [10**12, True], [0, -1, 1.5, "all", None]),
}
SUBJECTS = [
    Subject(
        BEPMLPClassifier,
        MLP | CLASSES | ONLINE,
        SMALL_MLP.get_params(deep=False),
        [*READ, "encode"],
        share=5,
    ),
    Subject(
        BEPMLPRegressor,
        REGRESSOR,
        BEPMLPRegressor((8, 4), **QUICK).get_params(deep=False),
        ["predict", "score", "encode"],
        share=2,
    ),
    Subject(
        BEPRNNClassifier, RNN, SMALL_RNN.get_params(deep=False), [*READ, "encode", "step"], 3, 5
    ),
    Subject(TrajectoryEnsembleClassifier, ENSEMBLE, {"estimator": SMALL_MLP, "n_members": 2}, READ),
    Subject(enc.ThermometerEncoder, THERMOMETER, {"n_bits": 3}, TRANSFORM),
    Subject(enc.RandomProjectionEncoder, PROJECTION, {"n_components": 33}, TRANSFORM),
    Subject(enc.SparseSumEncoder, SUMS, {"n_components": 33}, TRANSFORM),
    Subject(
        enc.LocalPatchEncoder,
        PATCHES,
        {"image_shape": (4, 3), "n_components": 20, "patch_size": (2, 3)},
        TRANSFORM,
    ),
    Subject(enc.BinaryEncoder, {}, {}, TRANSFORM, share=0.3),
    Subject(
        enc.BinaryExpansionEncoder,
        {"n_components": BITS, **SEED},
        {"n_components": 33},
        TRANSFORM,
        share=0.5,
    ),
]


def stop(estimator):
    """Stop training."""
    return True


def fail(estimator):
    """Fail in the middle of training."""
    raise ValueError("the callback of the fuzzer's case")


@dataclass
class Call:
    """A call of a method, and whether nobody could object to its data."""

    method: str
    arguments: dict
    ordinary: bool
    data: str = ""
    verdicts: dict = field(default_factory=dict)


@dataclass
class Case:
    """An estimator, and what is called on it.

    Verdicts: 1 for a parameter that must work, 0 for one that may, -1 for one that must not.
    """

    subject: Subject
    parameters: dict
    verdicts: dict
    calls: list = field(default_factory=list)


def draw(seed, number):
    """Return a case."""
    rng = np.random.default_rng([seed, number])
    shares = np.array([subject.share for subject in SUBJECTS])
    subject = SUBJECTS[rng.choice(len(SUBJECTS), p=shares / shares.sum())]
    n_changes = rng.choice(4, p=[0.35, 0.3, 0.2, 0.15])
    changes, verdicts = draw_parameters(rng, subject, n_changes)
    if "rule" in subject.parameters and rng.random() < 0.4:
        changes, verdicts = {"rule": "paper"} | changes, {"rule": 1} | verdicts
    elif "online" in subject.parameters and rng.random() < 0.4:
        changes, verdicts = {"online": True} | changes, {"online": 1} | verdicts
    case = Case(subject, subject.small | changes, verdicts)
    data = draw_data(rng, subject, rng.random() < 0.5)
    for place in range(rng.integers(1, 7)):
        case.calls.append(draw_call(rng, subject, data, first=place == 0))
    return case


def draw_parameters(rng, subject, n_changes):
    """Return values of a few parameters and the verdicts on them."""
    changes, verdicts = {}, {}
    for _ in range(n_changes if subject.parameters else 0):
        name, values = pick(rng, subject.parameters)
        kind = rng.choice(3, p=[0.5, 0.3, 0.2])
        if values[kind]:
            changes[name] = deepcopy(pick(rng, values[kind]))
            verdicts[name] = 1 - kind
    return changes, verdicts


def draw_data(rng, subject, odd):
    """Return X, y, whether they are ordinary, and their description."""
    X, y, name = ordinary(rng, subject.n_axes if rng.random() < 0.5 else 2)
    if subject.make is enc.LocalPatchEncoder:
        X = rng.normal(size=(len(y), 12))
    elif subject.make is enc.SparseSumEncoder:
        X = np.rint(100 * X)
    elif "Binary" in subject.make.__name__:
        X = (X > 0).astype(float)
    labels = "labels"
    if odd and rng.random() < 0.75:
        X, name = distort(rng, X)
    if rng.random() < (0.4 if odd else 0.15):
        labels, change = pick(rng, LABELS)
        y = change(y)
    ordinary_labels = labels in ("labels", "strings", "bools", "list", "categorical")
    if subject.make is BEPMLPRegressor:
        ordinary_labels = labels in ("labels", "fractions", "whole floats", "negative", "list")
    return X, y, name == "ordinary" and ordinary_labels, f"X: {name}; y: {labels}"


def draw_call(rng, subject, data, first):
    """Return a call, most often on the data of the case."""
    X, y, harmless, name = data
    if rng.random() < 0.15:
        X, y, harmless, name = draw_data(rng, subject, odd=rng.random() < 0.7)
    training = ["fit", "fit", "partial_fit"] if hasattr(subject.make, "partial_fit") else ["fit"]
    others = [*subject.methods, *subject.methods, "clone", "pickle", "set_params"]
    method = pick(rng, training if rng.random() < (0.85 if first else 0.3) else others)
    if method == "set_params":
        changes, verdicts = draw_parameters(rng, subject, rng.integers(1, 3))
        return Call(method, changes, False, verdicts=verdicts)
    if method in ("clone", "pickle", "get_feature_names_out"):
        return Call(method, {}, False)
    if method == "step":
        return Call(method, draw_step(rng, X), False, name)
    arguments = {"X": X}
    if method in ("fit", "partial_fit", "score", "fit_transform"):
        arguments["y"] = y
    if not subject.make.__name__.endswith("Encoder"):
        draw_options(rng, subject, (X, y), method, arguments)
    return Call(method, arguments, harmless and not arguments.keys() - {"X", "y"}, name)


def classes_of(y):
    """Return the labels of y if they can be told."""
    labels = y.tolist() if getattr(y, "ndim", 0) == 1 else y
    return sorted(set(labels), key=str) if isinstance(labels, list) else [0, 1, 2]


def draw_options(rng, subject, data, method, arguments):
    """Add classes, weights, a callback or validation data to the arguments."""
    _, y = data
    n_samples = len(y) if hasattr(y, "__len__") else 10
    if method == "partial_fit" and subject.make is not BEPMLPRegressor:
        odd = [[0, 1], [1, 1], [], [3], ["a"], None, 5, [0, None], [NAN, 1], TEXT, y, [[0, 1]]]
        arguments["classes"] = pick(rng, odd) if rng.random() < 0.3 else classes_of(y)
    if method in ("fit", "partial_fit", "score") and rng.random() < 0.2:
        _, change = pick(rng, WEIGHTS)
        arguments["sample_weight"] = change(rng.integers(1, 4, size=n_samples) / 1.0)
    if method == "fit" and subject.make is not TrajectoryEnsembleClassifier:
        if rng.random() < 0.05:
            arguments["callback"] = pick(rng, [stop, fail, 3])
        if rng.random() < 0.1:
            other = draw_data(rng, subject, odd=True)[:2] if rng.random() < 0.5 else data
            arguments |= dict(zip(("X_val", "y_val"), other, strict=True))


def draw_step(rng, X):
    """Return what a step sees: of the data, or whatever."""
    seen = X[0] if isinstance(X, np.ndarray) and len(X) else 0.5
    seen = pick(rng, [seen, seen, 0.5, NAN, "a", None, [], np.zeros((2, 3)), np.ones(1)])
    blank = np.zeros(9, dtype=np.int32)
    return {
        "x": seen,
        "state": pick(
            rng, [None, None, blank, blank[:3], "a", np.full(9, -(2**31), dtype=np.int32), 5]
        ),
    }
