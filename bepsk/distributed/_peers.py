"""How workers of Dask exchange messages: each with each other, over connections of Dask.

An actor, whose answer takes some milliseconds, only tells them where the others listen, and what
has failed.
"""

import asyncio
import time

from bepsk.distributed._messages import MessageWorkers
from bepsk.training import WorkerError

SECONDS_BETWEEN_LOOKS = 1
"""How often to see whether something has failed."""
SECONDS_TO_ANSWER = 30
"""How long an actor may take."""


class Hub:
    """An actor that knows where each worker listens, and whether one has failed.

    Parameters
    ----------
    size : int
        Number of workers.
    """

    def __init__(self, size):
        self.size = size
        self.addresses = {}
        self.settled = asyncio.Event()
        self.failure = None

    async def meet(self, rank, address):
        """Wait until all workers have told where they listen.

        Parameters
        ----------
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
        if len(self.addresses) == self.size:
            self.settled.set()
        await self.settled.wait()
        await self.check()
        return [self.addresses[rank] for rank in range(self.size)]

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
        self.settled.set()


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
        self.loop = asyncio.new_event_loop()  # that of the worker is in another thread: too slow
        self.comms = {}
        self.next_look = time.monotonic()
        self._run(self._connect(worker))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.loop.run_until_complete(self._close())
        self.loop.close()

    def swap(self, messages):
        """Exchange messages, see `MessageWorkers`."""
        if time.monotonic() > self.next_look:
            self._look()
        return self._run(self._swap_all(messages))

    async def _connect(self, worker):
        from distributed.comm import connect, get_local_address_for, listen

        complete = asyncio.Event()

        async def accept(comm):
            self.comms[await comm.read()] = comm
            if len(self.comms) == self.size - 1:
                complete.set()

        address = get_local_address_for(worker.scheduler.address)
        async with listen(address, accept, **worker.security.get_listen_args("worker")) as server:
            addresses = self.hub.meet(self.rank, server.contact_address).result()
            for other, address in enumerate(addresses[: self.rank]):
                options = worker.security.get_connection_args("worker")
                self.comms[other] = await connect(address, **options)
                await self.comms[other].write(self.rank)
            if len(self.comms) < self.size - 1:
                await complete.wait()

    async def _swap_all(self, messages):
        for other, comm in self.comms.items():
            await comm.write(messages[other])
        received = list(messages)
        for other, comm in self.comms.items():
            received[other] = await comm.read()
        return received

    async def _close(self):
        for comm in self.comms.values():
            await comm.close()

    def _run(self, coroutine):
        task = self.loop.create_task(coroutine)
        try:
            while not task.done():
                self.loop.run_until_complete(asyncio.wait([task], timeout=SECONDS_BETWEEN_LOOKS))
                if not task.done():
                    self._look()
            return task.result()
        except OSError as error:  # a connection is closed
            self._look()  # which may know why
            raise WorkerError(f"Another worker is lost: {error}.") from error
        finally:
            task.cancel()

    def _look(self):
        try:
            self.hub.check().result(timeout=SECONDS_TO_ANSWER)
        except WorkerError:
            raise
        except Exception as error:
            raise WorkerError(f"The first worker is lost: {error}.") from error
        self.next_look = time.monotonic() + SECONDS_BETWEEN_LOOKS
