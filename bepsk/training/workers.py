"""Several workers, each of which holds a stretch of the rows, seen from one of them."""

from dataclasses import dataclass
from importlib import import_module

import numpy as np

from bepsk._sklearn_compat import safe_indexing


class WorkerError(RuntimeError):
    """Raised on all workers if one of them fails, or leaves the common order of work.

    Examples
    --------
    >>> from bepsk.training import WorkerError
    >>> raise WorkerError("Worker 1 failed, so that all stop.")
    Traceback (most recent call last):
    bepsk.training.workers.WorkerError: Worker 1 failed, so that all stop.
    """


@dataclass(frozen=True)
class Failure:
    """What a worker sends in the place of what the others wait for.

    Parameters
    ----------
    reason : str
        What has happened to it.
    """

    reason: str


class Workers:
    """A group of processes that call `gather` in the same order, seen from one of them.

    A subclass supplies the transport: `exchange`.

    Parameters
    ----------
    rank : int
        Number of this worker, from 0.
    size : int
        Number of workers.

    Examples
    --------
    >>> from bepsk.training import Workers
    >>> class Alone(Workers):
    ...     def exchange(self, part):
    ...         return [part]
    >>> Alone(rank=0, size=1).gather("counts", 5)
    [5]
    """

    def __init__(self, rank, size):
        self.rank = rank
        self.size = size

    def exchange(self, part):
        """Send an object to all workers, and wait for theirs.

        Parameters
        ----------
        part : object
            What this worker sends; to be pickled.

        Returns
        -------
        parts : list
            What each worker has sent, in the order of ranks.
        """
        raise NotImplementedError

    def gather(self, what, part):
        """Exchange parts of the same thing.

        Parameters
        ----------
        what : str
            Its name, which must be the same on all workers.
        part : object
            The part of this worker.

        Returns
        -------
        parts : list
            The parts of all workers, in the order of ranks.

        Raises
        ------
        WorkerError
            If a worker sends another thing, or has failed.
        """
        return self.parts_of(self.exchange((what, part)))

    def deal(self, what, parts):
        """Send each worker its part of something, and wait for what the others send here.

        A transport that need not send every part to all workers replaces this.

        Parameters
        ----------
        what : str
            As in `gather`.
        parts : list
            The part for each worker, in the order of ranks.

        Returns
        -------
        parts : list
            What each worker has sent to this one, in the order of ranks.

        Raises
        ------
        WorkerError
            As in `gather`.
        """
        return [sent[self.rank] for sent in self.gather(what, parts)]

    def parts_of(self, messages):
        """Return what the workers have sent, if all have sent parts of the same thing.

        Parameters
        ----------
        messages : list of (str, object)
            What each worker sends, and its part, in the order of ranks.

        Returns
        -------
        parts : list
            The parts.

        Raises
        ------
        WorkerError
            As in `gather`.
        """
        for rank, (_, found) in enumerate(messages):
            if isinstance(found, Failure):
                raise WorkerError(f"Worker {rank} failed, so that all stop: {found.reason}")
        names = [name for name, _ in messages]
        if len(set(names)) > 1:
            raise WorkerError(f"Workers must do the same, one after another; they did {names}.")
        return [found for _, found in messages]

    def concatenate(self, what, rows):
        """Exchange arrays, and append one to another.

        Parameters
        ----------
        what : str
            As in `gather`.
        rows : array
            The rows of this worker; none at all is left out, whatever its dtype.

        Returns
        -------
        rows : array
            Those of all workers, in the order of ranks.
        """
        parts = self.gather(what, rows)
        return np.concatenate([part for part in parts if len(part)] or parts[:1])

    def fail(self, error):
        """Tell the others, who wait for the next part of this worker, that none will come.

        Parameters
        ----------
        error : BaseException
            Why.
        """
        self.exchange(("failure", Failure(f"{type(error).__name__}: {error}")))


