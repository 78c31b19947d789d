"""Small runs whose weights never change: not with the CPU path, the threads or the version.

A new digest is a break for all who rely on a seed; it wants a line in CHANGELOG.md. Run this file
to print the digests. The data are integers, and so are all thresholds of the encoders.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

import bepsk
from bepsk import BEPMLPClassifier, BEPRNNClassifier
from bepsk.kernels import cpu

X, Y = (array[:200] for array in load_digits(return_X_y=True))
SERIES = X.reshape(-1, 8, 8)
WEIGHTS = np.arange(200) % 5 / 2

GOLDEN = {
    "growing_groups": "ed7109ace135b1c1",
    "early_stopping": "95eec8cc1e86cea0",
    "stream": "f73083144931344f",
    "long_series": "abc0297f3aa4bdac",
    "strict": "4356dc89da1d0ecc",
    "contrastive": "e55c2c4be2f4bc60",
    "contrastive_average": "8e8ff4ecd2ebda57",
    "contrastive_stream": "106a366c1889ec55",
    "uncentred": "6afaacfc8da8859e",
    "contrastive_series": "af096a3c1c9fb994",
    "contrastive_long_series": "86dfec45d07e4f58",
}


def growing_groups(n_jobs):
    clf = BEPMLPClassifier(
        (70, 66, 64),
        encoder="binary",
        rule="paper",
        gate=1.0,
        group_size=2,
        group_patience=1,
        reinforcement=2.0,
        max_iter=8,
        n_jobs=n_jobs,
        random_state=1,
    ).fit(X > 7, Y)
    assert clf.group_sizes_ != [2, 2, 2]
    return clf


def early_stopping(n_jobs):
    clf = BEPMLPClassifier(
        (130, 65),
        encoder="thermometer",
        rule="paper",
        margin=0.25,
        group_size=(13, 5),
        early_stopping=True,
        n_iter_no_change=3,
        annealing=0.4,
        class_weight={3: 2.5},
        n_jobs=n_jobs,
        random_state=2,
    ).fit(X[:150], Y[:150], WEIGHTS[:150], X_val=X[150:], y_val=Y[150:])
    assert clf.n_iter_ < 50
    return clf


def stream(n_jobs):
    clf = BEPMLPClassifier(
        65,
        encoder="thermometer",
        rule="paper",
        margin=1.0,
        shuffle=False,
        n_jobs=n_jobs,
        random_state=3,
    )
    return in_chunks(clf, X)


def in_chunks(clf, X):
    for start, end in [(0, 80), (80, 81), (81, 120), (120, 200)]:
        rows = slice(start, end)
        clf.partial_fit(X[rows], Y[rows], classes=range(10), sample_weight=WEIGHTS[rows] + 0.5)
    return clf


def long_series(n_jobs):
    clf = BEPRNNClassifier(
        65,
        output_size=40,
        encoder="binary",
        n_steps="raw",
        rule="paper",
        gate=0.2,
        horizon=20,
        batch_size=30,
        max_iter=4,
        n_jobs=n_jobs,
        random_state=4,
    ).fit(X > 7, Y)
    assert clf.place_code_
    assert clf.inertia_
    return clf


def strict(n_jobs):
    clf = BEPRNNClassifier.strict(
        64, group_size=16, max_iter=3, warm_start=True, n_jobs=n_jobs, random_state=5
    ).fit(SERIES, Y)
    lists = [x[i % 3 :] for i, x in enumerate(SERIES)]
    return clf.fit(lists, Y, WEIGHTS)


def contrastive(n_jobs):
    clf = BEPMLPClassifier(
        (130, 65, 40), encoder="binary", max_iter=8, n_jobs=n_jobs, random_state=6
    ).fit(X > 7, Y, WEIGHTS)
    assert clf.n_bias_ == 16
    return clf


def contrastive_average(n_jobs):
    clf = BEPMLPClassifier(
        (66, 64),
        encoder="thermometer",
        margin=0.25,
        average=3,
        annealing=0.5,
        early_stopping=True,
        n_iter_no_change=3,
        n_jobs=n_jobs,
        random_state=7,
    ).fit(X[:150], Y[:150], X_val=X[150:], y_val=Y[150:])
    assert clf.n_iter_ < 50
    return clf


def contrastive_stream(n_jobs):
    clf = BEPMLPClassifier(65, encoder="thermometer", margin=1.0, n_jobs=n_jobs, random_state=8)
    return in_chunks(clf, X)


def uncentred(n_jobs):
    return BEPMLPClassifier(
        (65, 33), encoder="binary", centering=False, max_iter=4, n_jobs=n_jobs, random_state=9
    ).fit(X > 7, Y)


def contrastive_series(n_jobs):
    clf = BEPRNNClassifier(
        65, output_size=40, encoder="binary", max_iter=6, n_jobs=n_jobs, random_state=10
    ).fit(SERIES > 7, Y, WEIGHTS)
    lists = [x[i % 3 :] > 7 for i, x in enumerate(SERIES)]
    return in_chunks(clf, np.array(lists, dtype=object))


def contrastive_long_series(n_jobs):
    clf = BEPRNNClassifier(
        64,
        encoder="binary",
        n_steps="raw",
        horizon=20,
        average=2,
        batch_size=30,
        max_iter=4,
        n_jobs=n_jobs,
        random_state=11,
    ).fit(X > 7, Y)
    assert clf.place_code_
    assert clf.inertia_
    return clf


RUNS = [
    growing_groups,
    early_stopping,
    stream,
    long_series,
    strict,
    contrastive,
    contrastive_average,
    contrastive_stream,
    uncentred,
    contrastive_series,
    contrastive_long_series,
]


def digest(clf):
    weights = b"".join(H.astype("<i2").tobytes() for H in clf.hidden_weights_)
    return hashlib.sha256(weights).hexdigest()[:16]


@pytest.mark.parametrize("path", cpu.PATHS)
def test_the_weights_are_what_they_always_were(path):
    package = str(Path(bepsk.__file__).parent.parent)
    result = subprocess.run(
        [sys.executable, __file__],
        env={**os.environ, "BEPSK_SIMD": path, "PYTHONPATH": package},
        capture_output=True,
        text=True,
    )
    if "this CPU offers" in result.stderr:
        pytest.skip(f"this CPU has no {path}")
    assert result.returncode == 0, result.stderr
    for line in result.stdout.splitlines():
        assert json.loads(line) == GOLDEN


if __name__ == "__main__":
    for threads in 1, 2, 3:
        print(json.dumps({run.__name__: digest(run(threads)) for run in RUNS}))
