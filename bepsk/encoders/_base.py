"""What all encoders share, and the encoder for data that are bits already."""

import numpy as np
from scipy.sparse import issparse
from sklearn.base import OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import check_consistent_length, gen_batches
from sklearn.utils.validation import check_is_fitted

from bepsk._all_or_nothing import all_or_nothing
from bepsk._numbers import check_table
from bepsk._sklearn_compat import fit_context, safe_indexing
from bepsk._state import COUNT, CheckedEstimator, settle, settled
from bepsk.network.packed import pack_bits, unpack_bits
from bepsk.network.threads import paced, usable_threads
from bepsk.training import Spread
from bepsk.training.mapped import map_rows

DENSE_NUMBERS, FEWEST_ROWS = 2**23, 256
"""Sparse matrices are made dense so many numbers at a time, but at least so many rows."""


class BitEncoder(TransformerMixin, CheckedEstimator):
    """Base of the encoders; a subclass adds `_fit`, `_refit`, `_pack` and `_n_features_out`.

    Examples
    --------
    >>> from bepsk.encoders import BitEncoder, ThermometerEncoder
    >>> encoder = ThermometerEncoder(n_bits=2).fit([[1.0], [2.0], [3.0]])
    >>> isinstance(encoder, BitEncoder), encoder.transform_packed([[2.0]])
    (True, array([[1]], dtype=uint64))
    """

    _parameter_constraints: dict = {}  # noqa: RUF012

    @fit_context(prefer_skip_nested_validation=True)
    @all_or_nothing
    def fit(self, X, y=None):
        """Learn from X what each bit says.

        Parameters
        ----------
        X : array-like or sparse matrix, shape (n_samples, n_features)
            The training data; each encoder's own page says what it may hold. Of a sparse matrix
            of more than 2^23 numbers, zeros counted, evenly spaced rows stand for all.
        y : array-like, shape (n_samples,), default=None
            Read by `RandomProjectionEncoder` alone: class labels, for `relevance`.

        Returns
        -------
        self : encoder
            The fitted encoder.

        Raises
        ------
        ValueError
            For X that the encoder cannot take; the encoder stays as it was.
        """
        self._fit(*thin_out(X, y))
        settle(self)

    @fit_context(prefer_skip_nested_validation=True)
    @all_or_nothing
    def refit(self, X):
        """Move thresholds to where new data lie; each bit goes on looking at what it looked at.

        What has been learned from the bits stays meaningful, because a bit is 1 on about the same
        share of the new data as it was of the old. Features with thresholds or a scale of their
        own keep them where they are constant in X, or have fewer values there than thresholds. On
        the data of `fit` nothing changes, nor ever in encoders of bits, which have no thresholds.

        Parameters
        ----------
        X : array-like or sparse matrix, shape (n_samples, n_features_in_)
            Recent samples, as in `fit`; a few hundred or more.

        Returns
        -------
        self : encoder
            The same encoder.

        Raises
        ------
        ValueError
            For X that the encoder cannot take; the encoder stays as it was.
        NotFittedError
            Before `fit`.

        Examples
        --------
        >>> from bepsk.encoders import ThermometerEncoder
        >>> encoder = ThermometerEncoder(n_bits=2).fit([[1.0], [2.0], [3.0]])
        >>> encoder.refit([[11.0], [12.0], [13.0]]).transform([[12.0]])
        array([[1, 0]], dtype=uint8)
        """
        check_is_fitted(self)
        settle(self)
        self._refit(thin_out(X, None)[0])
        settle(self)

    def _refit(self, X):
        self._pack(X, 1)  # which checks X; there are no thresholds

    def transform(self, X):
        """Encode X, one byte per bit.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features_in_)
            Samples, as in `fit`.

        Returns
        -------
        bits : uint8 array of 0 and 1, shape (n_samples, n_features_out_)
            The bits of each row.
        """
        encoder = settled(self)
        return unpack_bits(encoder.transform_packed(X), encoder._n_features_out)

    def transform_packed(self, X, n_threads=1):
        """Encode X, 64 bits per word.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features_in_)
            Samples, as in `fit`.
        n_threads : int, default=1
            Number of threads, as `n_jobs` of the estimators; the bits do not depend on it.

        Returns
        -------
        bits : uint64 array, shape (n_samples, ceil(n_features_out_ / 64))
            The bits of each row: bit k is bit k % 64 of word k // 64.
        """
        encoder, n_threads = settled(self), usable_threads(n_threads)
        if (n_rows := rows_at_a_time(X)) is None:
            return map_rows(lambda rows: encoder._pack(rows, n_threads), X)
        X, batches = X.tocsr(), gen_batches(X.shape[0], n_rows)
        return np.concatenate([encoder._pack(X[rows], n_threads) for rows in batches])

    @property
    def n_features_out_(self):
        """Number of bits that a row of X becomes."""
        return self._n_features_out

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        tags.input_tags.sparse = True
        return tags