class Spread:
    """Rows that are spread over workers: each holds a stretch of them, in the order of ranks.

    All workers must call its methods in the same order.

    Parameters
    ----------
    rows : array-like, one row per sample
        Those of this worker. A worker without any brings some from elsewhere, so that checks find
        something to look at.
    n_here : int
        How many of them count, 0 or all.
    workers : Workers
        All of them.

    Examples
    --------
    >>> import numpy as np
    >>> from bepsk.training import Spread, Workers
    >>> class Alone(Workers):
    ...     def exchange(self, part):
    ...         return [part]
    >>> rows = Spread(np.eye(3), 3, Alone(rank=0, size=1))
    >>> rows.shape, rows[[2, 0]].tolist()
    ((3, 3), [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    """

    def __init__(self, rows, n_here, workers):
        self.rows = rows
        self.workers = workers
        counts = workers.gather("numbers of rows", n_here)
        ends = np.cumsum(counts)
        self.n_rows = int(ends[-1])
        self.here = slice(int(ends[workers.rank]) - n_here, int(ends[workers.rank]))
        self.n_here = n_here

    def __len__(self):
        return self.n_rows

    @property
    def shape(self):
        """Numbers of all rows, and of columns."""
        return self.n_rows, *self.rows.shape[1:]

    @property
    def dtype(self):
        """What the rows hold."""
        return self.rows.dtype

    def map(self, function):
        """Apply a function to the rows of each worker; they must stay of one kind.

        Parameters
        ----------
        function : callable
            Takes rows and returns as many.

        Returns
        -------
        spread : Spread
            What the function returns.
        """
        rows = function(self.rows)
        n_columns = np.shape(rows)[-1] if hasattr(rows, "shape") else None
        kind = str(getattr(rows, "dtype", "rows")), n_columns
        kinds = self.workers.gather("kinds of rows", kind)
        if len(set(kinds)) > 1:
            raise ValueError(
                "X must have the same dtype and number of columns on all workers; got "
                f"{[f'{dtype}, {n_columns} columns' for dtype, n_columns in kinds]}."
            )
        return Spread(rows, self.n_here, self.workers)

    def own(self, rows):
        """Return what counts of an array with as many rows as this worker has.

        Parameters
        ----------
        rows : array
            One row for each of its rows.

        Returns
        -------
        rows : array
            The first `n_here`.
        """
        return rows[: self.n_here]

    def __getitem__(self, which):
        """Return some rows, wherever they are, to all workers."""
        which = np.arange(self.n_rows)[which]
        mine = (which >= self.here.start) & (which < self.here.stop)
        parts = self.workers.gather("rows", (mine, self.rows[which[mine] - self.here.start]))
        rows = np.empty((len(which), *self.rows.shape[1:]), dtype=self.dtype)
        for places, part in parts:
            rows[places] = part
        return rows

    def whole(self):
        """Return all rows, to all workers.

        Returns
        -------
        rows : array or DataFrame
            In order.
        """
        parts = self.workers.gather("rows", self.own(self.rows))
        parts = [part for part in parts if len(part)]
        if hasattr(parts[0], "columns"):
            library = import_module(type(parts[0]).__module__.partition(".")[0])
            return library.concat(parts)
        return np.concatenate(parts)

    def reduce(self, function, ufunc):
        """Reduce the rows of each worker, and then the results.

        Parameters
        ----------
        function : callable
            Takes rows and returns a number or an array; it is not asked about no rows.
        ufunc : numpy.ufunc
            Takes two results.

        Returns
        -------
        reduced : scalar or array
            On all workers.
        """
        part = function(self.rows) if self.n_here else None
        parts = self.workers.gather("parts to reduce", part)
        return ufunc.reduce([part for part in parts if part is not None], axis=0)

    def max(self):
        """Find the largest value.

        Returns
        -------
        largest : scalar
            On all workers.
        """
        return self.reduce(np.max, np.maximum)

    def min(self):
        """Find the smallest value.

        Returns
        -------
        smallest : scalar
            On all workers.
        """
        return self.reduce(np.min, np.minimum)

    def column(self, index):
        """Gather a column.

        Parameters
        ----------
        index : int
            Which.

        Returns
        -------
        column : array, shape (n_rows,)
            On all workers.
        """
        return self.workers.concatenate("column", self.own(self.rows[:, index]))

    @property
    def T(self):  # noqa: N802
        """Its columns, one after another: no worker ever has more than one of them whole."""
        return map(self.column, range(self.shape[1]))

    def batches(self, size, state, step):
        """Go through all rows in order, as one machine does: one worker after another.

        Parameters
        ----------
        size : int
            Rows per batch. Fewer than this many travel, from one worker to the next.
        state : object
            What to begin with.
        step : callable
            Takes the state and a batch, returns the next state.

        Returns
        -------
        state : object
            The last one, on all workers.
        """
        left = self.rows[:0]
        for rank in range(self.workers.size):
            if rank == self.workers.rank:
                start, mine = 0, self.own(self.rows)
                while len(left) + len(mine) - start >= size:
                    batch = mine[start : start + size - len(left)]
                    state = step(state, np.concatenate([left, batch]) if len(left) else batch)
                    start, left = start + len(batch), left[:0]
                left = np.concatenate([left, mine[start:]])
                if rank == self.workers.size - 1 and len(left):
                    state = step(state, left)
            passed_on = (state, left) if rank == self.workers.rank else None
            state, left = self.workers.gather("batches", passed_on)[rank]
        return state

    def take(self, kept):
        """Leave out all but some rows.

        Parameters
        ----------
        kept : int array
            Their numbers, in ascending order.

        Returns
        -------
        spread : Spread
            They alone, where they are.
        """
        mine = kept[(kept >= self.here.start) & (kept < self.here.stop)] - self.here.start
        taken = mine if len(mine) else [0]
        return Spread(safe_indexing(self.rows, taken), len(mine), self.workers)
