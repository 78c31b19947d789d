"""ONNX against Python on random models: python tests/converted.py [models] [rows] [--seed]."""

import argparse
import sys
import warnings

import exported
import numpy as np
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from bepsk import BEPMLPClassifier, BEPMLPRegressor, BEPRNNClassifier
from bepsk.encoders import (
    BinaryEncoder,
    BinaryExpansionEncoder,
    SparseSumEncoder,
    ThermometerEncoder,
)
from bepsk.export import to_onnx

ROWS_OF_SERIES = 10
"""A series counts as so many rows."""


def mlp_holes(rng):
    X, y, _ = exported.table(rng, "float32")
    X[rng.random(X.shape) < 0.2] = np.nan
    encoder = rng.choice(["projection", "sparse", "thermometer"])
    return exported.perceptron(rng, str(encoder)).fit(X, y)


def mlp_pipeline(rng):
    X, y, _ = exported.table(rng, "float32")
    return make_pipeline(StandardScaler(), exported.perceptron(rng, "projection")).fit(X, y)


def mlp_labels(rng):
    X, *_ = exported.table(rng, "float32")
    Y = np.stack([X[:, 0] > 0, X.sum(axis=1) > 1, X[:, 0] > 1], axis=1).astype(int)
    return BEPMLPClassifier((40, 50), encoder="sparse", max_iter=2, random_state=0).fit(X, Y)


def regressor(rng):
    X, *_ = exported.table(rng, "float32")
    widths = rng.choice(exported.WIDTHS, rng.integers(1, 4)).tolist()
    model = BEPMLPRegressor(widths, encoder="projection", max_iter=2, random_state=0)
    return model.fit(X, 3e5 * X.sum(axis=1))


def rnn_table(rng):
    X = rng.normal(size=(60, 30)).cumsum(axis=1)
    return BEPRNNClassifier(33, max_iter=2, random_state=0).fit(X, X[:, -1] > 0)


def of_exported(maker):
    """Return a maker of the model alone, without the type of its input in C."""
    return lambda rng: maker(rng)[0]


MAKERS = [mlp_holes, mlp_pipeline, mlp_labels, regressor, rnn_table]
MAKERS += [of_exported(maker) for maker in exported.MAKERS]
NAMES = [maker.__name__ for maker in [*MAKERS[:5], *exported.MAKERS]]


def random_model(number, seed=0):
    rng = np.random.default_rng([seed, number])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return MAKERS[number % len(MAKERS)](rng)


def random_rows(encoder, shape, rng):
    """Return doubles that the encoder accepts, most of them where a bit or a level changes."""
    first = encoder.steps[0][1] if isinstance(encoder, Pipeline) else encoder
    if isinstance(first, BinaryEncoder | BinaryExpansionEncoder):
        return rng.integers(0, 2, shape).astype(float)
    if isinstance(first, SparseSumEncoder):
        return np.clip(np.rint(rng.normal(size=shape) * 200), -(2**15), 2**15 - 1)
    if isinstance(first, ThermometerEncoder):
        cuts = [np.append(cuts, 0) for cuts in first.thresholds_]
        X = np.stack([rng.choice(cut, shape[0]) for cut in cuts], axis=1)
        X[::3] += rng.normal(size=X[::3].shape)
    else:
        levels = rng.normal(size=shape) * 2.0 ** rng.uniform(0, 12, (shape[0], 1))
        levels[::2] = np.rint(levels[::2]) - 0.5
        X = first.offset_ + levels / first.scale_
    X = np.nextafter(X, X + rng.integers(-1, 2, X.shape))
    if hasattr(first, "missing_"):
        X[rng.random(X.shape) < 0.05] = np.nan
    return X


def random_inputs(estimator, n_rows, rng):
    """Return rows, or series, for a fitted estimator."""
    if isinstance(estimator, Pipeline):
        return estimator[:-1].inverse_transform(random_inputs(estimator[-1], n_rows, rng))
    model = getattr(estimator, "estimators_", [estimator])[-1]
    if not isinstance(model, BEPRNNClassifier):
        return random_rows(model.encoder_, (n_rows, model.n_features_in_), rng)
    n_series, n_features = n_rows // ROWS_OF_SERIES, len(model.feature_means_)
    shape = n_series, model.n_features_in_
    if model.n_features_in_ == n_features:
        n_timesteps = int(rng.integers(1, model.patch_length_ * model.n_steps_ + 5))
        shape = n_series, n_timesteps, n_features
    n_values, size = model.encoder_.n_features_in_, int(np.prod(shape))
    X = random_rows(model.encoder_, (-(-size // n_values), n_values), rng)
    return np.nan_to_num(X).ravel()[:size].reshape(shape)


def answers(model, X):
    """Return the outputs of an ONNX model."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session.run(None, {"X": X})


def count_differences(estimator, n_rows, seed=0):
    """Return how many predictions, scores and probabilities of ONNX differ from those of Python.

    Probabilities differ if they do by more than the last few bits.
    """
    X = random_inputs(estimator, n_rows, np.random.default_rng(seed))
    if not is_classifier(estimator):
        (y,) = answers(to_onnx(estimator), X)
        return int((y[:, 0] != estimator.predict(X)).sum())
    label, scores = answers(to_onnx(estimator, raw_scores=True), X)
    expected = estimator.decision_function(X)
    if expected.ndim == 1:
        expected = np.stack([-expected, expected], axis=1)
    again, probabilities = answers(to_onnx(estimator), X)
    near = np.isclose(probabilities, estimator.predict_proba(X), rtol=1e-12, atol=1e-300)
    y = estimator.predict(X)
    return int((label != y).sum() + (again != y).sum() + (scores != expected).sum() + (~near).sum())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", type=int, nargs="?", default=len(MAKERS))
    parser.add_argument("rows", type=int, nargs="?", default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    total = 0
    for number in range(options.models):
        differ = count_differences(random_model(number, options.seed), options.rows, options.seed)
        print(f"{number} {NAMES[number % len(MAKERS)]}: {differ} differences", flush=True)
        total += differ
    print(f"{options.models} models, {options.rows} rows each: {total} differences")
    return int(total > 0)


if __name__ == "__main__":
    sys.exit(main())
