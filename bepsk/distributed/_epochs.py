"""How a callback in the client's process hears of the epochs of a fit on workers of Dask."""

from contextlib import contextmanager, suppress
from uuid import uuid4

from bepsk.distributed._peers import SECONDS_BETWEEN_LOOKS


class Epochs:
    """Two queues of Dask: reports of epochs to the client, and its answers.

    Parameters
    ----------
    client : distributed.Client
        Where the callback is called.
    callback : callable
        As in `fit` of `DaskEstimator`.
    """

    def __init__(self, client, callback):
        from distributed import Queue

        self.callback = callback
        self.stopped = False
        self.names = [f"bepsk-{uuid4().hex}" for _ in range(2)]
        self.queues = [Queue(name, client=client) for name in self.names]

    def answer(self, timeout):
        """Wait for the report of an epoch and answer it; return whether there may be more."""
        reports, answers = self.queues
        with suppress(TimeoutError):
            report = reports.get(timeout=timeout)
            if report is None:
                return False
            self.stopped = bool(self.callback(report))
            answers.put(self.stopped)
        return True

    def close(self):
        """Let a worker go that waits for an answer, and Dask forget the queues."""
        with suppress(Exception):  # the scheduler may be lost
            self.queues[1].put(True)
        for queue in self.queues:
            queue.close()


@contextmanager
def asking(names, workers):
    """Return the callback of an estimator on a worker: it asks the client, and all decide alike.

    Parameters
    ----------
    names : list of str or None
        Those of `Epochs`; None means no callback.
    workers : PeerWorkers
        All of them; the first one asks.
    """
    if names is None:
        yield None
        return
    from distributed import Queue

    queues = [Queue(name) for name in names] if workers.rank == 0 else []

    def callback(estimator):
        stop = None
        if workers.rank == 0:
            reports, answers = queues
            reports.put(summary(estimator))
            while stop is None:
                try:
                    stop = answers.get(timeout=SECONDS_BETWEEN_LOOKS)
                except TimeoutError:
                    workers.look()  # the client may be lost
        return workers.gather("stop", stop)[0]

    try:
        yield callback
    finally:
        for queue in queues:
            queue.put(None)
            queue.close()


def summary(estimator):
    """Return what is reported of the last epoch."""
    scores = estimator.validation_scores_
    return {
        "n_iter": estimator.n_iter_,
        "loss": float(estimator.loss_curve_[-1]),
        "train_score": float(estimator.train_scores_[-1]),
        "validation_score": float(scores[-1]) if scores else None,
    }
