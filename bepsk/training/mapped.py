"""More rows than fit in memory: arrays that are memory-mapped, and packed bits in a file."""

import os
from mmap import MADV_DONTNEED, mmap
from operator import itemgetter
from tempfile import TemporaryFile

import numpy as np
from sklearn.utils import gen_batches

BLOCK_BYTES = 2**26
MOST_BYTES_IN_MEMORY = 2**28
FEW_ROWS = 32


def memory_map(X):
    """Return the memory-mapped array that an array is a view of; None if there is none."""
    while isinstance(X, np.ndarray):
        if isinstance(X, np.memmap) and isinstance(X.base, mmap):
            return X
        X = X.base
    return None


def let_go(X):
    """Let the pages of a memory-mapped array go from memory; they come back when they are read."""
    mapped = memory_map(X)
    if mapped is not None and mapped.mode != "c":  # whose changes are in memory alone
        mapped.base.madvise(MADV_DONTNEED)


def row_blocks(X, n_rows=None):
    """Yield a few rows at a time; of what is not memory-mapped all at once, unless told.

    Parameters
    ----------
    X : array-like
        Pages of a memory-mapped array are let go after each block.
    n_rows : int or None, default=None
        How many rows at a time; None means 64 MB of a memory-mapped array, and all of another.

    Yields
    ------
    rows : array-like
        A view of X, or X itself.
    """
    if n_rows is None and memory_map(X) is not None and X.size:
        n_rows = max(1, BLOCK_BYTES // X[:1].nbytes)
    if n_rows is None:
        yield X
        return
    for rows in gen_batches(len(X), n_rows):
        yield X[rows]
        let_go(X)


def map_rows(function, X):
    """Apply a function to rows, a block of `row_blocks` at a time; return all that it returns."""
    found = [function(rows) for rows in row_blocks(X)]
    return found[0] if len(found) == 1 else np.concatenate(found)


def take_rows(X, rows):
    """Return some rows of an array, as X[rows]; of a memory-mapped one a few at a time."""
    if memory_map(X) is None or isinstance(rows, slice):
        return X[rows]
    taken = np.empty((len(rows), *X.shape[1:]), dtype=X.dtype)
    for few in gen_batches(len(rows), FEW_ROWS):
        taken[few] = X[rows[few]]
        let_go(X)
    return taken


def take_columns(X):
    """Yield all columns of an array, one after another."""
    if memory_map(X) is None:
        yield from X.T
        return
    n_columns = max(1, BLOCK_BYTES // (len(X) * X.dtype.itemsize))
    for columns in gen_batches(X.shape[1], n_columns):
        yield from map_rows(itemgetter((slice(None), columns)), X).T


def store_bits(n_rows, n_words):
    """Return room for packed bits: an array, or a file in the temporary folder if they are many."""
    few = 8 * n_rows * n_words <= MOST_BYTES_IN_MEMORY
    return np.empty((n_rows, n_words), np.uint64) if few else StoredBits(n_rows, n_words)


class StoredBits:
    """Packed bits in a file without a name, which vanishes with the process.

    They are read rather than mapped, because pages that were read once through a map stay in
    memory.

    Parameters
    ----------
    n_rows, n_words : int
        Shape of the array that the file stands for.
    """

    def __init__(self, n_rows, n_words):
        self.shape = n_rows, n_words
        self._file = TemporaryFile(buffering=0)  # noqa: SIM115 - open as long as the bits are used

    def __del__(self):
        self._file.close()

    def __len__(self):
        return self.shape[0]

    def __setitem__(self, rows, bits):
        start, _, _ = rows.indices(len(self))
        self._file.seek(start * 8 * self.shape[1])
        self._file.write(np.ascontiguousarray(bits).data)

    def __getitem__(self, rows):
        start, stop, _ = rows.indices(len(self))
        bits = np.empty((max(stop - start, 0), self.shape[1]), dtype=np.uint64)
        self._file.seek(start * 8 * self.shape[1])
        self._file.readinto(bits.data)
        return bits

    def take(self, rows, axis=0):
        """Return some rows, as `ndarray.take` does."""
        size, number = 8 * self.shape[1], self._file.fileno()
        read = [os.pread(number, size, size * row) for row in rows.tolist()]
        return np.frombuffer(bytearray().join(read), np.uint64).reshape(len(rows), self.shape[1])
