"""The FashionMNIST training epoch, 60,000 x 784-525-525, batch 100: `python -m benchmarks.speed`.

Also compares the hidden weights after three epochs between one and two threads; run it with
BEPSK_SIMD=portable to compare the printed digest across CPU paths.
"""

import hashlib
import statistics
import time

from benchmarks.data import load_images
from bepsk import BEPMLPClassifier
from bepsk.classifiers._encoding import encode
from bepsk.encoders import ThermometerEncoder
from bepsk.kernels.cpu import simd_path
from bepsk.network import FeedForwardNetwork
from bepsk.training import Progress, Settings, TrainingData, run_epoch

RUNS = 7


def time_epochs(X, y, n_threads):
    """Return the seconds of each of RUNS consecutive epochs on encoded data."""
    inputs, n_bits = encode(ThermometerEncoder(n_bits=1).fit(X), X)
    data = TrainingData(inputs, y.astype(int), weights=(y >= 0).astype(float))
    network = FeedForwardNetwork.random(n_bits, (525, 525), 10, seed=0)
    progress = Progress(seed=0, group_sizes=[35, 35])
    settings = Settings(
        margin=0.5, gate=0.05, reinforcement=0.5, batch_size=100, n_threads=n_threads
    )
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        run_epoch(network, data, settings, progress)
        seconds.append(time.perf_counter() - start)
    return seconds


def digest(X, y, n_jobs):
    """Return a digest of the hidden weights after three epochs."""
    classifier = BEPMLPClassifier(
        (525, 525),
        encoder=ThermometerEncoder(n_bits=1),
        max_iter=3,
        n_jobs=n_jobs,
        random_state=0,
    ).fit(X, y)
    weights = b"".join(weights.tobytes() for weights in classifier.hidden_weights_)
    return hashlib.sha256(weights).hexdigest()[:16]


def main():
    """Print the table."""
    X, y, _, _ = load_images("fashion_mnist")
    for n_threads in (1, 2):
        seconds = time_epochs(X, y, n_threads)
        print(
            f"{simd_path()}, {n_threads} thread(s): median {statistics.median(seconds):.3f} s "
            f"an epoch, first {seconds[0]:.3f}, slowest {max(seconds):.3f}"
        )
    for n_jobs in (1, 2):
        print(f"{simd_path()}, n_jobs={n_jobs}: hidden weights {digest(X, y, n_jobs)}")


if __name__ == "__main__":
    main()
