"""Training on 1, 2, 3 .. workers of MPI and Dask: `python -m benchmarks.distributed`.

FashionMNIST at its median bits, 525-525, batches of 2,000. For each number of workers: seconds of
an epoch, seconds of CPU that the busiest worker spends in it without the transport, seconds of the
transport, waiting included, and the bytes that a worker sends per mini-batch. On a machine without
a free core per worker, compare the seconds of CPU.
"""

import argparse
import json
import os
import subprocess
import sys
import time

import numpy as np

from benchmarks.common import ROOT
from benchmarks.data import load_images
from bepsk import BEPMLPClassifier
from bepsk.distributed import DaskEstimator, MPIWorkers, fit_shard
from bepsk.encoders import ThermometerEncoder

BATCH_SIZE = 2000
EPOCHS = 20
DASK = {
    "distributed.nanny.pre-spawn-environ": {
        "MALLOC_TRIM_THRESHOLD_": 2**27,
        "MALLOC_MMAP_THRESHOLD_": 2**25,
        "OMP_NUM_THREADS": 1,
    },
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "500ms",
}
"""How workers of Dask start, see docs/distributed.md."""


class MeteredWorkers(MPIWorkers):
    """Add up what the transport takes, and the bytes that it sends."""

    seconds = cpu_seconds = n_bytes = 0

    def swap(self, messages):
        """Exchange messages, see `MPIWorkers`."""
        self.n_bytes += sum(map(len, messages))
        start, cpu_start = time.perf_counter(), time.process_time()
        received = super().swap(messages)
        self.seconds += time.perf_counter() - start
        self.cpu_seconds += time.process_time() - cpu_start
        return received


def classifier(epochs, width):
    """Return what is fitted."""
    return BEPMLPClassifier(
        (width, width),
        encoder=ThermometerEncoder(n_bits=1),
        batch_size=BATCH_SIZE,
        max_iter=epochs,
        n_iter_no_change=None,
        random_state=0,
    )


def work(n_rows, width):
    """Train as one of the processes of MPI; the first prints its figures as JSON."""
    workers = MeteredWorkers()
    X, y = load_images("fashion_mnist")[:2]
    X, y = X[:n_rows], y[:n_rows]
    ends = np.linspace(0, n_rows, workers.size + 1).astype(int)
    mine = slice(*ends[workers.rank : workers.rank + 2])
    marks = []

    def mark(_):
        busy = time.process_time() - workers.cpu_seconds
        marks.append((time.perf_counter(), busy, workers.seconds, workers.n_bytes))

    fit_shard(classifier(EPOCHS, width), X[mine], y[mine], workers=workers, callback=mark)
    figures = np.median(np.diff(marks, axis=0), axis=0)
    figures[3] /= -(-n_rows // BATCH_SIZE)
    figures = np.max(workers.gather("figures", figures), axis=0)
    if workers.rank == 0:
        names = "epoch_seconds", "cpu_seconds", "exchange_seconds", "bytes_per_batch"
        print(json.dumps(dict(zip(names, figures.tolist(), strict=True))), flush=True)


def run_mpi(size, n_rows, width):
    """Return the figures of so many processes of MPI."""
    command = [sys.executable, "-m", "benchmarks.distributed", "--work"]
    command += ["--rows", str(n_rows), "--width", str(width)]
    options = ["--bind-to", "none", "--oversubscribe", "--allow-run-as-root"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OMPI_MCA_mpi_yield_when_idle": "1"}
    done = subprocess.run(
        ["mpirun", *options, "-n", str(size), *command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def run_dask(size, n_rows, width):
    """Return the seconds of an epoch on so many workers of Dask, from two fits."""
    import dask
    from distributed import Client

    X, y = load_images("fashion_mnist")[:2]
    dask.config.set(DASK)
    with Client(n_workers=size, threads_per_worker=1, dashboard_address=None) as client:
        seconds = []
        for epochs in (1, 1, 1 + EPOCHS):  # the first also loads the modules
            start = time.perf_counter()
            model = DaskEstimator(classifier(epochs, width), client=client)
            model.fit(X[:n_rows], y[:n_rows])
            seconds.append(time.perf_counter() - start)
    return {"epoch_seconds": (seconds[2] - seconds[1]) / EPOCHS}


def main():
    """Run what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.distributed", description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--width", type=int, default=525)
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        work(arguments.rows, arguments.width)
        return
    for size in arguments.workers:
        for name, run in (("MPI", run_mpi), ("Dask", run_dask)):
            figures = run(size, arguments.rows, arguments.width)
            columns = (f"{key} {value:.4g}" for key, value in figures.items())
            print(f"{name:5}{size} workers ", *columns, sep="  ", flush=True)


if __name__ == "__main__":
    main()
