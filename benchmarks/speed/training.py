"""An epoch of FashionMNIST: 60,000 samples, layers of 525 and 525 neurons, batches of 100."""

import numpy as np

from benchmarks.common import train_tsetlin
from benchmarks.speed import ours
from benchmarks.speed.contest import THREADS, Contender, call, contest, threads_label
from benchmarks.speed.report import Table

TASK = "fashion_mnist"
BATCH_SIZE = 100
N_CLASSES = 10
N_CLAUSES = 1050
"""As many as the network has neurons."""
ROUNDS = 5


def signs(quick):
    """Return the same bits as ours, as +-1 floats, and the labels."""
    classifier, X, y = ours.fashion_mnist(quick)
    bits = classifier.encoder.fit(X).transform(X)
    return 2 * bits.astype(np.float32) - 1, y


def torch_epochs(lap, quick, batch_norm, n_batches):
    """Time straight-through training in PyTorch."""
    import torch

    from benchmarks import torch_networks

    torch.set_num_threads(lap.threads)
    torch.manual_seed(0)
    X, y = signs(quick)
    widths = 525, 525
    top = torch_networks.BinaryLayer([widths[-1]], N_CLASSES, batch_norm)
    network = torch_networks.FeedForward(X.shape[1], widths, top, batch_norm)
    X, y = torch.from_numpy(X), torch.from_numpy(y.astype(np.int64))
    torch_networks.time_training(lap, network, X, y, BATCH_SIZE, n_batches)


def sklearn_epochs(lap, quick, n_batches):
    """Time float training in scikit-learn, one pass over the first batches."""
    from sklearn.neural_network import MLPClassifier

    X, y = signs(quick)
    n_rows = BATCH_SIZE * n_batches
    network = MLPClassifier((525, 525), batch_size=BATCH_SIZE, random_state=0)
    while True:
        network.partial_fit(X[:n_rows], y[:n_rows], classes=np.arange(N_CLASSES))
        lap()


def tsetlin_epochs(lap, quick, n_batches):
    """Time a Tsetlin machine on the same bits."""
    X, y = signs(quick)
    n_rows = BATCH_SIZE * n_batches
    train_tsetlin(
        X[:n_rows] > 0,
        y[:n_rows],
        n_clauses=N_CLAUSES,
        s=10.0,
        threshold=1000,
        n_jobs=lap.threads,
        n_epochs=10**9,
        seed=1,
        fn_epoch_callback=lambda *scores: lap(),
    )


def our_row(path):
    """Return the name of our row."""
    return f"bepsk, {path}"


TORCH = "PyTorch, straight-through, Adam"
TORCH_NORM = "PyTorch, the same with batch norm"
SKLEARN = "scikit-learn MLPClassifier (float, Adam)"
TSETLIN = f"green-tsetlin, {N_CLAUSES} clauses"


def our_contenders(task, quick):
    """Return each CPU path with each number of threads."""
    return [
        Contender(
            our_row(path),
            threads_label(threads),
            ours.epochs,
            {"task": task, "quick": quick},
            threads,
            path,
        )
        for path in ours.CPU_PATHS
        for threads in THREADS
    ]


def peers(quick):
    """Return the peers with each number of threads, and how much of an epoch they run."""
    n_batches = 4 if quick else 600
    timed = {
        TORCH: (torch_epochs, {"batch_norm": False}, 100),
        TORCH_NORM: (torch_epochs, {"batch_norm": True}, 100),
        SKLEARN: (sklearn_epochs, {}, 100),
        TSETLIN: (tsetlin_epochs, {}, 20),
    }
    for row, (function, arguments, n_timed) in timed.items():
        n_timed = min(n_timed, n_batches)
        arguments |= {"quick": quick, "n_batches": n_timed}
        share = n_timed / n_batches
        for threads in THREADS:
            yield Contender(row, threads_label(threads), function, arguments, threads, share=share)


def epoch_table(results):
    """Return the head and the body of the table, with the part of an epoch that was timed."""
    head, body = results.pivot("seconds per epoch")
    shares = {record["row"]: record["share"] for record in results}
    return [*head, "part timed"], [[*line, f"{shares[line[0]]:.0%}"] for line in body]


def our_figures(results, task, quick):
    """Return how our paths and threads compare, and whether the weights are the same."""
    best, first = our_row(ours.CPU_PATHS[0]), threads_label(1)
    figures = {
        f"{path}: times the seconds of {ours.CPU_PATHS[0]}": results.ratio(
            our_row(path), best, first
        )
        for path in ours.CPU_PATHS[1:]
    }
    if len(THREADS) > 1:
        figures["2 threads: times faster than 1"] = results.ratio(
            best, best, first, fast_column=threads_label(2)
        )
    digests = {
        call(ours.digest, {"task": task, "quick": quick, "n_jobs": threads}, threads, path)
        for path in ours.CPU_PATHS
        for threads in THREADS
    }
    verdict = "identical" if len(digests) == 1 else "DIFFERENT"
    figures["weights after 3 epochs, all paths and threads"] = (
        f"{verdict}: {', '.join(sorted(digests))}"
    )
    return figures


def times_faster(results, rows):
    """Return how many times faster we are than each of these rows, by threads."""
    best = our_row(ours.CPU_PATHS[0])
    return {
        f"times faster than {row}, {threads_label(threads)}": results.ratio(
            row, best, threads_label(threads)
        )
        for row in rows
        for threads in THREADS
    }


def measure(quick):
    """Return the table."""
    contenders = [*our_contenders(TASK, quick), *peers(quick)]
    results = contest(contenders, 2 if quick else ROUNDS)
    figures = times_faster(results, [TORCH, TORCH_NORM, SKLEARN, TSETLIN])
    figures |= our_figures(results, TASK, quick)
    return Table(*epoch_table(results), figures, results)
