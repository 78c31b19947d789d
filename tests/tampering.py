"""Random changes to what fitted estimators keep, and whether every method survives them.

`python tests/tampering.py 2000` tries so many of them; each depends on its number alone.
"""

import argparse
import copy
import pickle
import sys
import warnings

import numpy as np
from common import blobs, same, waves
from sklearn.base import is_regressor
from sklearn.preprocessing import KBinsDiscretizer

from bepsk import (
    BEPMLPClassifier,
    BEPMLPRegressor,
    BEPRNNClassifier,
    TrajectoryEnsembleClassifier,
)
from bepsk.encoders import (
    BinaryEncoder,
    BinaryExpansionEncoder,
    LocalPatchEncoder,
    RandomProjectionEncoder,
    SparseSumEncoder,
    ThermometerEncoder,
)

X, y = blobs(30, n_features=6)
HOLES = np.where(np.arange(30)[:, np.newaxis] % 7 == np.arange(6), np.nan, X)
BITS = (X > 0).astype(np.uint8)
TABLE, LABELS = waves(30)
NUMBERS = X[:, 0] + X[:, 1]
SEVERAL = (X[:, :3] > 0).astype(int)
SERIES = np.stack([TABLE, TABLE[:, ::-1]], axis=2)

KBINS = {"encode": "onehot-dense", "quantile_method": "averaged_inverted_cdf"}
MLP = {"hidden_layer_sizes": (37, 17), "max_iter": 1, "random_state": 0}
RNN = {"hidden_size": 19, "max_iter": 1, "random_state": 0}


def fitted_predictors():
    """Return pairs of a fitted classifier or regressor and data for it."""
    ensemble = TrajectoryEnsembleClassifier(BEPMLPClassifier(**MLP | {"max_iter": 2}), 2)
    cases = [
        (BEPMLPClassifier(**MLP, encoder=RandomProjectionEncoder(70)), X),
        (BEPMLPClassifier(**MLP, encoder=ThermometerEncoder(5)), HOLES),
        (BEPMLPClassifier(**MLP, encoder="binary"), BITS),
        (BEPRNNClassifier(**RNN), SERIES),
        (BEPMLPClassifier(**MLP, rule="paper"), X),
        (BEPMLPClassifier(**MLP, rule="paper", centering=True, average=2), X),
        (BEPMLPClassifier(**MLP, encoder=KBinsDiscretizer(3, **KBINS), average=2), X),
        (BEPRNNClassifier(**RNN, rule="paper"), SERIES),
        (BEPRNNClassifier(**RNN, n_steps="raw", encoder="thermometer"), TABLE),
        (BEPMLPRegressor(**MLP), X),
        (BEPMLPRegressor(**MLP, rule="paper", encoder="projection"), X),
        (BEPMLPClassifier(**MLP), X, SEVERAL),
        (BEPMLPClassifier(**MLP, rule="paper"), X, SEVERAL),
        (BEPMLPClassifier(**MLP, categorical_features=[0, 5]), np.rint(HOLES)),
        (ensemble, X),
    ]
    return [(clf.fit(data, *(y or [targets_of(clf)])), data) for clf, data, *y in cases]


def targets_of(estimator):
    """Return targets of the kind that an estimator has been fitted to."""
    if is_regressor(estimator):
        return NUMBERS
    return SEVERAL if getattr(estimator, "prototypes_", X).ndim == 1 else y


def fitted_encoders():
    """Return pairs of a fitted encoder and data for it."""
    cases = [
        (BinaryEncoder(), BITS),
        (BinaryExpansionEncoder(70, random_state=0), BITS),
        (ThermometerEncoder(5), HOLES),
        (ThermometerEncoder(1), X),
        (RandomProjectionEncoder(70, random_state=0), X),
        (RandomProjectionEncoder(70, max_features=2, random_state=0), HOLES),
        (SparseSumEncoder(70, random_state=0), np.rint(100 * X)),
        (LocalPatchEncoder((2, 3), 20, patch_size=(2, 2), random_state=0), X),
    ]
    return [(encoder.fit(data), data) for encoder, data in cases]


