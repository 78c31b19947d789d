"""The networks of bepsk that are measured, and their epochs."""

import hashlib
import statistics
import time

import numpy as np

from benchmarks.data import load_images, load_series
from bepsk import BEPMLPClassifier, BEPRNNClassifier
from bepsk.encoders import ThermometerEncoder
from bepsk.kernels import cpu

LESSER_PATHS = {"avx512": ("avx2", "portable"), "avx2": ("portable",), "neon": ("portable",)}
CPU_PATHS = (cpu.simd_path(), *LESSER_PATHS.get(cpu.simd_path(), ()))
"""The CPU paths to be had here, best first."""

LAP_SECONDS = 0.5
N_PEN_DIGITS = 7494
"""The official training samples come first."""


def images(quick):
    """Return FashionMNIST, X, y, X_test of uint8 pixels; if quick a little noise of its form."""
    if not quick:
        return load_images("fashion_mnist")[:3]
    rng = np.random.default_rng(0)
    X = rng.integers(256, size=(600, 784), dtype=np.uint8)
    return X[:400], rng.integers(10, size=400), X[400:]


def fashion_mnist(quick, rule="paper"):
    """Return the perceptron 784-525-525 and its data."""
    X, y, _ = images(quick)
    groups = {"group_size": 35, "group_patience": None} if rule == "paper" else {}
    classifier = BEPMLPClassifier(
        (525, 525),
        encoder=ThermometerEncoder(n_bits=1),
        rule=rule,
        batch_size=100,
        random_state=0,
        **groups,
    )
    return classifier, X, y


def pen_digits(quick, rule="paper"):
    """Return the recurrent network with 510 state neurons and its data; a step is one point."""
    if quick:
        rng = np.random.default_rng(0)
        X, y = rng.random((300, 8, 2)), rng.integers(10, size=300)
    else:
        X, y = load_series("PenDigits")
        X, y = X[:N_PEN_DIGITS], y[:N_PEN_DIGITS]
    return BEPRNNClassifier(510, rule=rule, overlap=0, batch_size=64, random_state=0), X, y


TASKS = {"fashion_mnist": fashion_mnist, "pen_digits": pen_digits}


def time_epochs(lap, classifier, X, y):
    """Fit for ever; a lap is the median of as many epochs as fill half a second.

    Encoding and the first epoch are the warm-up.
    """
    seconds, start = [], None

    def after_epoch(classifier):
        nonlocal start
        if start is None:
            lap()
        elif classifier.n_iter_ > 1:
            seconds.append(time.perf_counter() - start)
        if sum(seconds) >= LAP_SECONDS:
            lap(statistics.median(seconds))
            seconds.clear()
        start = time.perf_counter()

    classifier.set_params(n_jobs=lap.threads, max_iter=10**9, n_iter_no_change=None)
    while True:  # a fit ends where nothing is left to learn
        classifier.fit(X, y, callback=after_epoch)


def epochs(lap, task, quick, rule="paper"):
    """Time the epochs of a task."""
    time_epochs(lap, *TASKS[task](quick, rule))


def digest(task, quick, n_jobs):
    """Return a digest of the hidden weights after three epochs."""
    classifier, X, y = TASKS[task](quick)
    classifier.set_params(n_jobs=n_jobs, max_iter=3, n_iter_no_change=None).fit(X, y)
    weights = b"".join(weights.tobytes() for weights in classifier.hidden_weights_)
    return hashlib.sha256(weights).hexdigest()[:16]
