"""What all encoders share, and the encoder of data that are bits already."""

from copy import copy
from functools import wraps

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from bepsk.network.packed import pack_bits, unpack_bits


def all_or_nothing(fit):
    """Let a `fit` that fails leave the encoder as it was."""

    @wraps(fit)
    def fit_a_copy(self, X, y=None):
        work = copy(self)
        fit(work, X, y)
        self.__dict__ = work.__dict__
        return self

    return fit_a_copy


class BitEncoder(TransformerMixin, BaseEstimator):
    """Base of encoders that implement `transform_packed` and know `_n_features_out`."""

    def transform(self, X):
        """Encode X.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)

        Returns
        -------
        bits : uint8 array of 0 and 1, shape (n_samples, n_bits)
        """
        return unpack_bits(self.transform_packed(X), self._n_features_out)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags


class BinaryEncoder(OneToOneFeatureMixin, BitEncoder):
    """Take data that are bits already: 0 / 1, bool, or -1 / +1.

    Attributes
    ----------
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only for input with column names.

    Examples
    --------
    >>> from bepsk.encoders import BinaryEncoder
    >>> BinaryEncoder().fit_transform([[-1, 1], [1, 1]])
    array([[0, 1],
           [1, 1]], dtype=uint8)
    """

    @all_or_nothing
    def fit(self, X, y=None):
        """Check that X is binary.

        Parameters
        ----------
        X : array-like of 0 / 1, bool or -1 / +1, shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        self : BinaryEncoder

        Raises
        ------
        ValueError
            If X holds any other value, or -1 together with 0.
        """
        validate_binary(self, X, reset=True)
        return self

    def transform_packed(self, X, n_threads=1):
        """Encode X into packed bits, uint64 (n_samples, ceil(n_bits / 64))."""
        check_is_fitted(self, "n_features_in_")
        return pack_bits(validate_binary(self, X, reset=False), n_threads)

    @property
    def _n_features_out(self):
        return self.n_features_in_


def validate_binary(encoder, X, reset):
    """Return the X of an encoder as a bool matrix; ValueError unless it holds bits."""
    return check_binary(validate_data(encoder, X, dtype="numeric", reset=reset))


def check_binary(X):
    """Return X as a bool matrix; ValueError unless it is 0 / 1, bool or -1 / +1."""
    ones = X == 1
    rest = X[~ones]
    if (rest.size and (rest != rest[0]).any()) or (rest.size and rest[0] not in (0, -1)):
        strange = rest[(rest != 0) & (rest != -1)]
        found = f"the value {strange[0]!r}" if strange.size else "both 0 and -1"
        raise ValueError(
            f"X must hold bits: 0 and 1, booleans, or -1 and +1; found {found}. "
            "Choose an encoder, for example encoder='projection', for other numbers."
        )
    return ones


def whole_levels(X, offset, scale, smallest, largest):
    """Return (X - offset) * scale as whole floats within bounds; what is not a number becomes 0."""
    with np.errstate(over="ignore", invalid="ignore"):  # infinite levels are clipped as well
        levels = np.nan_to_num(np.rint((X - offset) * scale))
    return np.clip(levels, smallest, largest)


def cut_points(sorted_rows, ranks):
    """Find where to cut sorted values so that about `ranks` of them lie below the cut.

    Parameters
    ----------
    sorted_rows : array, shape (n_rows, m) or (1, m)
        Each row rising.
    ranks : int array, shape (n_rows,)

    Returns
    -------
    lower, upper : arrays, shape (n_rows,)
        The neighbouring distinct values on either side of the cut nearest to the rank;
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
