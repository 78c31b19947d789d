"""How many threads do the work: those asked for, unless one is faster or there are fewer CPUs."""

import os
from contextlib import nullcontext
from functools import lru_cache
from numbers import Integral
from time import perf_counter

from joblib import effective_n_jobs

from bepsk.kernels.cpu import max_threads

TRIAL_SECONDS = 0.01
TRUST = 40
"""The faster number of threads is kept for so many times as long as finding out may take."""

forked = False


def after_in_child():
    """Remember that OpenMP's threads are in the parent: to wait for them here would never end."""
    global forked
    forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=after_in_child)


def usable_threads(n_jobs):
    """Return how many threads can work at the same time.

    Parameters
    ----------
    n_jobs : int or None
        None is 1, or what `joblib.parallel_config` says; -1 is one per CPU, -2 one less, and so on.

    Returns
    -------
    n_threads : int
        One per CPU of this process at most, no more than OpenMP is allowed, and 1 in a forked
        child.

    Raises
    ------
    TypeError, ValueError
        If n_jobs is another thing, or 0.
    """
    if n_jobs == 1 or forked:
        return 1
    if n_jobs is not None and not isinstance(n_jobs, (int, Integral)):  # int is looked up faster
        raise TypeError(f"n_jobs must be an integer or None; got {n_jobs!r}.")
    if n_jobs is None or n_jobs < 1:
        n_jobs = effective_n_jobs(n_jobs)
    return min(n_jobs, n_cpus())


def n_cpus():
    """Return the number of CPUs on which this process may run at once.

    OpenMP has a limit of its own: OMP_NUM_THREADS, by which joblib shares out the CPUs among its
    workers, or one of threadpoolctl.
    """
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), max_threads())
    return min(os.cpu_count() or 1, max_threads())


def paced(n_jobs, worker, n_rows):
    """Return a context that times a piece of work and says how many threads to take for it.

    Parameters
    ----------
    n_jobs : int or None
        As for `usable_threads`.
    worker : BinaryNetwork or BitEncoder
        What does it. Networks of the same class and `widths`, or encoders of the same class, take
        about the same time for about as many rows.
    n_rows : int
        Number of samples.

    Returns
    -------
    context : Lap
        Entered, it gives 1 or `usable_threads`, whichever has been faster lately.
    """
    if n_jobs == 1:
        return ALONE
    most = usable_threads(n_jobs)
    if most == 1:
        return ALONE
    widths = tuple(getattr(worker, "widths", ()))
    return Lap(pace_of(most, type(worker).__name__, widths, n_rows.bit_length()))


class Lap:
    """A piece of work and its time.

    Parameters
    ----------
    pace : Pace
        Chooses the number of threads and takes note of the time.
    """

    def __init__(self, pace):
        self.pace = pace

    def __enter__(self):
        self.n_threads, self.start = self.pace.n_threads, perf_counter()
        return self.n_threads

    def __exit__(self, error, *_):
        if error is None:
            self.pace.record(self.n_threads, perf_counter() - self.start)


ALONE = nullcontext(1)
"""For one thread, of which nothing need be known."""


@lru_cache(maxsize=256)
def pace_of(most, *kind):
    """Return the one `Pace` of a kind of work."""
    return Pace(most)


class Pace:
    """The faster number of threads, one or most, found by trying the other now and then.

    Threads wait for each other many times in each piece of work. One alone is faster where there
    is little to do, and far faster on a machine busy with other work: whenever that takes the CPU
    from one thread, all wait.

    Parameters
    ----------
    most : int
        How many threads there are, when it is not one alone.

    Attributes
    ----------
    n_threads : int
        How many to take for the next piece of work.
    crowded_until : float
        When several threads are tried again, for work of any kind, after they were far slower.
    """

    crowded_until = 0.0

    def __init__(self, most):
        self.most = most
        self.costs: dict[int, float] = {}
        self._begin(1, TRIAL_SECONDS)

    def _begin(self, n_threads, limit, *, is_trial=False):
        self.n_threads, self.limit, self.is_trial = n_threads, limit, is_trial
        self.is_warm, self.seconds, self.n_pieces = False, 0.0, 0

    def record(self, n_threads, seconds):
        """Take note of a piece of work.

        Parameters
        ----------
        n_threads : int
            How many threads did it.
        seconds : float
            How long it took.
        """
        if n_threads != self.n_threads:
            return  # begun before the last change, by another thread of Python
        if not self.is_warm:
            self.is_warm = True  # the first piece, which wakes the threads, does not count
            return
        self.seconds += seconds
        self.n_pieces += 1
        if self.seconds < self.limit:
            return
        self.costs[n_threads] = self.seconds / self.n_pieces
        if self.is_trial:
            self._decide()
        elif n_threads > 1:
            self._begin(1, TRIAL_SECONDS, is_trial=True)
        elif perf_counter() >= Pace.crowded_until:
            self._begin(self.most, TRIAL_SECONDS, is_trial=True)

    def _decide(self):
        alone, together = self.costs[1], self.costs[self.most]
        trust = TRUST * max(TRIAL_SECONDS, 2 * alone, 2 * together)
        if together > 2 * alone + 0.001:  # threads wake up in less
            Pace.crowded_until = perf_counter() + trust
        self._begin(self.most if together < alone else 1, trust)