def thin_out(X, y):
    """Return evenly spaced rows of a sparse matrix that is too large to make dense."""
    if (n_rows := rows_at_a_time(X)) is None:
        return X, y
    check_consistent_length(X, y)
    rows = np.linspace(0, X.shape[0] - 1, n_rows).astype(np.intp)
    return X.tocsr()[rows], None if y is None else safe_indexing(y, rows)


def rows_at_a_time(X):
    """Return how many rows of a sparse matrix to make dense at a time; None for anything else."""
    if not issparse(X) or X.ndim != 2 or not X.shape[1]:
        return None
    n_rows = max(DENSE_NUMBERS // X.shape[1], FEWEST_ROWS)
    return n_rows if n_rows < X.shape[0] else None


class BinaryEncoder(OneToOneFeatureMixin, BitEncoder):
    """Take data that are bits already: 0 / 1, bool or -1 / +1.

    Attributes
    ----------
    n_features_in_, n_features_out_ : int
        Number of columns of the X that was fitted, and of the bits that a row of it becomes.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Names of these columns; only if X had any. All encoders have them.

    Examples
    --------
    >>> from bepsk.encoders import BinaryEncoder
    >>> BinaryEncoder().fit_transform([[-1, 1], [1, 1]])
    array([[0, 1],
           [1, 1]], dtype=uint8)
    """

    _sources = ("n_features_in_",)
    _state_constraints = {"n_features_in_": COUNT}  # noqa: RUF012

    def _fit(self, X, y):
        validate_binary(self, X, reset=True)

    def _pack(self, X, n_threads):
        bits = validate_binary(self, X, reset=False)
        with paced(n_threads, self, len(bits)) as n_threads:
            return pack_bits(bits, n_threads)

    def get_feature_names_out(self, input_features=None):
        """Name the bits, which are the features.

        Parameters
        ----------
        input_features : array-like of str, shape (n_features_in_,), default=None
            Names of the features. By default `feature_names_in_` if there are any, else x0, x1
            and so on.

        Returns
        -------
        names : ndarray of str objects, shape (n_features_out_,)
            A name for each bit.
        """
        return OneToOneFeatureMixin.get_feature_names_out(settled(self), input_features)

    @property
    def _n_features_out(self):
        return settled(self).n_features_in_


def validate_binary(encoder, X, reset):
    """Return the X of an encoder as a bool matrix; ValueError unless it holds bits."""
    return check_binary(check_table(encoder, X, reset=reset))


def check_binary(X):
    """Turn a matrix of bits, however they are written, into bool.

    Parameters
    ----------
    X : ndarray of 0 / 1, bool or -1 / +1, any shape
        Bits.

    Returns
    -------
    ones : bool ndarray, shape of X
        True where X is 1.

    Raises
    ------
    ValueError
        If X holds any other value, or both -1 and 0.

    Examples
    --------
    >>> check_binary(np.array([[-1, 1], [1, 1]]))
    array([[False,  True],
           [ True,  True]])
    """
    if isinstance(X, Spread):
        return X.map(check_binary)
    ones = X == 1
    rest = X[~ones]
    if (rest.size and (rest != rest[0]).any()) or (rest.size and rest[0] not in (0, -1)):
        strange = rest[(rest != 0) & (rest != -1)]
        found = f"the value {strange[0].item()!r}" if strange.size else "both 0 and -1"
        raise ValueError(
            f"X must hold bits: 0 and 1, booleans, or -1 and +1; found {found}. "
            "Choose an encoder, for example encoder='projection', for other numbers."
        )
    return ones


def cut_points(sorted_rows, ranks):
    """Find where to cut sorted values so that about `ranks` of them lie below the cut.

    Parameters
    ----------
    sorted_rows : ndarray, shape (n_rows, m) or (1, m)
        Rows in ascending order; a single one serves all ranks.
    ranks : int ndarray, shape (n_rows,)
        How many values of each row should lie below its cut.

    Returns
    -------
    lower, upper : ndarrays, shape (n_rows,)
        The neighbouring distinct values on either side of the possible cut nearest to the rank;
        equal where a row is constant.
    """
    m = sorted_rows.shape[1]
    rows = np.arange(len(ranks)) if len(sorted_rows) > 1 else 0
    middle = sorted_rows[rows, np.minimum(ranks, m - 1)][:, np.newaxis]
    below = (sorted_rows < middle).sum(axis=1)
    up_to = (sorted_rows <= middle).sum(axis=1)
    nearer_below = ((ranks - below <= up_to - ranks) & (below > 0)) | (up_to == m)
    cut = np.where(nearer_below, below, up_to)
    return sorted_rows[rows, np.maximum(cut - 1, 0)], sorted_rows[rows, cut]
