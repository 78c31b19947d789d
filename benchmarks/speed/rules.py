"""An epoch of FashionMNIST and one of PenDigits: both rules, version 0.1, and PyTorch.

BEPSK_OLD names a checkout of version 0.1.0 (commit e3e8fd5) with its kernels built in place; it is
left out without.
"""

import os

from benchmarks.speed import ours, recurrent, training
from benchmarks.speed.contest import THREADS, Contender, contest, threads_label
from benchmarks.speed.report import Table

RULES = {"paper": "the paper's rule", "contrastive": "the contrastive rule"}
OLD = "version 0.1.0, the paper's rule"
TORCH = {
    "fashion_mnist": (training.torch_epochs, {"batch_norm": False, "n_batches": 100}, 600),
    "pen_digits": (recurrent.torch_epochs, {"n_batches": 30}, ours.N_PEN_DIGITS / 64),
}
"""The function, its arguments, and how many batches an epoch has."""
ROUNDS = 7


def contenders(task, threads, quick):
    """Yield those of a column."""
    column = f"{task}, {threads_label(threads)}"
    arguments = {"task": task, "quick": quick}
    for rule, row in RULES.items():
        yield Contender(row, column, ours.epochs, arguments | {"rule": rule}, threads)
    if os.environ.get("BEPSK_OLD") and not quick:  # it ends its fit where all is learned
        old = os.environ["BEPSK_OLD"]
        yield Contender(OLD, column, ours.epochs, arguments, threads, tree=old)
    function, arguments, n_batches = TORCH[task]
    if quick:
        n_batches = arguments["n_batches"] = 2
    share = arguments["n_batches"] / n_batches
    arguments = arguments | {"quick": quick}
    yield Contender(training.TORCH, column, function, arguments, threads, share=share)


def measure(quick):
    """Return the table."""
    columns = [(task, threads) for task in ours.TASKS for threads in THREADS]
    every = [contender for column in columns for contender in contenders(*column, quick)]
    results = contest(every, 2 if quick else ROUNDS)
    ours_now, figures = RULES["contrastive"], {}
    for task, threads in columns:
        column = f"{task}, {threads_label(threads)}"
        for row, name in ((RULES["paper"], "the paper's rule"), (OLD, OLD), (training.TORCH,) * 2):
            ratio = results.ratio(row, ours_now, column)
            figures[f"{column}: speed relative to {name}"] = ratio
        figures[f"{column}: version 0.1.0, speed relative to {training.TORCH}"] = results.ratio(
            training.TORCH, OLD, column
        )
        if threads > 1:
            one = f"{task}, {threads_label(1)}"
            for row in RULES.values():
                figures[f"{task}, {row}: {threads} threads times faster than 1"] = results.ratio(
                    row, row, one, fast_column=column
                )
    figures = {name: value for name, value in figures.items() if value is not None}
    return Table(*results.pivot("seconds per epoch"), figures, results)
