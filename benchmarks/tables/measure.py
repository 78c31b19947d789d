"""One method on one table: accuracy, log loss, calibration error, seconds and bytes."""

import pickle
import time

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.common import git_commit
from benchmarks.paper.cells import describe, set_everywhere
from benchmarks.tables.sets import folds
from bepsk import BEPMLPClassifier

METHODS = {
    "LR": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
    "HGB": HistGradientBoostingClassifier(),
    "MLP": make_pipeline(StandardScaler(), MLPClassifier((512, 512))),
    "BEP": BEPMLPClassifier(),
}
FIGURES = "accuracy", "log_loss", "ece", "seconds", "bytes"
N_BINS = 15


def measure(name, method, seed, **options):
    """Return a record of the means over folds; `options` are those of `folds`."""
    rows = []
    for X, y, X_test, y_test in folds(name, seed, **options):
        model = set_everywhere(pickle.loads(pickle.dumps(METHODS[method])), random_state=seed)
        start = time.process_time()
        model.fit(X, y)
        seconds = time.process_time() - start
        proba = model.predict_proba(X_test)
        right = model.classes_[proba.argmax(axis=1)] == y_test
        rows.append(
            (
                100 * right.mean(),
                log_loss(y_test, proba, labels=model.classes_),
                calibration_error(proba.max(axis=1), right),
                seconds,
                len(pickle.dumps(model)),
            )
        )
    means = map(float, np.mean(rows, axis=0))
    record = {"table": name, "method": method, "seed": seed, "model": describe(METHODS[method])}
    return record | dict(zip(FIGURES, means, strict=True)) | {"commit": git_commit()}


def calibration_error(confidence, right):
    """Return the expected calibration error over 15 bins of equal width."""
    bins = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    gaps = np.bincount(bins, confidence - right, minlength=N_BINS)
    return float(np.abs(gaps).sum() / len(right))
