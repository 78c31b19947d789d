"""Kill training at random moments, and go on from its checkpoint: `python tests/kills.py 100`.

Each case starts a child that fits with a checkpoint, and sends it SIGKILL after a random time. The
same fit, called again, must end with the bits of a fit that was never killed.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from common import blobs, waves
from crew import assert_same_fit
from sklearn.base import clone

from bepsk import BEPMLPClassifier, BEPMLPRegressor, BEPRNNClassifier

X, y = blobs(400, n_features=20)
SERIES, pitch = waves(200)
LONG = {"n_iter_no_change": None, "random_state": 0}
CASES = {
    "probe, average": (BEPMLPClassifier((64, 64), margin=1, max_iter=100, **LONG), X, y),
    "early stopping": (
        BEPMLPClassifier(
            (64,), encoder="thermometer", early_stopping=True, average=3, max_iter=150, **LONG
        ),
        X,
        y,
    ),
    "the paper's rule": (
        BEPMLPClassifier((64, 64), encoder="projection", rule="paper", max_iter=100, **LONG),
        X,
        y,
    ),
    "recurrent": (BEPRNNClassifier(64, margin=1, max_iter=100, **LONG), SERIES, pitch),
    "recurrent, the paper's rule": (
        BEPRNNClassifier(64, rule="paper", max_iter=100, early_stopping=True, **LONG),
        SERIES,
        pitch,
    ),
    "regressor": (BEPMLPRegressor((64,), encoder="projection", max_iter=100, **LONG), X, X[:, 0]),
}


def main():
    """Run the cases and print what was found; return the exit status."""
    parser = argparse.ArgumentParser(description="Kill training at random moments.")
    parser.add_argument("n_cases", type=int, nargs="?", default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--child", nargs=2, help="run one case with this checkpoint")
    options = parser.parse_args()
    if options.child:
        name, path = options.child
        return work(name, path)
    rng = np.random.default_rng(options.seed)
    fitted, durations = {}, {}
    n_same = n_early = n_saved = 0
    for number in range(options.n_cases):
        name = list(CASES)[number % len(CASES)]
        clf, *samples = CASES[name]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "fit.npz")
            if name not in fitted:
                fitted[name] = clone(clf).fit(*samples)
                durations[name] = run(name, Path(folder, "whole.npz"))[1]
            n_early += not run(name, path, durations[name] * rng.random())[0]
            n_saved += path.exists()
            resumed = clone(clf).fit(*samples, checkpoint=path)
        try:
            assert_same_fit(resumed, fitted[name])
            n_same += 1
        except AssertionError as error:
            print(f"{name}: {error}", flush=True)
    print(
        f"{options.n_cases} kills, {n_early} before the end, {n_saved} with a checkpoint; "
        f"{n_same} ended with the same bits"
    )
    return int(n_same < options.n_cases)


def run(name, path, delay=None):
    """Run a case in a child, and kill it after so many seconds; or when it has ended.

    Returns
    -------
    ended : bool
        Whether it had ended before.
    seconds : float
        How long it took.
    """
    command = [sys.executable, __file__, "--child", name, path]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "begins\n"
    start = time.perf_counter()
    line = ""
    if delay is None:
        line = child.stdout.readline()
    else:
        time.sleep(delay)
    seconds = time.perf_counter() - start
    child.kill()
    return "ended" in line + child.communicate()[0], seconds


def work(name, path):
    """Fit: the work of the child."""
    clf, *samples = CASES[name]
    print("begins", flush=True)
    clone(clf).fit(*samples, checkpoint=path)
    print("ended", flush=True)
    time.sleep(60)
    return 0


if __name__ == "__main__":
    sys.exit(main())