def uses(estimator, data):
    """Yield everything that can be asked of an estimator, as functions of it."""
    if hasattr(estimator, "transform"):
        yield lambda e: e.transform(data)
        yield lambda e: e.transform_packed(data[:1])
        yield lambda e: e.get_feature_names_out()
        yield lambda e: e.n_features_out_
        yield lambda e: copy.copy(e).refit(data).transform(data)
        return
    y = targets_of(estimator)
    for name in methods_of(estimator):
        yield lambda e, name=name: getattr(e, name)(data)
        yield lambda e, name=name: getattr(e, name)(data[:1])
    yield lambda e: e.score(data, y)
    if isinstance(estimator, TrajectoryEnsembleClassifier):
        return
    yield lambda e: e.encode(data)
    yield lambda e: e.network_.logits(e.encode(data))
    yield lambda e: copy.copy(e).refit_encoder(data).encode(data)
    other = "contrastive" if estimator.rule == "paper" else "paper"
    for train in (
        lambda e: e.partial_fit(data, y),
        lambda e: e.set_params(rule=other).partial_fit(data, y),
        lambda e: e.set_params(warm_start=True).fit(data, y),
    ):
        yield lambda e, train=train: getattr(train(copy.copy(e)), methods_of(e)[-1])(data)
    if isinstance(estimator, BEPRNNClassifier):
        window = (1 + estimator.overlap_) * estimator.patch_length_
        n_features = len(estimator.feature_means_)
        x = np.zeros((window, n_features)) if window > 1 else np.zeros(n_features)
        yield lambda e: e.step(x)


def methods_of(estimator):
    """Return the names of the methods that predict."""
    if is_regressor(estimator):
        return ["predict"]
    return ["predict", "predict_proba", "predict_log_proba", "decision_function"]


def random_place(estimator, rng):
    """Choose a fitted attribute or a part of it; return its owner, the way to it, its value."""
    names = sorted(vars(estimator).keys() - estimator.get_params(deep=False).keys())
    way = [rng.choice(names or ["extra_"])]
    value = vars(estimator).get(way[0])
    while rng.random() < 0.75:
        if type(value).__module__.startswith("bepsk"):
            return random_place(value, rng)
        if not isinstance(value, (list, tuple)) or not value:
            break
        way.append(rng.integers(len(value)))
        value = value[way[-1]]
    return estimator, way, value


def tamper(estimator, rng):
    """Change something in an estimator; return its name, whether it is derived, its new value."""
    owner, (name, *way), value = random_place(estimator, rng)
    derived = name not in owner.__getstate__()
    change = change_array if isinstance(value, np.ndarray) else change_other
    changed = change(value, rng)
    in_place = rng.random() < 0.5
    if way and in_place and isinstance(vars(owner)[name], list):
        vars(owner)[name] = with_item(vars(owner)[name], way, changed)
    elif way:
        setattr(owner, name, with_item(list(vars(owner)[name]), way, changed))
    elif changed is None and in_place:
        delattr(owner, name)
    else:
        setattr(owner, name, changed)
    return f"{type(owner).__name__}.{name}{list(map(int, way))} = {changed!r:.80}", derived


def with_item(values, way, item):
    """Return a list, itself, or tuple with another item at the end of a way into it."""
    index, *rest = way
    item = with_item(values[index], rest, item) if rest else item
    if isinstance(values, tuple):
        return (*values[:index], item, *values[index + 1 :])
    values[index] = item
    return values


DTYPES = ["bool", "i1", "u1", "i2", ">i2", "i4", "i8", "u8", "f4", "f8", ">f8", "c16", "O", "U3"]
SHAPES = [
    lambda a: a[:-1],
    lambda a: a[:1],
    lambda a: a[:0],
    lambda a: np.concatenate([a, a]),
    lambda a: np.repeat(a, 40, axis=0),
    lambda a: a[..., :-1],
    lambda a: np.repeat(a, 2, axis=-1),
    lambda a: np.repeat(a, 70, axis=-1),
    lambda a: a.T,
    lambda a: a.ravel(),
    lambda a: a[np.newaxis],
    lambda a: a[..., np.newaxis],
    lambda a: a.reshape(-1)[0],
    lambda a: a.reshape(a.shape[::-1]),
]
LAYOUTS = [
    np.asfortranarray,
    lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    lambda a: a[::-1],
    lambda a: np.broadcast_to(a[:1], a.shape),
    lambda a: np.frombuffer(b"x" + a.tobytes(), np.uint8)[1:].view(a.dtype).reshape(a.shape),
]
VALUES = [0, 1, -1, 2, 7, 100, -128, 32767, -32768, 2**31 - 1, -(2**31), np.nan, np.inf]
OTHERS = [None, "x", True, -1, 0, 1, 2, 7, 10**6, 2**31, 2**64, 10**30, -(10**30), 0.5, -0.5]
OTHERS += [1e-300, 1e300, np.nan, np.inf, -np.inf, np.int64(3), np.float32(0.5), 1j]
OTHERS += [[], (), {}, [1.0], [None, None], np.zeros(3), np.zeros((2, 3), np.int16), object]


