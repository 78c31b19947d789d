"""A meta-estimator that fits and predicts on a Dask cluster."""

from contextlib import suppress
from itertools import chain, pairwise
from uuid import uuid4

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.utils.validation import check_is_fitted

from bepsk.distributed._epochs import Epochs, asking
from bepsk.distributed._peers import SECONDS_BETWEEN_LOOKS, Hub, PeerWorkers
from bepsk.estimators.shards import fit_shard, warn_if_exhausted
from bepsk.training import WorkerError


class DaskEstimator(BaseEstimator):
    """Fit an estimator on the workers of a Dask cluster; needs Dask's `distributed`.

    Each worker trains on the partitions that it holds, and nowhere do all of them meet. The fitted
    estimator is bit for bit the one that ``estimator.fit`` makes of all rows on one machine. The
    first worker prints what `verbose` asks for.

    Parameters
    ----------
    estimator : BEPMLPClassifier or BEPRNNClassifier
        What to fit; cloned.
    client : distributed.Client, default=None
        Whose workers to use; None means the current one, or else a new LocalCluster.

    Attributes
    ----------
    estimator_ : estimator
        The fitted estimator, an ordinary one.
    classes_ : ndarray
        Its labels.

    Examples
    --------
    >>> import dask.array as da
    >>> from bepsk import BEPMLPClassifier
    >>> from bepsk.distributed import DaskEstimator
    >>> X = da.random.random((1000, 10), chunks=(250, 10))
    >>> y = (X.sum(axis=1) > 5).astype(int)
    >>> model = DaskEstimator(BEPMLPClassifier(random_state=0)).fit(X, y)  # doctest: +SKIP
    >>> model.predict(X)  # doctest: +SKIP
    dask.array<call, shape=(1000,), dtype=int64, chunksize=(250,), chunktype=numpy.ndarray>
    """

    def __init__(self, estimator, *, client=None):
        self.estimator = estimator
        self.client = client

    def fit(
        self, X, y, sample_weight=None, *, X_val=None, y_val=None, callback=None, checkpoint=None
    ):
        """Fit the estimator.

        Parameters
        ----------
        X : dask array, DataFrame or bag of series, or array-like
            Samples, with rows in partitions; what is here already is cut into one part per worker.
        y : dask array, Series or bag, or array-like
            Labels, in the same partitions.
        sample_weight : dask array or Series, or array-like, default=None
            As in `fit` of the estimator, in the same partitions.
        X_val, y_val : array-like, default=None
            Validation samples, for all workers.
        callback : callable, default=None
            Called here, in the process of the client, after each epoch, with a dict: "n_iter",
            "loss", "train_score", and "validation_score", a float or None. The workers wait for
            it; if it returns true, training ends with this epoch on all of them.
        checkpoint : str or path-like, default=None
            As in `fit` of the estimator: a file in a folder that all workers reach. After an error
            the same call goes on from there, on any number of workers.

        Returns
        -------
        self : DaskEstimator
            Fitted.

        Raises
        ------
        WorkerError
            If a worker is lost or fails; the estimator stays as it was.
        TypeError
            If the callback cannot be called.
        ValueError
            If the estimator is no classifier, partitions differ, or as in `fit_shard`.
        ImportError
            Without Dask: ``pip install "bepsk[dask]"``.
        """
        if not is_classifier(self.estimator):
            raise ValueError(
                f"estimator must be a classifier; got {self.estimator!r}. Fit others by fit_shard."
            )
        if callback is not None and not callable(callback):
            raise TypeError(f"callback must be a callable or None; got {callback!r}.")
        client = find_client(self.client)
        addresses = sorted(client.nthreads())
        columns = [cut(values, len(addresses), X) for values in (X, y, sample_weight)]
        lengths = [len(blocks) for blocks in columns if blocks is not None]
        if len(set(lengths)) > 1:
            raise ValueError(
                f"X, y and sample_weight must have the same partitions; got {lengths} of them. "
                "Repartition them alike."
            )
        addresses = addresses[: lengths[0]]
        hub = client.submit(Hub, len(addresses), actor=True, workers=addresses[:1], pure=False)
        hub = wait_for(client, [hub], addresses)[0]
        epochs = None if callback is None else Epochs(client, callback)
        name, fit_id = f"fit-{type(self.estimator).__name__}", uuid4().hex
        tasks = []
        for rank, address in enumerate(addresses):
            mine = np.array_split(np.arange(lengths[0]), len(addresses))[rank]
            parts = [
                blocks and place(client, [blocks[i] for i in mine], address) for blocks in columns
            ]
            task = client.submit(
                train,
                self.estimator,
                rank,
                len(addresses),
                hub,
                *parts,
                {"X_val": X_val, "y_val": y_val, "checkpoint": checkpoint},
                epochs and epochs.names,
                workers=[address],
                key=f"{name}-{rank}-{fit_id}",
            )
            tasks.append(task)
        self.estimator_ = wait_for(client, tasks, addresses, hub, epochs)[0]
        self.classes_ = self.estimator_.classes_
        if epochs is None or not epochs.stopped:
            warn_if_exhausted(self.estimator_)
        return self

    def predict(self, X):
        """Predict, partition by partition.

        Parameters
        ----------
        X : dask array, DataFrame or bag of series, or array-like
            Samples.

        Returns
        -------
        y : dask array, Series or bag, or ndarray
            Lazy if X is.
        """
        return self._map("predict", X)

    def predict_proba(self, X):
        """Return probabilities, partition by partition.

        Parameters
        ----------
        X : dask array, DataFrame or bag of series, or array-like
            Samples.

        Returns
        -------
        probabilities : dask array, DataFrame or bag, or ndarray
            One column per class; lazy if X is.
        """
        return self._map("predict_proba", X)

    def score(self, X, y):
        """Return the accuracy.

        Parameters
        ----------
        X : dask array or array-like
            Samples.
        y : dask array or array-like
            Their labels.

        Returns
        -------
        score : float
            Fraction that is predicted correctly, with several labels all of them.
        """
        right = self.predict(X) == y
        right = (right.all(axis=1) if right.ndim == 2 else right).mean()
        return float(right.compute() if hasattr(right, "compute") else right)

    def _map(self, method, X):
        check_is_fitted(self, "estimator_")
        if not hasattr(X, "dask"):
            return getattr(self.estimator_, method)(X)
        if hasattr(X, "to_bag") or not hasattr(X, "map_blocks"):
            return X.map_partitions(call, self.estimator_, method)
        X = in_rows(X)
        example = call(np.zeros((1, *X.shape[1:]), X.dtype), self.estimator_, method)
        return X.map_blocks(
            call,
            self.estimator_,
            method,
            dtype=example.dtype,
            chunks=(X.chunks[0], *((size,) for size in example.shape[1:])),
            drop_axis=list(range(example.ndim, X.ndim)),
        )


