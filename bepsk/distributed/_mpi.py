"""Workers that are processes of MPI: `mpirun -n 4 python script.py`."""

import numpy as np

from bepsk.distributed._messages import MessageWorkers

TAG = 525
"""Of the messages, beside which a communicator may carry others."""


class MPIWorkers(MessageWorkers):
    """The processes of an MPI communicator, for `fit_shard`; needs mpi4py.

    Parameters
    ----------
    communicator : mpi4py.MPI.Comm, default=None
        Whose processes take part; None means all, COMM_WORLD.

    Raises
    ------
    ImportError
        Without mpi4py: ``pip install "bepsk[mpi]"``.

    Examples
    --------
    A script for ``mpirun``, each process of which loads its own rows; with one process it is an
    ordinary fit:

    >>> from bepsk import BEPMLPClassifier
    >>> from bepsk.distributed import MPIWorkers, fit_shard
    >>> workers = MPIWorkers()  # doctest: +SKIP
    >>> X, y = load_part(workers.rank, workers.size)  # doctest: +SKIP
    >>> clf = fit_shard(BEPMLPClassifier(random_state=0), X, y, workers=workers)  # doctest: +SKIP
    """

    def __init__(self, communicator=None):
        if communicator is None:
            try:
                from mpi4py import MPI
            except ImportError as error:
                raise ImportError(
                    'MPIWorkers needs mpi4py and an MPI: pip install "bepsk[mpi]".'
                ) from error
            communicator = MPI.COMM_WORLD
        super().__init__(communicator.Get_rank(), communicator.Get_size())
        self.communicator = communicator

    def swap(self, messages):
        """Exchange messages, see `MessageWorkers`."""
        if self.size == 1:
            return messages
        from mpi4py.MPI import Status

        status = Status()
        others = [rank for rank in range(self.size) if rank != self.rank]
        sent = [self.communicator.Isend(messages[rank], rank, TAG) for rank in others]
        received = list(messages)
        for rank in others:
            message = self.communicator.Mprobe(rank, TAG, status)
            received[rank] = np.empty(status.count, dtype=np.uint8)
            message.Recv(received[rank])
        for request in sent:
            request.Wait()
        return received
