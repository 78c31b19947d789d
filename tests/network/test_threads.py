import os
from contextlib import suppress

import joblib
import pytest
from threadpoolctl import threadpool_limits

from bepsk.network import threads
from bepsk.network.threads import TRIAL_SECONDS, TRUST, Pace, paced, usable_threads


@pytest.fixture
def four_cpus(monkeypatch):
    monkeypatch.setattr(threads, "n_cpus", lambda: 4)


@pytest.fixture
def clock(monkeypatch):
    """Stand still, until a test moves the hand."""
    hands = [100.0]
    monkeypatch.setattr(threads, "perf_counter", lambda: hands[0])
    monkeypatch.setattr(Pace, "crowded_until", 0.0)
    return hands


def spend(pace, clock, costs, seconds):
    """Do pieces of work for so long; return how many seconds each number of threads took."""
    spent = dict.fromkeys(costs, 0.0)
    end = clock[0] + seconds
    while clock[0] < end:
        n_threads = pace.n_threads
        clock[0] += costs[n_threads]
        spent[n_threads] += costs[n_threads]
        pace.record(n_threads, costs[n_threads])
    return spent


@pytest.mark.parametrize(("n_jobs", "expected"), [(1, 1), (3, 3), (5, 4), (40_000, 4), (2**40, 4)])
def test_there_are_no_more_threads_than_cpus(four_cpus, n_jobs, expected):
    assert usable_threads(n_jobs) == expected


@pytest.mark.parametrize("n_jobs", [-1, -2, -1000, -(2**40)])
def test_negative_numbers_count_from_all_cpus_down(n_jobs):
    expected = max(1, joblib.cpu_count() + 1 + n_jobs)
    assert usable_threads(n_jobs) == min(expected, threads.n_cpus())


def test_none_is_one_unless_joblib_is_told_otherwise(four_cpus):
    assert usable_threads(None) == 1
    with joblib.parallel_config(n_jobs=3):
        assert usable_threads(None) == 3


def test_workers_of_joblib_share_the_cpus():
    both = joblib.Parallel(n_jobs=2)(joblib.delayed(usable_threads)(n) for n in (-1, 40_000))
    share = max(1, joblib.cpu_count() // 2)
    assert max(both) <= share


def test_threadpoolctl_limits_the_threads():
    with threadpool_limits(1):
        assert usable_threads(-1) == usable_threads(3) == 1


def test_no_threads_at_all_are_an_error():
    with pytest.raises(ValueError, match="n_jobs"):
        usable_threads(0)


@pytest.mark.parametrize("n_jobs", ["two", 1.5])
def test_a_number_of_threads_that_is_none_is_an_error(n_jobs):
    with pytest.raises(TypeError, match="n_jobs must be an integer or None"):
        usable_threads(n_jobs)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no CPUs can be chosen here")
def test_a_process_kept_on_one_cpu_has_one_thread():
    cpus = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cpus)})
    try:
        assert usable_threads(2) == usable_threads(-1) == 1
    finally:
        os.sched_setaffinity(0, cpus)


def test_a_forked_child_has_one_thread(four_cpus, monkeypatch):
    monkeypatch.setattr(threads, "forked", True)
    for n_jobs in (2, -1, None):
        assert usable_threads(n_jobs) == 1
        with paced(n_jobs, None, 10) as n_threads:
            assert n_threads == 1


@pytest.mark.parametrize(
    ("alone", "together"), [(1e-3, 6e-4), (1e-3, 1.2e-3), (1e-3, 3e-2), (0.2, 0.1), (1e-4, 1e-3)]
)
def test_the_faster_number_of_threads_does_nearly_all_work(clock, alone, together):
    costs = {1: alone, 4: together}
    spent = spend(Pace(4), clock, costs, 20)
    slower = max(costs, key=costs.get)
    assert spent[slower] < 0.04 * sum(spent.values())


def test_a_machine_that_becomes_busy_or_idle_is_noticed(clock):
    pace, idle, busy = Pace(2), {1: 1e-3, 2: 6e-4}, {1: 2e-3, 2: 2e-2}
    spend(pace, clock, idle, 10)
    for costs, other in [(busy, 2), (idle, 1), (busy, 2), (idle, 1)]:
        spent = spend(pace, clock, costs, 20)
        assert spent[other] < 0.1 * sum(spent.values())


def test_one_failed_trial_is_enough_for_all_kinds_of_work(clock):
    first, second = Pace(2), Pace(2)
    spend(first, clock, {1: 1e-3, 2: 0.1}, 0.3)
    assert Pace.crowded_until > clock[0] + 0.9 * TRUST * 0.2
    assert spend(second, clock, {1: 1e-3, 2: 0.1}, 6)[2] == 0
    spend(second, clock, {1: 1e-3, 2: 5e-4}, 6)
    assert second.n_threads == 2


def test_work_that_is_done_at_once_never_wakes_a_thread(clock):
    assert spend(Pace(2), clock, {1: 1e-4, 2: 1e-4}, 0.9 * TRIAL_SECONDS)[2] == 0


def test_work_is_timed(four_cpus, clock):
    for _ in range(100):
        with paced(2, "timed", 10) as n_threads:
            clock[0] += 1e-2 / n_threads
    assert n_threads == 2
    with suppress(KeyboardInterrupt), paced(2, "timed", 10):
        clock[0] += 1e9
        raise KeyboardInterrupt
    with paced(2, "timed", 10) as n_threads:
        assert n_threads == 2
    for worker, n_rows in [(None, 10), ("timed", 1000)]:
        with paced(2, worker, n_rows) as n_threads:
            assert n_threads == 1