def change_array(a, rng):
    """Return an array like another but for its dtype, shape, layout or values; or anything else."""
    with np.errstate(all="ignore"):
        kind = rng.choice(["dtype", "shape", "layout", "values", "one value", "other"])
        if kind == "other" or not a.ndim:
            return OTHERS[rng.integers(len(OTHERS))]
        if kind == "dtype":
            return a.astype(DTYPES[rng.integers(len(DTYPES))])
        if kind == "shape" and a.size:
            return SHAPES[rng.integers(len(SHAPES))](a)
        if kind == "layout" and a.size:
            return LAYOUTS[rng.integers(len(LAYOUTS))](a)
        if a.dtype.kind not in "iuf" or not a.size:
            return a.copy()
        changed, value = a.copy(), np.array(VALUES[rng.integers(len(VALUES))]).astype(a.dtype)
        if kind == "one value":
            changed.flat[rng.integers(a.size)] = value
            return changed
        return changed[::-1].copy() if rng.random() < 0.3 else changed + value


def change_other(value, rng):
    """Return something else than a number, a list or an estimator."""
    if isinstance(value, (list, tuple)) and rng.random() < 0.6:
        changes = value[:-1], value[:0], [*value, *value], [*value, None], value[::-1]
        return changes[rng.integers(len(changes))]
    if isinstance(value, (int, float)) and rng.random() < 0.4:
        changes = value + 1, -value, value * 1000, value / 7, [value], np.array(value)
        return changes[rng.integers(len(changes))]
    return OTHERS[rng.integers(len(OTHERS))]


def problems(fitted, numbers):
    """Tamper for each number; yield a message for whatever is neither a result nor refused."""
    for number in numbers:
        rng = np.random.default_rng(number)
        original, data = fitted[rng.integers(len(fitted))]
        tampered = copy.deepcopy(original)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            changes = [tamper(tampered, rng) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
            # Who assigns to the private name of something derived may hear it from Python.
            refusals = Exception if any(derived for _, derived in changes) else ValueError
            try:
                results = outcomes(tampered, original, data, refusals)
                restored = outcome(lambda e: pickle.loads(pickle.dumps(e)), tampered, ValueError)
                if restored is not None:
                    again = outcomes(restored, original, data, ValueError)
                    # Pickles straighten layouts and byte orders, so that more may be right now.
                    if refusals is ValueError and not all(
                        a is None or same(a, b) or np.array_equal(a, b)
                        for a, b in zip(results, again, strict=True)
                    ):
                        raise AssertionError("a restored estimator works otherwise")
            except Exception as error:
                yield f"{number}: {'; '.join(what for what, _ in changes)}: {error!r}"


def outcomes(estimator, original, data, refusals):
    """Return the outcomes of all that can be asked of an estimator."""
    return [outcome(use, estimator, refusals) for use in uses(original, data)]


def outcome(use, estimator, refusals):
    """Return what a use results in, None if it is refused."""
    try:
        return use(estimator)
    except refusals:
        return None


def main():
    """Tamper as often as the command line says; exit with 1 if anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("n", type=int, help="how many changes")
    parser.add_argument("--first", type=int, default=0, help="number of the first")
    options = parser.parse_args()
    fitted, wrong = fitted_predictors() + fitted_encoders(), 0
    for problem in problems(fitted, range(options.first, options.first + options.n)):
        print(problem, flush=True)
        wrong += 1
    print(f"{options.n} changes, {wrong} problems")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
