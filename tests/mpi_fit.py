"""Fit on the processes of MPI, and let each pickle what it has: mpirun -n 3 python mpi_fit.py."""

import pickle
import sys
from pathlib import Path

import numpy as np
from common import blobs
from crew import stretches

from bepsk import BEPMLPClassifier, BEPRNNClassifier
from bepsk.distributed import MPIWorkers, fit_shard

KINDS = {
    "mlp": BEPMLPClassifier((48, 40), max_iter=3, random_state=0),
    "rnn": BEPRNNClassifier(48, max_iter=3, random_state=0),
}


def load():
    """Return the samples that the workers share."""
    return blobs(150, n_features=30)


if __name__ == "__main__":
    workers = MPIWorkers()
    X, y = load()
    mine = stretches(len(y), np.arange(workers.size) if workers.size > 1 else [1])[workers.rank]
    for kind, clf in KINDS.items():
        fit_shard(clf, X[mine], y[mine], workers=workers)
        Path(sys.argv[1], f"{kind}{workers.rank}.pickle").write_bytes(pickle.dumps(clf))
