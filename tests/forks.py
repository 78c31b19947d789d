"""Fork after OpenMP's threads have been used: `python tests/forks.py 20`.

Only the forking thread exists in a child; one that waits for the others never ends. As a server
that loads its model and then forks its workers, the parent trains on two threads, and each child
works with n_jobs=2. One that takes longer than a minute counts as hanging.
"""

import os
import signal
import sys
import traceback
import warnings

import numpy as np
from common import all_threads, blobs, same, waves
from sklearn.base import clone

from bepsk import BEPMLPClassifier, BEPRNNClassifier
from bepsk.encoders import RandomProjectionEncoder, ThermometerEncoder
from bepsk.network.packed import pack_bits

TIME_LIMIT = 60
X, y = blobs(300, n_features=20)
SERIES, pitch = waves(60)
MLP = BEPMLPClassifier((128, 128), max_iter=2, n_jobs=2, random_state=0)
RNN = BEPRNNClassifier(64, max_iter=2, n_jobs=2, random_state=0)


def make_tasks():
    """Train in this process; return what the children do, by name."""
    mlp, rnn = clone(MLP).fit(X, y), clone(RNN).fit(SERIES, pitch)
    papers = [clone(clf).set_params(rule="paper") for clf in (MLP, RNN)]
    encoders = [
        ThermometerEncoder().fit(X),
        RandomProjectionEncoder(512, random_state=0).fit(X),
    ]
    network, bits, labels = mlp.network_, mlp.encode(X), np.unique(y)
    return {
        "predict": lambda: mlp.predict_proba(X),
        "serve": lambda: [mlp.predict(x[np.newaxis]) for x in X[:100]],
        "recurrent predict": lambda: rnn.predict_proba(SERIES),
        "fit": lambda: clone(MLP).fit(X, y).hidden_weights_,
        "recurrent fit": lambda: clone(RNN).fit(SERIES, pitch).hidden_weights_,
        "fit by the paper": lambda: clone(papers[0]).fit(X, y).hidden_weights_,
        "recurrent fit by the paper": lambda: clone(papers[1]).fit(SERIES, pitch).hidden_weights_,
        "partial_fit": lambda: clone(MLP).partial_fit(X, y, labels).hidden_weights_,
        "encode": lambda: [encoder.transform_packed(X, 2) for encoder in encoders],
        "logits": lambda: network.logits(bits, 2),
    }


def fork(task, expected):
    """Do a task in a forked child; return what went wrong, or nothing."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            signal.alarm(TIME_LIMIT)
            status = 0 if same(task(), expected) else 2
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {0: "", 1: "an error", 2: "another result", -signal.SIGALRM: "hangs"}.get(
        status, f"exit status {status}"
    )


def main():
    """Do each task in so many children; return the exit status."""
    warnings.simplefilter("ignore", DeprecationWarning)  # fork with threads is what is tested
    n_children = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    n_failed = 0
    with all_threads():
        pack_bits(np.ones((64, 64), dtype=np.uint8), 2)
        for name, task in make_tasks().items():
            expected = task()
            problems = list(filter(None, (fork(task, expected) for _ in range(n_children))))
            n_failed += len(problems)
            print(f"{name}: {n_children} children,", *(problems or ["all right"]), flush=True)
    return int(n_failed > 0)


if __name__ == "__main__":
    sys.exit(main())
