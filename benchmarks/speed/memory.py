"""Memory of training beyond the data, in bytes for each weight."""

import tracemalloc

import numpy as np

from benchmarks.common import memory, peak_memory, reset_peak_memory
from benchmarks.speed import ours
from benchmarks.speed.contest import call
from benchmarks.speed.report import Table
from bepsk import BEPMLPClassifier

WIDTHS = (525, 1024, 2048, 4096)
N_SAMPLES, BATCH_SIZE = 500, 100
FASHION_MNIST = "FashionMNIST, 784-525-525, 60,000 samples"


def problem(width, quick):
    """Return a classifier and its data: two layers of this width, or FashionMNIST for None."""
    if width is None:
        classifier, X, y = ours.fashion_mnist(quick)
    else:
        rng = np.random.default_rng(0)
        X = rng.integers(2, size=(N_SAMPLES, width), dtype=np.uint8)
        y = rng.integers(10, size=N_SAMPLES)
        classifier = BEPMLPClassifier((width, width), encoder="binary", batch_size=BATCH_SIZE)
    return classifier.set_params(max_iter=3, n_iter_no_change=None, random_state=0), X, y


def encoded_bytes(classifier, X):
    """Return what the encoded samples, their classes and weights take."""
    return classifier.encode(X).nbytes + 2 * 8 * len(X)


def traced(width, quick):
    """Return the peaks of what numpy allocates, in the epochs and in the whole fit.

    X and y are there before; the encoded samples are subtracted.
    """
    classifier, X, y = problem(width, quick)
    whole_fit, epochs = [], []

    def after_epoch(_):
        if not whole_fit:  # what follows the first epoch is training alone
            whole_fit.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.reset_peak()
        else:
            epochs.append(tracemalloc.get_traced_memory()[1])

    tracemalloc.start()
    classifier.fit(X, y, callback=after_epoch)
    whole_fit.append(tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
    encoded = encoded_bytes(classifier, X)
    return {
        "weights": sum(weights.size for weights in classifier.hidden_weights_),
        "epochs": max(epochs) - encoded,
        "fit": max(whole_fit + epochs) - encoded,
    }


def resident(width, quick):
    """Return the growth of the resident memory in a fit, encoded samples subtracted.

    None where the system does not tell the peak since a moment of choice.
    """
    warm_up, X, y = problem(64, quick)
    warm_up.fit(X, y)
    classifier, X, y = problem(width, quick)
    if not reset_peak_memory():
        return None
    before = memory("VmRSS")
    classifier.fit(X, y)
    return peak_memory() - before - encoded_bytes(classifier, X)


def measure(quick):
    """Return the table."""
    widths = {f"{width}-{width}-{width}": width for width in (WIDTHS[:1] if quick else WIDTHS)}
    body, figures, records = [], {}, []
    for name, width in {**widths, FASHION_MNIST: None}.items():
        arguments = {"width": width, "quick": quick}
        sizes = call(traced, arguments) | {"resident": call(resident, arguments)}
        n_weights = sizes["weights"]
        keys = ("epochs", "fit", "resident")
        per_weight = {key: sizes[key] and sizes[key] / n_weights for key in keys}
        body.append([name, n_weights, *(value or "unknown" for value in per_weight.values())])
        records.append({"row": name, **sizes, "bytes per weight": per_weight})
    figures["largest network: bytes per weight, whole fit"] = body[-2][3]
    head = ["network", "weights", "traced, epochs", "traced, whole fit", "resident, whole fit"]
    return Table(head, body, figures, records)
