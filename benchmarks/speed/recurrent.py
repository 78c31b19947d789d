"""An epoch of PenDigits: 7,494 series of 8 steps, 510 state neurons, batches of 64."""

import numpy as np

from benchmarks.common import series_signs
from benchmarks.speed import ours
from benchmarks.speed.contest import THREADS, Contender, contest, threads_label
from benchmarks.speed.report import Table
from benchmarks.speed.training import (
    TORCH,
    epoch_table,
    our_contenders,
    our_figures,
    times_faster,
)

TASK = "pen_digits"
BATCH_SIZE = 64
N_TIMED = 30
ROUNDS = 7


def torch_epochs(lap, quick, n_batches):
    """Time straight-through training through time in PyTorch, on the same bits."""
    import torch

    from benchmarks import torch_networks

    torch.set_num_threads(lap.threads)
    torch.manual_seed(0)
    classifier, X, y = ours.pen_digits(quick)
    width = classifier.hidden_size
    signs, _ = series_signs(classifier.set_params(max_iter=1).fit(X, y), X)
    _, n_steps, n_bits = signs.shape
    classes, y = np.unique(y, return_inverse=True)
    top = torch_networks.BinaryLayer([width], len(classes), batch_norm=False)
    network = torch_networks.Recurrent(n_bits, n_steps, width, top, batch_norm=False)
    X, y = torch.from_numpy(signs).float(), torch.from_numpy(y)
    torch_networks.time_training(lap, network, X, y, BATCH_SIZE, n_batches)


def measure(quick):
    """Return the table."""
    n_batches = 2 if quick else N_TIMED
    n_samples = BATCH_SIZE * n_batches if quick else ours.N_PEN_DIGITS
    peers = [
        Contender(
            TORCH,
            threads_label(threads),
            torch_epochs,
            {"quick": quick, "n_batches": n_batches},
            threads,
            share=BATCH_SIZE * n_batches / n_samples,
        )
        for threads in THREADS
    ]
    results = contest([*our_contenders(TASK, quick), *peers], 2 if quick else ROUNDS)
    figures = times_faster(results, [TORCH]) | our_figures(results, TASK, quick)
    return Table(*epoch_table(results), figures, results)
