"""Kill training at random moments, and go on from its checkpoint: `python tests/kills.py 100`.

Each case starts a child that fits with a checkpoint, and sends it SIGKILL after a random time. The
same fit, called again, must end with the bits of a fit that was never killed.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
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
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        name, path, epoch, share = options.child
        return work(name, path, int(epoch), float(share))
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
    """Run a case in a child that is killed in an epoch or in the saving after it.

    Parameters
    ----------
    name : str
        Of the case.
    path : Path
        Its checkpoint.
    epoch : int
        Which epoch, from 0.
    share : float in [0, 1]
        When, in units of the time that the epoch before took, or the child's imports.

    Returns
    -------
    early : bool
        Whether it had not ended yet.
    """
    command = [sys.executable, __file__, "--child", name, path, str(epoch), str(share)]
    return subprocess.run(command, check=False).returncode == -signal.SIGKILL


def work(name, path, epoch, share):
    """Fit, and send SIGKILL to this process: the work of the child."""
    checkpoint.MOST_TIME = 1  # each epoch is saved
    clf, *samples = CASES[name]
    marks = [0.0, time.process_time()]

    def watch(_=None):
        if len(marks) == epoch + 2:
            delay = share * (marks[-1] - marks[-2])
            timer = threading.Timer(delay, os.kill, (os.getpid(), signal.SIGKILL))
            timer.daemon = True
            timer.start()
        marks.append(time.process_time())

    watch()
    clone(clf).fit(*samples, checkpoint=path, callback=watch)
    return 0


if __name__ == "__main__":
    sys.exit(main())
