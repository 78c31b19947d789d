import queue

import numpy as np
import pytest
from crew import run_crew

from bepsk.distributed._messages import MessageWorkers, pack, unpack
from bepsk.training import WorkerError


def crew_of(size):
    """Return a function that makes the workers of a crew send their messages by queues."""
    mail = {(a, b): queue.Queue() for a in range(size) for b in range(size)}

    class QueueWorkers(MessageWorkers):
        def swap(self, messages):
            assert messages[self.rank] == b""
            for other, message in enumerate(messages):
                mail[self.rank, other].put(message)
            return [mail[other, self.rank].get(timeout=60) for other in range(size)]

    return lambda workers: QueueWorkers(workers.rank, workers.size)


@pytest.mark.parametrize("size", [1, 2, 4])
@pytest.mark.parametrize("by_messages", [True, False])
def test_each_worker_gets_its_part(size, by_messages):
    make = crew_of(size) if by_messages else lambda workers: workers

    def work(workers):
        workers = make(workers)
        parts = [(workers.rank, other) for other in range(size)]
        return workers.gather("ranks", workers.rank), workers.deal("parts", parts)

    for rank, (ranks, parts) in enumerate(run_crew(size, work)):
        assert ranks == list(range(size))
        assert parts == [(other, rank) for other in range(size)]


@pytest.mark.parametrize("by_messages", [True, False])
@pytest.mark.parametrize("reason", ["fails", "does another thing"])
def test_all_stop_if_one_worker_leaves_the_order(by_messages, reason):
    make = crew_of(2) if by_messages else lambda workers: workers

    def work(workers):
        workers = make(workers)
        if workers.rank == 0:
            return workers.deal("parts", [1, 2])
        if reason == "fails":
            return workers.fail(KeyError("lost"))
        return workers.gather("others", 3)

    first, second = run_crew(2, work)
    assert isinstance(first, WorkerError)
    assert (
        "Worker 1 failed" in str(first)
        if reason == "fails"
        else "['parts', 'others']" in str(first)
    )
    assert isinstance(second, WorkerError) == (reason != "fails")


@pytest.mark.parametrize("part", [None, ("labels", "abc"), [1, {2: b"3"}], b"", np.float32(0.5)])
def test_objects_come_back_from_a_message(part):
    assert unpack(pack(part)) == part


def test_arrays_come_back_from_a_message_as_aligned_views():
    arrays = [np.arange(n, dtype=kind) for n in (0, 3, 5) for kind in ("b", "<u2", "<u8", "<f8")]
    arrays += [np.zeros((2, 0)), np.arange(12).reshape(3, 4).T, np.arange(9)[::2]]
    message = np.frombuffer(bytearray(pack(arrays)), np.uint8)
    for array, found in zip(arrays, unpack(message), strict=True):
        np.testing.assert_array_equal(found, array)
        assert found.dtype == array.dtype
        assert found.flags.aligned
    assert np.shares_memory(unpack(message)[5], message)


def test_a_message_is_hardly_longer_than_its_arrays():
    array = np.arange(10_000)
    assert len(pack(array)) <= array.nbytes + 500
