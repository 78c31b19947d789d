"""Workers that are threads of this process, and what they must agree on."""

import pickle
import threading

import numpy as np

from bepsk.training import Workers


class Crew:
    """What the threads share."""

    def __init__(self, size):
        self.barrier = threading.Barrier(size, timeout=120)
        self.sent = [b""] * size


class ThreadWorkers(Workers):
    """Exchange pickles through shared memory."""

    def __init__(self, rank, size, crew):
        super().__init__(rank, size)
        self.crew = crew

    def exchange(self, part):
        self.crew.sent[self.rank] = pickle.dumps(part)
        self.crew.barrier.wait()
        parts = [pickle.loads(sent) for sent in self.crew.sent]
        self.crew.barrier.wait()
        return parts


def run_crew(size, work):
    """Call work(workers) in a thread for each rank; return results, or errors, in order."""
    crew, results = Crew(size), [None] * size

    def run(rank):
        try:
            results[rank] = work(ThreadWorkers(rank, size, crew))
        except Exception as error:
            results[rank] = error

    threads = [threading.Thread(target=run, args=(rank,)) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def stretches(n_rows, shares):
    """Cut rows into stretches of these relative sizes."""
    ends = np.rint(np.cumsum(shares) / sum(shares) * n_rows).astype(int)
    return [slice(start, end) for start, end in zip([0, *ends[:-1]], ends, strict=True)]


STATE_OF_BATCHES = ("_windows", "_bit_counts", "_seed", "_n_steps", "_error")


def assert_same_fit(actual, expected, but=()):
    """Compare everything that two estimators have learned, their encoders included."""
    names = {n for n in vars(expected) if n.endswith("_") and not n.startswith("_")} - {*but}
    for name in [*names, *STATE_OF_BATCHES]:
        assert_same(vars(actual)[name], vars(expected)[name], name)


def assert_same(actual, expected, name):
    if hasattr(expected, "get_params"):
        for part in (part for part in vars(expected) if part.endswith("_")):
            assert_same(vars(actual)[part], vars(expected)[part], f"{name}.{part}")
    elif isinstance(expected, (list, tuple)):
        assert len(actual) == len(expected), name
        for i, (a, b) in enumerate(zip(actual, expected, strict=True)):
            assert_same(a, b, f"{name}[{i}]")
    else:
        np.testing.assert_array_equal(actual, expected, err_msg=name)
