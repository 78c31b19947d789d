"""More rows than memory: `python -m benchmarks.out_of_core`.

Makes a table of 10,000,000 rows and 50 columns in a temporary file, 2 GB of float32, and fits two
epochs from it, memory-mapped, in a process of its own. Prints the seconds of each part and the peak
of that process's memory, mapped pages included.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.common import ROOT, peak_memory
from bepsk import BEPMLPClassifier
from bepsk.encoders import RandomProjectionEncoder, ThermometerEncoder

ENCODERS = {
    "projection": RandomProjectionEncoder(512),
    "sparse": RandomProjectionEncoder(512, max_features=4),
    "thermometer": ThermometerEncoder(10),
}
BLOCK_ROWS = 100_000


def make_table(folder, n_rows, n_columns):
    """Write a random table and its labels, ten classes by the largest of ten sums of columns."""
    shape = n_rows, n_columns
    X = np.lib.format.open_memmap(folder / "X.npy", mode="w+", dtype=np.float32, shape=shape)
    y = np.lib.format.open_memmap(folder / "y.npy", mode="w+", dtype=np.uint8, shape=(n_rows,))
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(n_columns, 10)).astype(np.float32)
    for start in range(0, n_rows, BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        X[rows] = rng.normal(size=X[rows].shape)
        y[rows] = (X[rows] @ directions).argmax(axis=1)


def work(folder, encoder, widths, epochs, n_jobs):
    """Fit, and print what it took."""
    X, y = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in "Xy")
    marks = [time.perf_counter()]
    clf = BEPMLPClassifier(
        widths,
        encoder=ENCODERS[encoder],
        max_iter=epochs,
        n_jobs=n_jobs,
        random_state=0,
    )
    clf.fit(X, y, callback=lambda _: marks.append(time.perf_counter()))
    seconds = np.diff([*marks, time.perf_counter()])
    peak = peak_memory() / 2**30
    print(f"{len(y)} x {X.shape[1]} rows, {encoder}, {widths}, {n_jobs} threads")
    print(f"check, fit the encoder, encode, first epoch: {seconds[0]:.0f} s")
    if epochs > 1:
        epoch = np.median(seconds[1:-1])
        print(f"each later epoch: {epoch:.0f} s, {len(y) / epoch:.3g} rows/s")
    print(f"train accuracy {clf.train_scores_[-1]:.3f}, peak RSS {peak:.2f} GB")


def main():
    """Make the table and start the process."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.out_of_core", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--columns", type=int, default=50)
    parser.add_argument("--encoder", choices=ENCODERS, default="sparse")
    parser.add_argument("--widths", type=int, nargs="+", default=[128])
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.folder:
        work(options.folder, options.encoder, options.widths, options.epochs, options.jobs)
        return
    with TemporaryDirectory() as folder:
        make_table(Path(folder), options.rows, options.columns)
        command = [sys.executable, "-m", "benchmarks.out_of_core", *sys.argv[1:]]
        subprocess.run([*command, "--folder", folder], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
