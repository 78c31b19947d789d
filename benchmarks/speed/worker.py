"""A fresh process for one contender, pinned to as many CPUs as it may use threads.

It obeys `benchmarks.speed.contest`: a line in asks for one run, a line out gives its seconds.
Nothing that starts threads may be imported before the process is pinned.
"""

import importlib
import json
import os
import statistics
import sys
import time


class Unavailable(Exception):  # noqa: N818
    """Raised where a contender cannot run here; the message says why."""


class Lap:
    """Ends a run: ``lap()`` reports its seconds and returns when the next run may begin.

    The first run is a warm-up; what comes before it (data, compilation) counts for nothing.

    Attributes
    ----------
    threads : int
        How many threads the contender may use.
    """

    def __init__(self, send, threads):
        self._send = send
        self.threads = threads
        self._start = time.perf_counter()

    def __call__(self, seconds=None):
        """Report a run, by the clock or of as many seconds as the contender itself measured."""
        self._send({"seconds": seconds or time.perf_counter() - self._start})
        if not sys.stdin.readline():
            raise SystemExit
        self._start = time.perf_counter()

    def repeat(self, call, seconds=0.05):
        """Run `call` for ever; a lap is the median of as many calls as fill `seconds`."""
        while True:
            times = []
            while sum(times) < seconds:
                start = time.perf_counter()
                call()
                times.append(time.perf_counter() - start)
            self(statistics.median(times))


def pin(n_cpus):
    """Keep this process, and all threads to come, on so many CPUs."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-n_cpus:])


def load(name):
    """Return the function named "module:function"."""
    module, function = name.split(":")
    return getattr(importlib.import_module(module), function)


def main():
    """Run the task that the command line describes."""
    task = json.loads(sys.argv[1])
    pin(task["threads"])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not mix with the answers

    def send(answer):
        print(json.dumps(answer), file=answers, flush=True)

    from threadpoolctl import threadpool_limits

    try:
        function = load(task["function"])
        threadpool_limits(task["threads"])
        if task["timed"]:
            function(Lap(send, task["threads"]), **task["arguments"])
        else:
            send({"result": function(**task["arguments"])})
    except Unavailable as reason:
        send({"missing": str(reason)})
    except ModuleNotFoundError as error:
        if error.name.partition(".")[0] in ("benchmarks", "bepsk"):
            raise
        send({"missing": "not installed"})


if __name__ == "__main__":
    main()
