"""Seconds of a training epoch: `python -m benchmarks.speed`.

FashionMNIST (60,000 x 784-525-525, batch 100) and PenDigits (7,494 series of 8 steps, 510 state
neurons, batch 64). Also compares the hidden weights after three epochs between one and two
threads; run it with BEPSK_SIMD=portable to compare the printed digests across CPU paths.
"""

import hashlib
import statistics
import time

import numpy as np

from benchmarks.data import load_images, load_series
from bepsk import BEPMLPClassifier, BEPRNNClassifier
from bepsk.encoders import ThermometerEncoder
from bepsk.kernels.cpu import simd_path

RUNS = 7
N_PEN_DIGITS = 7494
"""The official training samples come first."""


def fashion_mnist():
    """Return the perceptron and its data."""
    X, y, _, _ = load_images("fashion_mnist")
    classifier = BEPMLPClassifier(
        (525, 525), encoder=ThermometerEncoder(n_bits=1), group_size=35, group_patience=None
    )
    return classifier, X, y


def pen_digits():
    """Return the recurrent network and its data; each step is one point."""
    X, y = load_series("PenDigits")
    return BEPRNNClassifier(510, overlap=0), X[:N_PEN_DIGITS], y[:N_PEN_DIGITS]


def time_epochs(classifier, X, y, n_jobs):
    """Return the seconds of each of RUNS consecutive epochs, encoding left out."""
    ends = []
    classifier.set_params(
        n_jobs=n_jobs, max_iter=1 + RUNS, n_iter_no_change=None, random_state=0, verbose=True
    )
    classifier._report = lambda progress: ends.append(time.perf_counter())
    classifier.fit(X, y)
    return np.diff(ends)


def digest(classifier, X, y, n_jobs):
    """Return a digest of the hidden weights after three epochs."""
    classifier.set_params(n_jobs=n_jobs, max_iter=3, random_state=0).fit(X, y)
    weights = b"".join(weights.tobytes() for weights in classifier.hidden_weights_)
    return hashlib.sha256(weights).hexdigest()[:16]


def main():
    """Print the table."""
    for make in (fashion_mnist, pen_digits):
        for n_jobs in (1, 2):
            seconds = time_epochs(*make(), n_jobs)
            print(
                f"{make.__name__}, {simd_path()}, n_jobs={n_jobs}: median "
                f"{statistics.median(seconds):.3f} s an epoch, slowest {max(seconds):.3f}; "
                f"weights after 3 epochs {digest(*make(), n_jobs)}",
                flush=True,
            )


if __name__ == "__main__":
    main()
