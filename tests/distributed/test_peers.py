import socket

import numpy as np
import pytest

from bepsk.distributed._peers import EVENT_READ, EVENT_WRITE, Line


@pytest.fixture
def lines():
    sockets = socket.socketpair()
    for one in sockets:
        one.setblocking(False)
    yield [Line(one) for one in sockets]
    for one in sockets:
        one.close()


def exchange(lines, messages):
    for line, message in zip(lines, messages, strict=True):
        line.begin(message)
    busy = lines
    while busy := [line for line in busy if not line.go_on()]:
        assert all(line.awaited() for line in busy)
    return [line.received for line in lines]


@pytest.mark.parametrize("sizes", [(0, 0), (0, 5), (7, 100), (10**7, 0), (10**7, 10**7)])
def test_two_workers_exchange_messages_of_any_size(lines, sizes):
    messages = [np.random.default_rng(i).bytes(size) for i, size in enumerate(sizes)]
    for _ in range(2):
        assert [found.tobytes() for found in exchange(lines, messages)] == messages[::-1]


def test_a_line_waits_for_what_is_missing(lines):
    first, second = lines
    first.begin(bytes(10**7))
    assert not first.go_on()
    assert first.awaited() == EVENT_READ | EVENT_WRITE
    second.begin(b"")
    assert not second.go_on()
    assert second.awaited() == EVENT_READ
    while not first.go_on():
        second.go_on()
    assert second.go_on()


@pytest.mark.parametrize("n_bytes", [0, 3, 8, 10])
def test_a_closed_connection_is_an_error(lines, n_bytes):
    first, second = lines
    first.begin(b"")
    assert not first.go_on()
    second.socket.send(((100).to_bytes(8, "little") * 2)[:n_bytes])
    second.socket.close()
    with pytest.raises(ConnectionError):
        first.go_on()
