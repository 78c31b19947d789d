"""Fitting an estimator on rows that are spread over workers, bit for bit as on one machine."""

from copy import copy

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator

from bepsk._sklearn_compat import NoTask
from bepsk.encoders import BitEncoder
from bepsk.estimators._categories import with_categories
from bepsk.estimators._convergence import warn_if_unfinished
from bepsk.estimators._rule import is_auto
from bepsk.estimators._validation import to_array
from bepsk.training import Spread, SpreadData, WorkerError


def fit_shard(
    estimator,
    X,
    y,
    sample_weight=None,
    *,
    workers,
    X_val=None,
    y_val=None,
    callback=None,
    checkpoint=None,
):
    """Fit an estimator on the rows of all workers; to be called on each of them.

    The result is that of ``estimator.fit`` on all rows, in the order of ranks. All workers know the
    labels and weights of all samples; rows stay where they are, but for those few from which the
    encoder learns. The first worker alone prints, and warns of training that should go on.

    Parameters
    ----------
    estimator : BEPMLPClassifier, BEPMLPRegressor or BEPRNNClassifier
        The same on all workers.
    X : array-like, shape (n_here, n_features)
        Rows of this worker; any number of them, 0 included.
    y : array-like, shape (n_here,)
        Their labels.
    sample_weight : array-like, shape (n_here,), default=None
        Their weights, on all workers or on none.
    workers : Workers
        All of them.
    X_val, y_val : array-like, default=None
        Validation samples, the same on all workers.
    callback : callable, default=None
        As in `fit`, on each worker; they must decide alike. Callbacks that `set_callbacks` has set
        are not called.
    checkpoint : str or path-like, default=None
        As in `fit`, on all workers; the first one reads and writes it. Any number of workers goes
        on from it, and ends with the same bits.

    Returns
    -------
    estimator : estimator
        The fitted estimator, the same on all workers.

    Raises
    ------
    WorkerError
        If another worker fails; the estimator stays as it was.
    ValueError
        As in `fit`, for what the encoder cannot do on several workers, and for `early_stopping`
        without validation samples.

    Examples
    --------
    Two workers, here threads of one process:

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> from threading import Barrier
    >>> from sklearn.datasets import load_iris
    >>> from bepsk import BEPMLPClassifier
    >>> from bepsk.distributed import fit_shard
    >>> from bepsk.training import Workers
    >>> barrier, parts = Barrier(2), [None, None]
    >>> class Threads(Workers):
    ...     def exchange(self, part):
    ...         parts[self.rank] = part
    ...         barrier.wait()
    ...         copy = list(parts)
    ...         barrier.wait()
    ...         return copy
    >>> X, y = load_iris(return_X_y=True)
    >>> def work(rank):
    ...     clf = BEPMLPClassifier((32, 32), max_iter=3, random_state=0)
    ...     return fit_shard(clf, X[rank::2], y[rank::2], workers=Threads(rank, 2))
    >>> with ThreadPoolExecutor(2) as pool:
    ...     first, second = pool.map(work, [0, 1])
    >>> bool((first.predict(X) == second.predict(X)).all())
    True
    """
    try:
        if estimator.early_stopping and X_val is None:
            raise ValueError(
                "early_stopping=True needs X_val and y_val here: hold out samples yourself, and "
                "give them to all workers."
            )
        kind = type(estimator)
        twin = copy(estimator)
        here = {"_workers": workers, "_warns": workers.rank == 0}
        twin.__class__ = type(kind.__name__, (ShardedEstimator, kind), here)
        twin.verbose = estimator.verbose and workers.rank == 0
        X, y, sample_weight = spread(X, y, sample_weight, workers)
        options = {"callback": callback, "checkpoint": checkpoint}
        twin.fit(X, y, sample_weight, X_val=X_val, y_val=y_val, **options)
    except WorkerError:
        raise
    except BaseException as error:
        workers.fail(error)
        raise
    twin.verbose = estimator.verbose
    estimator.__dict__ = twin.__dict__
    return estimator


