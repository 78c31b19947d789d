"""Measure one cell, in a process of its own: `python -m benchmarks.paper.measure CELL`.

CELL is JSON; so is what is printed.
"""

import json
import os
import platform
import sys
import time
import warnings
from importlib import import_module

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from benchmarks.common import (
    git_commit,
    peak_memory,
    reset_peak_memory,
    source_digest,
    versions,
)
from benchmarks.paper.cells import Cell, describe, set_everywhere
from benchmarks.paper.tables import REQUIRES, TABLES

QUICK = 300
IMPORTS = {"torch": "torch._dynamo", "aeon": "aeon.classification.convolution_based"}
"""What the first fit would otherwise import, and pay for. torch's optimisers need _dynamo."""


def measure(cell):
    """Return the record of a cell.

    Accuracy is the mean over folds, seconds their sum: encoding and training, not testing.
    """
    package = REQUIRES.get(cell.method)
    packages = ["numpy", "scipy", "scikit-learn", *([package] if package else [])]
    if package:
        import_module(IMPORTS.get(package, package))
    load = os.getloadavg()[0]
    scores, seconds = [], 0.0
    for fold in TABLES[cell.table].folds(cell.setting, cell.method, cell.seed, cell.validation):
        X, y, X_test, y_test = quickened(fold) if cell.quick else fold
        model = set_everywhere(cell.model(), random_state=cell.seed)
        if cell.quick:
            set_everywhere(model, max_iter=2)
        if not scores:
            reset_peak_memory()
        start = time.perf_counter()
        model.fit(X, y)
        seconds += time.perf_counter() - start
        scores.append(100 * model.score(X_test, y_test))
    return {
        "setting": cell.setting,
        "method": cell.method,
        "seed": cell.seed,
        "accuracy": round(float(np.mean(scores)), 3),
        "seconds": round(seconds, 2),
        "peak_mb": peak_memory() // 2**20,
        "model": describe(cell.model()),
        "versions": {"python": platform.python_version()} | versions(packages),
        "commit": git_commit(),
        "sources": source_digest(),
        "load": round(load, 2),
    }


def quickened(fold):
    """Return few samples of each part."""
    X, y, X_test, y_test = fold
    rng = np.random.default_rng(0)
    some, few = rng.permutation(len(y))[:QUICK], rng.permutation(len(y_test))[:QUICK]
    return X[some], y[some], X_test[few], y_test[few]


if __name__ == "__main__":
    warnings.simplefilter("ignore", ConvergenceWarning)
    print(json.dumps(measure(Cell(**json.loads(sys.argv[1])))))
