"""Repeat what a long-lived process does: `python tests/leaks.py 1000`.

So many fits, recurrent fits, ensembles and chunks of a stream, and ten times as many predictions;
the resident memory may not grow by more than the allocator's own unrest. Linux only.
"""

import gc
import os
import sys
from pathlib import Path

from common import blobs, waves
from sklearn.base import clone

from bepsk import BEPMLPClassifier, BEPRNNClassifier

ALLOWED = 2**20
"""Bytes by which the memory may grow, however often a task is repeated."""
X, y = blobs(200, n_features=10)
SERIES, pitch = waves(60)
MLP = BEPMLPClassifier((64, 64), max_iter=2, random_state=0)
RNN = BEPRNNClassifier(64, max_iter=2, random_state=0)
EARLY = clone(MLP).set_params(early_stopping=True, encoder="thermometer")


def resident():
    """Return the resident memory of this process in bytes."""
    gc.collect()
    n_pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return n_pages * os.sysconf("SC_PAGE_SIZE")


def growth_of(task, n_times):
    """Return by how many bytes the memory grows while a task is repeated."""
    before = resident()
    for _ in range(n_times):
        task()
    return resident() - before


def make_tasks(n):
    """Return what is repeated, by name, and how often."""
    mlp, rnn = clone(MLP).fit(X, y), clone(RNN).fit(SERIES, pitch)
    stream = clone(MLP).partial_fit(X, y, [0, 1, 2])
    refitted = clone(MLP)
    paper, averaged = clone(MLP).set_params(rule="paper"), clone(RNN).set_params(average=2)
    return {
        "fits": (n, lambda: clone(MLP).fit(X, y)),
        "fits by the paper": (n, lambda: clone(paper).fit(X, y)),
        "averaged recurrent fits": (n, lambda: clone(averaged).fit(SERIES, pitch)),
        "fits of the same classifier": (n, lambda: refitted.fit(X, y)),
        "fits with early stopping": (n, lambda: clone(EARLY).fit(X, y)),
        "recurrent fits": (n, lambda: clone(RNN).fit(SERIES, pitch)),
        "chunks of a stream": (n, lambda: stream.partial_fit(X, y)),
        "predictions": (10 * n, lambda: mlp.predict_proba(X)),
        "predictions of one row": (10 * n, lambda: mlp.predict(X[:1])),
        "recurrent predictions": (10 * n, lambda: rnn.predict_proba(SERIES)),
        "steps of a live series": (10 * n, lambda: rnn.step(SERIES[0, :6])),
        "failed fits": (n, lambda: fail(refitted)),
    }


def fail(clf):
    """Fit on something that is refused."""
    try:
        clf.fit(X, None)
    except ValueError:
        return
    raise AssertionError("fit takes y=None.")


def main():
    """Repeat each task and print by how much memory has grown; return the exit status."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    n_failed = 0
    for name, (n_times, task) in make_tasks(n).items():
        for _ in range(10 + n_times // 10):  # until caches and pools are full
            task()
        growth = min(growth_of(task, n_times) for _ in range(3))  # a leak grows each time
        n_failed += growth > ALLOWED
        print(f"{n_times} {name}: {growth / 1024:+.0f} KiB", flush=True)
    return int(n_failed > 0)


if __name__ == "__main__":
    sys.exit(main())
