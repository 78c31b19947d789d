"""How the seconds of a training epoch grow, on random bits from which every sample learns."""

import numpy as np

from benchmarks.speed import ours
from benchmarks.speed.contest import Contender, contest
from benchmarks.speed.report import Table
from bepsk import BEPMLPClassifier, BEPRNNClassifier

ALWAYS_LEARN = {"rule": "paper", "encoder": "binary", "margin": 1.0, "random_state": 0}
GROUP_SIZE = 32
ROUNDS = 5

SERIES = {
    "samples": [1_000, 3_000, 10_000, 30_000, 60_000],
    "width": [128, 256, 512, 1024, 2048, 4096],
    "depth": [1, 2, 3, 4, 6, 8],
    "batch": [10, 30, 100, 300, 1000, 5000],
    "steps": [4, 8, 16, 32, 64, 128],
}
GROWS_AS = {"samples": "samples", "width": "width²", "depth": "depth", "steps": "steps"}


def random_labels(n_samples):
    """Draw labels of ten classes."""
    return np.random.default_rng(1).integers(10, size=n_samples)


def perceptron(lap, samples=10_000, width=512, depth=2, batch=100):
    """Time epochs of `depth` layers as wide as the input."""
    X = np.random.default_rng(0).integers(2, size=(samples, width), dtype=np.uint8)
    classifier = BEPMLPClassifier(
        (width,) * depth,
        group_size=GROUP_SIZE,
        group_patience=None,
        batch_size=batch,
        **ALWAYS_LEARN,
    )
    ours.time_epochs(lap, classifier, X, random_labels(samples))


def recurrent(lap, steps, samples=1_000, n_features=64):
    """Time epochs of a recurrent network with 512 states."""
    X = np.random.default_rng(0).integers(2, size=(samples, steps, n_features))
    classifier = BEPRNNClassifier(
        512,
        n_steps="raw",
        inertia=0,
        place_code=False,
        group_size=GROUP_SIZE,
        batch_size=100,
        **ALWAYS_LEARN,
    )
    ours.time_epochs(lap, classifier, X.astype(np.float32), random_labels(samples))


def contender(against, size, quick):
    """Return one point of a series."""
    arguments = {against: size}
    if against == "width":
        arguments["samples"] = 2_000
    if quick:
        arguments.setdefault("samples", 200)
    function = recurrent if against == "steps" else perceptron
    return Contender(against, f"{size}", function, arguments)


def slope(sizes, seconds):
    """Return the slope of the fitted line through the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def measure(quick):
    """Return the table."""
    body, figures, records = [], {}, []
    for against, sizes in SERIES.items():
        sizes = sizes[:2] if quick else sizes
        points = [contender(against, size, quick) for size in sizes]
        results = contest(points, 2 if quick else ROUNDS)
        seconds = [record["seconds"] for record in results]
        body += [[against, f"{n:,}", value] for n, value in zip(sizes, seconds, strict=True)]
        records += results
        if against in GROWS_AS:
            work = np.square(sizes) if against == "width" else sizes
            half = len(sizes) // 2
            name = f"slope against {GROWS_AS[against]}"
            figures[name] = slope(work, seconds)
            if not quick:
                figures[f"{name}, upper half"] = slope(work[half:], seconds[half:])
    return Table(["against", "size", "seconds per epoch, 1 thread"], body, figures, records)
