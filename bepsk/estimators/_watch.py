"""What looks on while an estimator trains: lines of text, a callback, those of scikit-learn."""

import reprlib
from contextlib import contextmanager
from copy import copy

from bepsk._sklearn_compat import begin_tasks
from bepsk.estimators._convergence import warn_if_unfinished
from bepsk.training import Report


class Watch:
    """Tell all who look on how a fit goes.

    To the callbacks of scikit-learn, a fit consists of a task "encode", the probe included, and of
    a task "epoch" for each of its epochs.

    Parameters
    ----------
    estimator : estimator
        The one whose `fit` was called; it stays as it was until there is something to commit.
    callback : callable or None
        As in `fit`.
    weighted : bool
        Whether `fit` was given weights of samples.
    """

    def __init__(self, estimator, callback, weighted):
        check_callback(callback)
        self.estimator = estimator
        self.callback = callback
        self.weighted = weighted
        self.report = Report(estimator.verbose, estimator.max_iter)
        self.stopped = False
        self.fit = begin_tasks(estimator, 1 + estimator.max_iter)

    def begin(self, X, y, sample_weight, validated):
        """Begin with these training samples, and with others for validation or not."""
        self.given = material(self.estimator, X, y, sample_weight if self.weighted else None)
        self.report.validated = validated
        self.fit.call_on_fit_task_begin(**self.given)

    @contextmanager
    def encoding(self):
        """Return a context in which the encoder is chosen and fitted."""
        self._begin_task("encode")
        yield
        self.task.call_on_fit_task_end(**self.given)

    def begin_epoch(self):
        """Begin an epoch."""
        self.report.begin()
        self._begin_task("epoch")

    def end_epoch(self, work, conclude, network, progress):
        """End an epoch, and say whether training should end.

        Parameters
        ----------
        work : estimator
            The copy that is being fitted.
        conclude : callable
            Called with an estimator, a network and a progress, returns it fitted with these.
        network : BinaryNetwork
        progress : Progress
        """
        self.report.epoch(network, progress)
        if self.callback is not None:
            self.stopped = bool(self.callback(work._keep(network, progress)))
        self.stopped |= self.task.call_on_fit_task_end(
            **self.given,
            reconstruction_attributes=lambda: vars(
                conclude(copy(work), network.copy(), progress.copy())
            ),
        )
        return self.stopped

    def commit(self, work):
        """Make the estimator what the copy is."""
        self.estimator.__dict__ = work.__dict__

    def end(self):
        """End; the estimator is fitted. Warn of training that should go on, but for warm starts."""
        self.fit.call_on_fit_task_end(**self.given, reconstruction_attributes={})
        n_epochs = self.report.n_before + self.report.n_epochs
        exhausted = n_epochs == self.report.max_iter and not self.stopped
        if exhausted and self.estimator._warns and not self.estimator.warm_start:
            warn_if_unfinished(self.estimator)

    def _begin_task(self, name):
        self.task = self.fit.subcontext(task_name=name)
        self.task.call_on_fit_task_begin(**self.given)


@contextmanager
def chunk_task(estimator, X, y, sample_weight):
    """Return a context in which an estimator learns from a chunk: to callbacks, all of a fit."""
    given = material(estimator, X, y, sample_weight)
    task = begin_tasks(estimator, 0)
    task.call_on_fit_task_begin(**given)
    yield
    task.call_on_fit_task_end(**given, reconstruction_attributes={})


def material(estimator, X, y, sample_weight):
    """Return what callbacks are given at the beginning and the end of each task."""
    metadata = None if sample_weight is None else {"sample_weight": sample_weight}
    return {"estimator": estimator, "X": X, "y": y, "metadata": metadata}


def check_callback(callback):
    """Raise TypeError unless a callback can be called, or is None."""
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be a callable or None; got {reprlib.repr(callback)}.")