def call(X, estimator, method):
    """Call a method of an estimator on a partition."""
    values = getattr(estimator, method)(X)
    if not hasattr(X, "iloc"):
        return values
    kind = type(X) if values.ndim > 1 else type(X.iloc[:, 0])
    return kind(values, index=X.index)


def find_client(client):
    """Return the client to use."""
    try:
        from distributed import Client, get_client
    except ImportError as error:
        raise ImportError('DaskEstimator needs Dask: pip install "bepsk[dask]".') from error
    if client is not None:
        return client
    try:
        return get_client()
    except ValueError:
        return Client()


def in_rows(X):
    """Return a dask array whose rows are whole."""
    return X.rechunk(dict.fromkeys(range(1, X.ndim), -1))


def cut(values, n_parts, like):
    """Return partitions, as delayed objects or as what they are; None for None."""
    if values is None:
        return None
    if hasattr(values, "map_blocks"):
        if hasattr(like, "map_blocks") and not hasattr(like, "to_bag"):
            values = values.rechunk({0: like.chunks[0]})
        return in_rows(values).to_delayed().ravel().tolist()
    if hasattr(values, "to_delayed"):
        return list(values.to_delayed())
    n_rows = values.shape[0] if hasattr(values, "shape") else len(values)
    ends = np.linspace(0, n_rows, min(n_parts, n_rows) + 1).astype(int).tolist()
    return [values[start:end] for start, end in pairwise(ends)]


def place(client, blocks, address):
    """Return futures of partitions, computed on a worker unless they exist already."""
    if hasattr(blocks[0], "dask"):
        return client.compute(blocks, workers=[address])
    return client.scatter(blocks, workers=[address], hash=False)


def train(estimator, rank, size, hub, X, y, sample_weight, options, names):
    """Fit on the partitions of this worker; return the estimator of the first."""
    from distributed import get_worker

    X, y, sample_weight = map(join, (X, y, sample_weight))
    with (
        PeerWorkers(rank, size, hub, get_worker()) as workers,
        asking(names, workers) as callback,
    ):
        options["workers"] = workers
        fitted = fit_shard(clone(estimator), X, y, sample_weight, callback=callback, **options)
    return None if rank else fitted


def join(blocks):
    """Append partitions to each other."""
    if blocks is None or len(blocks) == 1:
        return blocks and blocks[0]
    if isinstance(blocks[0], (list, tuple)):
        return list(chain.from_iterable(blocks))
    if hasattr(blocks[0], "iloc"):
        from pandas import concat

        return concat(blocks)
    return np.concatenate(blocks)


def wait_for(client, tasks, addresses, hub=None, epochs=None):
    """Return the results of tasks that depend on each other; all end if one of them fails."""
    from distributed import wait

    more = epochs is not None
    try:
        while not all(task.done() for task in tasks):
            try:
                if more:
                    more = epochs.answer(SECONDS_BETWEEN_LOOKS)
                else:
                    with suppress(TimeoutError):
                        wait(tasks, timeout=SECONDS_BETWEEN_LOOKS)
            finally:  # a worker that is lost may show as a task that was cancelled
                check_alive(client, addresses)
        errors = [task.exception() for task in tasks if task.status == "error"]
        for error in sorted(errors, key=lambda error: isinstance(error, WorkerError)):
            raise error
        return client.gather(tasks)
    except BaseException as error:
        with suppress(Exception):  # it may have been on a worker that is lost
            hub.fail(f"{type(error).__name__}: {error}").result(timeout=SECONDS_BETWEEN_LOOKS)
        client.cancel(tasks, force=True)
        raise
    finally:
        if epochs is not None:
            epochs.close()


def check_alive(client, addresses):
    """Raise WorkerError if one of these workers is lost."""
    lost = sorted(set(addresses) - set(client.nthreads()))
    if lost:
        raise WorkerError(
            f"Dask lost the worker {', '.join(lost)} while it was training. Fit again: on the "
            "workers that are left the result is the same, and with a checkpoint training goes on "
            "from the last epoch that was saved."
        )
