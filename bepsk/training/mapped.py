"""More rows than fit in memory: arrays that are memory-mapped, and packed bits in a file."""

import os
from mmap import MADV_DONTNEED, mmap
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
    for start in range(0, len(rows), FEW_ROWS):
        few = slice(start, start + FEW_ROWS)
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
        yield from map_rows(lambda rows, columns=columns: rows[:, columns].copy(), X).T


def store_rows(chunks):
    """Write chunks of rows, one after another, to a temporary file that arrays are mapped to.

    `fit` reads such arrays a block at a time, and needs little memory for them. The file has no
    name, lies in the folder of `tempfile.gettempdir`, and vanishes with the arrays.

    Parameters
    ----------
    chunks : iterable of arrays, or of tuples of arrays such as (X, y)
        What a reader of a large file returns bit by bit; of the same dtype and the same columns.

    Returns
    -------
    arrays : read-only memory-mapped array, or list of them
        All rows, one array for each member of the tuples.

    Raises
    ------
    ValueError
        If there is no row, a chunk does not fit the first one, or it does not hold numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from bepsk import BEPMLPClassifier, store_rows
    >>> def read():
    ...     for seed in range(5):
    ...         X = np.random.default_rng(seed).normal(size=(100, 4))
    ...         yield X, X[:, 0] > 0
    >>> X, y = store_rows(read())
    >>> X.shape
    (500, 4)
    >>> BEPMLPClassifier((32,), max_iter=5, random_state=0).fit(X, y).n_iter_
    5
    """
    columns: list = []
    several = False
    for number, chunk in enumerate(chunks):
        several = isinstance(chunk, tuple)
        parts = list(map(np.asarray, chunk if several else [chunk]))
        columns = columns or [StoredColumn(part) for part in parts]
        lengths = {part.shape[:1] for part in parts}
        if len(parts) != len(columns) or len(lengths) > 1 or () in lengths:
            raise ValueError(
                f"chunks: chunk {number} must be {len(columns)} arrays of as many rows each; got "
                f"the shapes {[part.shape for part in parts]}."
            )
        for part, column in zip(parts, columns, strict=True):
            column.append(part, number)
    arrays = [column.mapped() for column in columns]
    if not arrays:
        raise ValueError("chunks must hold rows; got none. Is the iterator used up?")
    return arrays if several else arrays[0]


class Nameless:
    """A file that vanishes with this object, or with the process."""

    def __init__(self):
        self.file = TemporaryFile()  # noqa: SIM115 - open as long as the object lives

    def __del__(self):
        self.file.close()


class StoredColumn(Nameless):
    """An array in a temporary file, which grows by chunks.

    Parameters
    ----------
    like : array
        The first of them, which sets the dtype and the shape of a row.
    """

    def __init__(self, like):
        super().__init__()
        if like.dtype.kind not in "biuf" or like.ndim == 0:
            raise ValueError(
                f"chunks must hold arrays of numbers; got {like.dtype}, shape {like.shape}. Encode "
                "categories and labels first, as numbers."
            )
        self.dtype, self.shape = like.dtype, like.shape[1:]
        self.n_rows = 0

    def append(self, part, number):
        """Write a chunk; its number is for errors."""
        if part.shape[1:] != self.shape or not np.can_cast(part.dtype, self.dtype):
            raise ValueError(
                f"chunks: chunk {number} has {part.dtype}, rows of shape {part.shape[1:]}; the "
                f"first one has {self.dtype}, rows of shape {self.shape}. Make them alike."
            )
        self.file.write(np.ascontiguousarray(part, self.dtype).data)
        self.n_rows += len(part)

    def mapped(self):
        """Return all rows, memory-mapped."""
        if not self.n_rows:
            raise ValueError("chunks must hold rows; got none.")
        self.file.flush()
        return np.memmap(self.file, self.dtype, mode="r", shape=(self.n_rows, *self.shape))


def store_bits(n_rows, n_words):
    """Return room for packed bits: an array, or a file in the temporary folder if they are many."""
    few = 8 * n_rows * n_words <= MOST_BYTES_IN_MEMORY
    return np.empty((n_rows, n_words), np.uint64) if few else StoredBits(n_rows, n_words)


class StoredBits(Nameless):
    """Packed bits in a file.

    They are read rather than mapped, because pages that were read once through a map stay in
    memory.

    Parameters
    ----------
    n_rows, n_words : int
        Shape of the array that the file stands for.
    """

    def __init__(self, n_rows, n_words):
        super().__init__()
        self.shape = n_rows, n_words

    def __len__(self):
        return self.shape[0]

    def __setitem__(self, rows, bits):
        start, _, _ = rows.indices(len(self))
        self.file.seek(start * 8 * self.shape[1])
        self.file.write(np.ascontiguousarray(bits).data)
        self.file.flush()  # for `take`, which reads past the buffer

    def __getitem__(self, rows):
        start, stop, _ = rows.indices(len(self))
        bits = np.empty((max(stop - start, 0), self.shape[1]), dtype=np.uint64)
        self.file.seek(start * 8 * self.shape[1])
        self.file.readinto(bits.data)
        return bits

    def take(self, rows, axis=0):
        """Return some rows, as `ndarray.take` does."""
        size, number = 8 * self.shape[1], self.file.fileno()
        read = [os.pread(number, size, size * row) for row in rows.tolist()]
        return np.frombuffer(bytearray().join(read), np.uint64).reshape(len(rows), self.shape[1])
