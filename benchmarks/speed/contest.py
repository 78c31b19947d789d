"""Contenders in processes of their own, that take turns: A B C A B C ..., one at a time."""

import json
import os
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.common import start

N_CPUS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
THREADS = [n for n in (1, 2) if n <= N_CPUS]


def threads_label(threads):
    """Return "1 thread" or "2 threads"."""
    return f"{threads} thread{'s' * (threads > 1)}"


@dataclass(frozen=True)
class Contender:
    """One cell of a table.

    Attributes
    ----------
    row, column : str
        Where it stands in the table.
    function : callable
        ``function(lap, **arguments)`` of a module, see `benchmarks.speed.worker.Lap`.
    arguments : dict
    threads : int
    simd : str or None
        The CPU path of bepsk, None for the best.
    tree : str or None
        The checkout whose bepsk and benchmarks run, None for this one.
    share : float
        Which part of the work a run does; its seconds are divided by it.
    """

    row: str
    column: str
    function: Callable
    arguments: dict = field(default_factory=dict)
    threads: int = 1
    simd: str | None = None
    tree: str | None = None
    share: float = 1.0


class Worker:
    """A process that runs one function."""

    def __init__(self, function, arguments, threads=1, simd=None, tree=None, timed=True):
        task = {
            "function": f"{function.__module__}:{function.__name__}",
            "arguments": arguments,
            "threads": threads,
            "timed": timed,
        }
        variables = {"BEPSK_SIMD": simd} if simd else {}
        self._process = start(
            "benchmarks.speed.worker", task, threads=threads, variables=variables, tree=tree
        )

    def answer(self):
        """Wait for the next answer, a dict."""
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("A worker failed, see its error above.")
        return json.loads(line)

    def run(self):
        """Ask for a run and return its seconds."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self.answer()["seconds"]

    def close(self):
        """Let the process end, and wait for it."""
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def call(function, arguments, threads=1, simd=None):
    """Return ``function(**arguments)``, computed in a fresh process."""
    worker = Worker(function, arguments, threads, simd, timed=False)
    try:
        return worker.answer()["result"]
    finally:
        worker.close()


class Results(list):
    """The records of a contest: dicts with row, column, and seconds or missing (a reason)."""

    def record(self, row, column):
        """Return the record of a cell, or an empty one."""
        return next((r for r in self if (r["row"], r["column"]) == (row, column)), {})

    def seconds(self, row, column):
        """Return the median seconds of a cell, None if there are none."""
        return self.record(row, column).get("seconds")

    def ratio(self, slow, fast, column, fast_column=None):
        """Return how many times longer row `slow` takes than row `fast`, None if unknown."""
        numerator, divisor = self.seconds(slow, column), self.seconds(fast, fast_column or column)
        return numerator / divisor if numerator and divisor else None

    def pivot(self, corner, show=lambda record: record["seconds"]):
        """Return the head and the body of a table of what `show` makes of each record."""
        rows, columns = (list(dict.fromkeys(r[key] for r in self)) for key in ("row", "column"))
        body = [[row, *(self._cell(row, column, show) for column in columns)] for row in rows]
        return [corner, *columns], body

    def _cell(self, row, column, show):
        record = self.record(row, column)
        return show(record) if "seconds" in record else record.get("missing", "")


def contest(contenders, rounds):
    """Run every contender so many times, in turns after a warm-up each.

    Returns
    -------
    results : Results
        "seconds" is the median of "runs".
    """
    results, workers = Results(), []
    try:
        for contender in contenders:
            print(f"warming up: {contender.row}, {contender.column}", file=sys.stderr)
            worker = Worker(
                contender.function,
                contender.arguments,
                contender.threads,
                contender.simd,
                contender.tree,
            )
            workers.append(worker)
            record = {
                "row": contender.row,
                "column": contender.column,
                "arguments": contender.arguments,
                "threads": contender.threads,
                "simd": contender.simd,
                "share": contender.share,
                "runs": [],
            }
            results.append(record | worker.answer())
        for _ in range(rounds):
            for contender, worker, record in zip(contenders, workers, results, strict=True):
                if "missing" not in record:
                    record["runs"].append(worker.run() / contender.share)
                    record["seconds"] = statistics.median(record["runs"])
    finally:
        for worker in workers:
            worker.close()
    return results
