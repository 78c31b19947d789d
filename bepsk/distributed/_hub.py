"""How workers of Dask exchange parts: through an actor on one of them."""

import asyncio
import pickle

from bepsk.training import WorkerError, Workers


class Hub:
    """An actor that hands the parts of all workers to each of them.

    Parameters
    ----------
    size : int
        Number of workers.
    """

    def __init__(self, size):
        self.size = size
        self.rounds = {}
        self.failure = None

    async def exchange(self, number, rank, part):
        """Keep a part until all are there.

        Parameters
        ----------
        number : int
            Number of the round.
        rank : int
            Which worker sends it.
        part : bytes
            What it sends.

        Returns
        -------
        parts : list of bytes
            What all send in this round.
        """
        parts, complete = self.rounds.setdefault(number, ({}, asyncio.Event()))
        parts[rank] = part
        if len(parts) == self.size or self.failure:
            complete.set()
        await complete.wait()
        if self.failure:
            raise WorkerError(self.failure)
        self.rounds.pop(number - 1, None)
        return [parts[rank] for rank in range(self.size)]

    async def fail(self, reason):
        """Wake all workers up to an error.

        Parameters
        ----------
        reason : str
            What has happened.
        """
        self.failure = reason
        for _, complete in self.rounds.values():
            complete.set()


class HubWorkers(Workers):
    """Workers of Dask.

    Parameters
    ----------
    rank, size : int
        As in `Workers`.
    hub : distributed.Actor
        A `Hub`.
    """

    def __init__(self, rank, size, hub):
        super().__init__(rank, size)
        self.hub = hub
        self.n_rounds = 0

    def exchange(self, part):
        """Send an object to all workers, and wait for theirs, see `Workers`."""
        parts = self.hub.exchange(self.n_rounds, self.rank, pickle.dumps(part)).result()
        self.n_rounds += 1
        return [part if rank == self.rank else pickle.loads(p) for rank, p in enumerate(parts)]
