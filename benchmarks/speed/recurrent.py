"""An epoch of PenDigits: 7,494 series of 8 steps, 510 state neurons, batches of 64."""

import numpy as np

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

    from benchmarks.speed import torch_networks
    from bepsk.network.packed import unpack_bits

    torch.set_num_threads(lap.threads)
    torch.manual_seed(0)
    classifier, X, y = ours.pen_digits(quick)
    width = classifier.hidden_size
    sequences, n_bits = classifier.set_params(max_iter=1).fit(X, y)._encode_input(X)
    n_samples, n_steps, n_words = sequences.bits.shape
    bits = unpack_bits(sequences.bits.reshape(-1, n_words), n_bits)
    signs = 2 * bits.astype(np.float32).reshape(n_samples, n_steps, n_bits) - 1
    classes, y = np.unique(y, return_inverse=True)
    network = torch_networks.BinaryRNN(n_bits, width, width, len(classes))
    X, y = torch.from_numpy(signs), torch.from_numpy(y)
    torch_networks.train(lap, network, X, y, BATCH_SIZE, n_batches)


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
