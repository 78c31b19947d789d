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
from bepsk.training import checkpoint

X, y = blobs(400, n_features=20)
SERIES, pitch = waves(200)
LONG = {"n_iter_no_change": None, "random_state": 0}
CASES = {
    "probe, average": (BEPMLPClassifier((64, 64), margin=1, max_iter=20, **LONG), X, y),
    "early stopping": (
        BEPMLPClassifier(
            (64,), encoder="thermometer", early_stopping=True, average=3, max_iter=25, **LONG
        ),
        X,
        y,
    ),
    "the paper's rule": (
        BEPMLPClassifier((64, 64), encoder="projection", rule="paper", max_iter=20, **LONG),
        X,
        y,
    ),
    "recurrent": (BEPRNNClassifier(64, margin=1, max_iter=20, **LONG), SERIES, pitch),
    "recurrent, the paper's rule": (
        BEPRNNClassifier(64, rule="paper", max_iter=20, early_stopping=True, **LONG),
        SERIES,
        pitch,
    ),
    "regressor": (BEPMLPRegressor((64,), encoder="projection", max_iter=20, **LONG), X, X[:, 0]),
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
    fitted = {name: clone(clf).fit(*samples) for name, (clf, *samples) in CASES.items()}
    n_same = n_saved = n_early = 0
    for number in range(options.n_cases):
        name = list(CASES)[number % len(CASES)]
        clf, *samples = CASES[name]
        epoch, share = rng.integers(fitted[name].n_iter_), rng.random()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "fit.npz")
            n_early += kill(name, path, epoch, share)
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


def kill(name, path, epoch, share):
    """Run a case in a child, and kill it in an epoch or in the saving after it.

    Parameters
    ----------
    name : str
        Of the case.
    path : Path
        Its checkpoint.
    epoch : int
        Which epoch, from 0; before the first the encoder is fitted.
    share : float in [0, 1]
        When, in units of the time that the last epoch took.

    Returns
    -------
    early : bool
        Whether it had not ended yet.
    """
    command = [sys.executable, __file__, "--child", name, path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        start = now = time.perf_counter()
        for _ in range(epoch + 1):
            child.stdout.readline()
            start, now = now, time.perf_counter()
        time.sleep(share * (now - start))
        child.kill()
        return "ended" not in child.stdout.read()


def work(name, path):
    """Fit, and print a line before each epoch: the work of the child."""
    checkpoint.MOST_TIME = 1  # each epoch is saved
    clf, *samples = CASES[name]
    print("begins", flush=True)
    clone(clf).fit(*samples, checkpoint=path, callback=lambda _: print("epoch", flush=True))
    print("ended", flush=True)
    time.sleep(60)
    return 0


if __name__ == "__main__":
    sys.exit(main())
