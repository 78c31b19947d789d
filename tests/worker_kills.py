"""Kill a worker at random moments, and go on: `python tests/worker_kills.py dask 20`, or mpi.

A fit on three workers, one of which gets SIGKILL after a random time, must end with the bits of one
machine; or in a clear error, after which the same fit goes on from its checkpoint on other workers
and ends with these bits.
"""

import argparse
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
from common import blobs
from crew import assert_same_fit, stretches
from sklearn.base import clone

from bepsk import BEPMLPClassifier
from bepsk.distributed import DaskEstimator, MPIWorkers, fit_shard
from bepsk.training import Checkpoint, WorkerError, checkpoint

X, y = blobs(600, n_features=20)
y[::5] = np.random.default_rng(0).permutation(y[::5])  # or the fit ends soon, with nothing to learn
CLF = BEPMLPClassifier(
    (64, 64),
    encoder="thermometer",
    margin=1,
    average=3,
    max_iter=100,
    n_iter_no_change=None,
    random_state=0,
)
SIZE = 3


def main():
    """Run the cases and print what was found; return the exit status."""
    parser = argparse.ArgumentParser(description="Kill workers at random moments.")
    parser.add_argument("engine", choices=["dask", "mpi"])
    parser.add_argument("n_cases", type=int, nargs="?", default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", help="be one of the processes of MPI, with this folder")
    options = parser.parse_args()
    if options.work:
        return work(Path(options.work))
    fit = fit_on_dask if options.engine == "dask" else fit_on_mpi
    rng = np.random.default_rng(options.seed)
    expected = clone(CLF).fit(X, y)
    with tempfile.TemporaryDirectory() as folder:
        _, duration = fit(SIZE, Path(folder))
    found = {"ended": 0, "error, then the same bits": 0}
    for number in range(options.n_cases):
        delay, size = duration * rng.random(), int(rng.integers(1, SIZE + 1))
        with tempfile.TemporaryDirectory() as folder:
            fitted, _ = fit(SIZE, Path(folder), delay, rng.integers(SIZE))
            what = "ended"
            if isinstance(fitted, Exception):
                saved = Path(folder, "fit.npz")
                n_epochs = Checkpoint(saved).n_epochs if saved.exists() else 0
                print(f"  {type(fitted).__name__}: {str(fitted)[:60]}.. {n_epochs} epochs saved")
                what, (fitted, _) = "error, then the same bits", fit(size, Path(folder))
        assert_same_fit(fitted, expected)
        found[what] += 1
        print(f"{number}: killed after {delay:.1f} of {duration:.1f} s: {what}", flush=True)
    print(f"{options.n_cases} workers killed: {found}")
    return 0


def fit_on_dask(size, folder, delay=None, rank=0):
    """Fit on a new cluster; kill a worker after so many seconds.

    Returns
    -------
    fitted : estimator or Exception
        What it is then.
    seconds : float
        What that took.
    """
    from distributed import Client

    options = {"n_workers": size, "threads_per_worker": 1, "dashboard_address": None}
    with Client(**options) as client:
        pids = list(client.run(os.getpid).values())
        client.run(save_each_epoch)
        if delay is not None:
            threading.Timer(delay, kill, (pids[rank],)).start()
        start = time.perf_counter()
        try:
            model = DaskEstimator(CLF, client=client).fit(X, y, checkpoint=folder / "fit.npz")
            fitted = model.estimator_
        except WorkerError as error:
            fitted = error
        return fitted, time.perf_counter() - start


def kill(pid):
    """Send SIGKILL, unless the process has ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def save_each_epoch():
    """Spend any time on saving."""
    checkpoint.MOST_TIME = 1


def fit_on_mpi(size, folder, delay=None, rank=0):
    """Do the same by mpirun."""
    environment = {
        **os.environ,
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    }
    command = ["mpirun", "-n", str(size), sys.executable, __file__, "mpi", "--work", folder]
    for old in folder.glob("pid*"):
        old.unlink()
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as run:
        while len(pids := list(folder.glob("pid*"))) < size:
            time.sleep(0.01)
        start = time.perf_counter()
        if delay is not None:
            time.sleep(delay)
            kill(int(pids[rank].name[3:]))
        status = run.wait(timeout=300)
    seconds = time.perf_counter() - start
    fitted = folder / "fitted.pickle"
    if not fitted.exists():
        return RuntimeError(f"mpirun ended with status {status}"), seconds
    return pickle.loads(fitted.read_bytes()), seconds


def work(folder):
    """Fit, as one of the processes of MPI."""
    workers = MPIWorkers()
    save_each_epoch()
    (folder / f"pid{os.getpid()}").touch()
    shares = np.arange(workers.size) if workers.size > 1 else [1]
    mine = stretches(len(y), shares)[workers.rank]
    clf = fit_shard(clone(CLF), X[mine], y[mine], workers=workers, checkpoint=folder / "fit.npz")
    if workers.rank == 0:
        part = folder / "fitted.part"
        part.write_bytes(pickle.dumps(clf))
        part.rename(folder / "fitted.pickle")
    return 0


if __name__ == "__main__":
    sys.exit(main())
