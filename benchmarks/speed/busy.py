"""One thread and two, on an idle machine and on one that is busy with other work."""

import subprocess
import time
from contextlib import contextmanager, nullcontext

import numpy as np

from benchmarks.speed import ours
from benchmarks.speed.contest import THREADS, Contender, contest, threads_label
from benchmarks.speed.report import Table
from bepsk import BEPMLPClassifier

LOOP = ["sh", "-c", "while :; do :; done"]
STATES = ("idle", "busy")
LAP_SECONDS = 2.0
ROUNDS = 5
N_EPOCHS = 3
FIT, PREDICT = "fit", "predict"


@contextmanager
def load(n_loops):
    """Keep this process's CPUs busy with so many endless loops."""
    loops = [subprocess.Popen(LOOP) for _ in range(n_loops)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def narrow(quick):
    """Return a perceptron 64-64-64 and random bits."""
    n_samples = 300 if quick else 20_000
    X = np.random.default_rng(0).integers(2, size=(n_samples, 64), dtype=np.uint8)
    y = np.random.default_rng(1).integers(10, size=n_samples)
    return BEPMLPClassifier((64, 64), encoder="binary", random_state=0), X, y


TASKS = {
    "FashionMNIST, 784-525-525": ours.fashion_mnist,
    "PenDigits, 510 states": ours.pen_digits,
    "random bits, 64-64-64": narrow,
}


def repeat(lap, task, call, quick, busy):
    """Fit or predict again and again; a lap is the mean of what fills two seconds."""
    classifier, X, y = TASKS[task](quick)
    classifier.set_params(n_jobs=lap.threads, max_iter=N_EPOCHS, n_iter_no_change=None)
    classifier.fit(X, y)
    while True:
        n_calls = 0
        with load(lap.threads) if busy else nullcontext():
            start = time.perf_counter()
            while not n_calls or time.perf_counter() - start < LAP_SECONDS * (not quick):
                classifier.fit(X, y) if call == FIT else classifier.predict(X)
                n_calls += 1
            seconds = (time.perf_counter() - start) / n_calls
        lap(seconds)


def measure(quick):
    """Return the table."""
    contenders = [
        Contender(
            f"{task}, {call}",
            f"{state}, {threads_label(threads)}",
            repeat,
            {"task": task, "call": call, "quick": quick, "busy": state == "busy"},
            threads,
        )
        for task in TASKS
        for call in (FIT, PREDICT)
        for state in STATES
        for threads in THREADS
    ]
    results = contest(contenders, 2 if quick else ROUNDS)
    head, body = results.pivot(f"seconds; fits of {N_EPOCHS} epochs")
    rows = [line[0] for line in body]
    figures = {
        f"{state}: 2 threads, times the seconds of 1: {row}": results.ratio(
            row, row, f"{state}, {threads_label(2)}", f"{state}, {threads_label(1)}"
        )
        for state in STATES
        for row in rows
    }
    return Table(head, body, figures, results)
