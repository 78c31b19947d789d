"""How workers of Dask exchange messages: each with each other, over connections of Dask.

An actor, whose answer takes some milliseconds, only tells them where the others listen, and what
has failed. Dask makes the connections, encrypted if those of the cluster are; the messages go over
their sockets directly, without the event loops, which would take longer than a small network does
for a mini-batch.
"""

import asyncio
import struct
import time
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from ssl import SSLWantReadError, SSLWantWriteError

import numpy as np

from bepsk.distributed._messages import MessageWorkers
from bepsk.training import WorkerError

SECONDS_BETWEEN_LOOKS = 1
"""How often to see whether something has failed."""
SECONDS_TO_ANSWER = 30
"""How long an actor may take."""
SECONDS_AWAKE = 0.0005
"""How long to wait for the others without going to sleep, from which to wake up takes as long."""


class Hub:
    """An actor that knows where each worker listens, and whether one has failed.

    Parameters
    ----------
    size : int
        Number of workers.
    """

    def __init__(self, size):
        self.addresses = [None] * size
        self.n_coming = {"listening": size, "connected": size}
        self.settled = {stage: asyncio.Event() for stage in self.n_coming}
        self.failure = None

    async def meet(self, stage, rank, address):
        """Wait until all workers have come to this stage.

        Parameters
        ----------
        stage : str
            "listening" or "connected".
        rank : int
            Which worker asks.
        address : str
            Where it listens.

        Returns
        -------
        addresses : list of str
            Those of all, in the order of ranks.
        """
        self.addresses[rank] = address
        self.n_coming[stage] -= 1
        if self.n_coming[stage] == 0:
            self.settled[stage].set()
        await self.settled[stage].wait()
        await self.check()
        return self.addresses

    async def check(self):
        """Raise WorkerError if something has failed."""
        if self.failure:
            raise WorkerError(self.failure)

    async def fail(self, reason):
        """Wake all workers up to an error.

        Parameters
        ----------
        reason : str
            What has happened.
        """
        self.failure = reason
        for event in self.settled.values():
            event.set()


class Line:
    """A connection to another worker: it never waits.

    Parameters
    ----------
    socket : socket.socket or ssl.SSLSocket
        It does not block.
    """

    def __init__(self, socket):
        self.socket = socket

    def begin(self, message):
        """Set out to exchange a message for the next one of the other worker.

        Parameters
        ----------
        message : bytes
            What to send.
        """
        self.to_send = [memoryview(struct.pack("<q", len(message))), memoryview(message)]
        self.size, self.received = bytearray(8), None
        self.missing = memoryview(self.size)

    def go_on(self):
        """Send and receive what can be without waiting.

        Returns
        -------
        done : bool
            Whether all is sent and received.

        Raises
        ------
        OSError
            If the connection is lost.
        """
        with suppress(BlockingIOError, SSLWantReadError, SSLWantWriteError):
            while self.to_send:
                self.to_send[0] = self.to_send[0][self.socket.send(self.to_send[0]) :]
                if not self.to_send[0]:
                    del self.to_send[0]
        with suppress(BlockingIOError, SSLWantReadError, SSLWantWriteError):
            while self.missing:
                n_bytes = self.socket.recv_into(self.missing)
                if not n_bytes:
                    raise ConnectionResetError("its connection is closed")
                self.missing = self.missing[n_bytes:]
                if not self.missing and self.received is None:
                    self.received = np.empty(struct.unpack("<q", self.size), dtype=np.uint8)
                    self.missing = self.received.data
        return not self.to_send and not self.missing

    def awaited(self):
        """Return the events of the socket that let the exchange go on."""
        return EVENT_READ * bool(self.missing) | EVENT_WRITE * bool(self.to_send)


class PeerWorkers(MessageWorkers):
    """Workers of Dask, each connected to each other; to be used in a `with` statement.

    Parameters
    ----------
    rank, size : int
        As in `Workers`.
    hub : distributed.Actor
        A `Hub`.
    worker : distributed.Worker
        The worker of Dask that runs this.
    """

    def __init__(self, rank, size, hub, worker):
        super().__init__(rank, size)
        self.hub = hub
        self.loop = asyncio.new_event_loop()  # that of the worker is in another thread
        self.comms: dict = {}
        self.next_look = time.monotonic()
        address = self._run(self._connect(worker))
        hub.meet("connected", rank, address).result()  # no event loop must read what comes now
        self.lines = {other: Line(comm.stream.socket) for other, comm in self.comms.items()}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.loop.run_until_complete(self._close())
        self.loop.close()

    def swap(self, messages):
        """Exchange messages, see `MessageWorkers`."""
        if time.monotonic() > self.next_look:
            self.look()
        for other, line in self.lines.items():
            line.begin(messages[other])
        try:
            lines, asleep = list(self.lines.values()), time.monotonic() + SECONDS_AWAKE
            while lines := [line for line in lines if not line.go_on()]:
                if time.monotonic() > asleep:
                    self._sleep(lines)
        except OSError as error:
            self.look()  # which may know why
            raise WorkerError(f"Another worker is lost: {error}.") from error
        return [
            self.lines[rank].received if rank in self.lines else messages[rank]
            for rank in range(self.size)
        ]

    def _sleep(self, lines):
        """Wait until one of the lines can go on."""
        with DefaultSelector() as selector:
            for line in lines:
                selector.register(line.socket, line.awaited())
            if not selector.select(SECONDS_BETWEEN_LOOKS):
                self.look()

    async def _connect(self, worker):
        from distributed.comm import connect, get_address_host, get_local_address_for, listen

        complete = asyncio.Event()

        async def accept(comm):
            self.comms[await comm.read()] = comm
            if len(self.comms) == self.size - 1:
                complete.set()

        address = get_local_address_for(worker.scheduler.address)
        if not address.startswith(("tcp:", "tls:")):  # without a socket
            address = f"tcp://{get_address_host(address)}"
        async with listen(address, accept, **worker.security.get_listen_args("worker")) as server:
            addresses = self.hub.meet("listening", self.rank, server.contact_address).result()
            for other, address in enumerate(addresses[: self.rank]):
                options = worker.security.get_connection_args("worker")
                self.comms[other] = await connect(address, **options)
                await self.comms[other].write(self.rank)
            if len(self.comms) < self.size - 1:
                await complete.wait()
            return server.contact_address

    async def _close(self):
        for comm in self.comms.values():
            await comm.close()

    def _run(self, coroutine):
        task = self.loop.create_task(coroutine)
        try:
            while not task.done():
                self.loop.run_until_complete(asyncio.wait([task], timeout=SECONDS_BETWEEN_LOOKS))
                if not task.done():
                    self.look()
            return task.result()
        except OSError as error:  # a connection is closed
            self.look()  # which may know why
            raise WorkerError(f"Another worker is lost: {error}.") from error
        finally:
            task.cancel()

    def look(self):
        """See whether something has failed.

        Raises
        ------
        WorkerError
            If it has, or if the actor is lost, with its worker or the client.
        """
        try:
            self.hub.check().result(timeout=SECONDS_TO_ANSWER)
        except WorkerError:
            raise
        except Exception as error:
            raise WorkerError(f"The first worker is lost, or the client: {error}.") from error
        self.next_look = time.monotonic() + SECONDS_BETWEEN_LOOKS
