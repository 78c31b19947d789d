"""Measure one cell, in a process of its own: `python -m benchmarks.paper.measure CELL`.

CELL is JSON; so is what is printed.
"""

import json
import os
import resource
import subprocess
import sys
import time
import warnings
from contextlib import suppress
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning

import bepsk
from benchmarks.paper.cells import Cell, describe, set_everywhere
from benchmarks.paper.tables import REQUIRES, TABLES

QUICK = 300
IMPORTS = {"torch": "torch._dynamo", "aeon": "aeon.classification.convolution_based"}
"""What the first fit would otherwise import, and pay for. torch's optimisers need _dynamo."""
STATUS = Path("/proc/self/status")


def measure(cell):
    """Return the record of a cell.

    Accuracy is the mean over folds, seconds their sum: encoding and training, not testing.
    """
    package = REQUIRES.get(cell.method)
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
        "peak_mb": peak_memory(),
        "model": describe(cell.model()),
        "versions": versions(package),
        "commit": commit(),
        "load": round(load, 2),
    }


def quickened(fold):
    """Return few samples of each part."""
    X, y, X_test, y_test = fold
    rng = np.random.default_rng(0)
    some, few = rng.permutation(len(y))[:QUICK], rng.permutation(len(y_test))[:QUICK]
    return X[some], y[some], X_test[few], y_test[few]


def reset_peak_memory():
    """Forget what reading the data took, where the system can."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory():
    """Return the peak resident memory of this process, in MB."""
    if STATUS.exists():  # ru_maxrss would count the parent's memory too
        lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) // 1024
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit


def versions(package):
    """Return the versions of what took part."""
    names = ["numpy", "scipy", "scikit-learn", *([package] if package else [])]
    python = sys.version.split()[0]
    return {"python": python, "bepsk": bepsk.__version__} | {n: version(n) for n in names}


def commit():
    """Return the commit of the checkout, with "-dirty" after it if the package differs from it."""
    head = git("rev-parse", "HEAD")
    return (head or "unknown") + ("-dirty" if git("status", "--porcelain", "--", "bepsk") else "")


def git(*arguments):
    """Return what git prints; nothing where it fails."""
    root = Path(__file__).parents[2]
    result = subprocess.run(
        ["git", *arguments], cwd=root, capture_output=True, text=True, check=False
    )
    return result.stdout.strip()


if __name__ == "__main__":
    warnings.simplefilter("ignore", ConvergenceWarning)
    print(json.dumps(measure(Cell(**json.loads(sys.argv[1])))))