def warn_if_exhausted(estimator):
    """Warn, where an estimator arrives from a worker, of training that should go on."""
    if estimator.n_iter_ == estimator.max_iter and not estimator.warm_start:
        warn_if_unfinished(estimator)


def spread(X, y, sample_weight, workers):
    """Return rows as `Spread`, and the labels and weights of all workers."""
    if issparse(X):
        raise ValueError("X must be dense to be spread over workers; got a sparse matrix.")
    n_here = X.shape[0] if hasattr(X, "shape") else len(X)
    y = y.toarray() if issparse(y) else to_array(y)
    if len(y) != n_here:
        raise ValueError(f"X and y must have the same length; got {n_here} and {len(y)}.")
    examples = workers.gather("examples", X[:1] if n_here else None)
    if not n_here:
        X = next((example for example in examples if example is not None), X)
    y = workers.concatenate("labels", y)
    if any(workers.gather("weights or none", sample_weight is not None)):
        sample_weight = np.ones(n_here) if sample_weight is None else np.asarray(sample_weight)
        sample_weight = workers.concatenate("weights", sample_weight)
    return Spread(X, n_here, workers), y, sample_weight


class ShardedEstimator(BaseEstimator):
    """What is other in an estimator, while it is fitted on rows that are `Spread`."""

    def _init_callback_context(self, **options):
        return NoTask()  # those of scikit-learn could not decide alike on all workers

    def _draw_seed(self, *checkpoint):
        return self._workers.gather("seed", super()._draw_seed(*checkpoint))[0]

    def _open_checkpoint(self, path):
        leads = self._workers.rank == 0
        mine = super()._open_checkpoint(path) if leads else None
        checkpoint = copy(self._workers.gather("checkpoint", mine)[0])
        checkpoint.writes = leads
        return checkpoint

    def _check_input(self, X, reset):
        check = super()._check_input
        return X.map(lambda rows: check(rows, reset)) if isinstance(X, Spread) else check(X, reset)

    def _make_plan(self, X, y, sample_weight, seed, **wanted):
        encoder = self._make_encoder("projection" if is_auto(self.encoder) else self.encoder)
        if not isinstance(encoder, BitEncoder | FrozenEstimator):
            raise ValueError(
                f"encoder must be one of bepsk.encoders to be fitted on several workers; got "
                f"{encoder!r}. Fit it first, on rows of your choice, and give a FrozenEstimator."
            )
        categorical = getattr(self, "categorical_features", None)
        if with_categories(encoder, X.rows, categorical) is not encoder:
            raise ValueError(
                "X holds categories, which are not learned on several workers. Encode them first, "
                "for example by OneHotEncoder()."
            )
        plan = super()._make_plan(X, y, sample_weight, seed, **wanted)
        return self._workers.gather("plan", plan)[0]

    def _encode_input(self, X):
        if not isinstance(X, Spread):
            return super()._encode_input(X)
        inputs, n_bits = super()._encode_input(X.rows)
        return inputs[: X.n_here], n_bits

    def _encode(self, X, y, sample_weight, first=False):
        data, n_bits = super()._encode(X, y, sample_weight, first)
        if isinstance(X, Spread):
            data = SpreadData(data.inputs, data.y, data.sample_weight, X.here, self._workers)
        return data, n_bits

    def _lengths(self, X):
        return self._workers.concatenate("lengths", X.own(super()._lengths(X.rows)))

    def _feature_means(self, X):
        n_present = X.own(~np.isnan(X.rows)).sum(axis=(0, 1))
        parts = self._workers.gather("means", (super()._feature_means(X.rows), n_present))
        total = np.maximum(sum(n for _, n in parts), 1)
        return sum(means * (n / total) for means, n in parts)

    def _patches(self, X, y):
        patches, n_patches = super()._patches(X.rows, np.arange(len(X.rows)))
        counts = X.own(np.bincount(n_patches))
        n_here = int(counts.sum())
        y = np.repeat(y, self._workers.concatenate("numbers of patches", counts), axis=0)
        return Spread(patches, n_here, self._workers), y
