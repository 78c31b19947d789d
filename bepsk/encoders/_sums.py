"""Sums of a few raw features, in integers from end to end: the encoder for small devices."""

from numbers import Integral

import numpy as np
from sklearn.utils import check_consistent_length, check_random_state

from bepsk._numbers import check_table
from bepsk._quick_checks import is_plain
from bepsk._sklearn_compat import Interval
from bepsk._state import refuse, settle_array
from bepsk.encoders._draws import find_labels, relevance, sparse_signs
from bepsk.encoders._projection import IntegerProjectionEncoder, draw_rows
from bepsk.training import Spread
from bepsk.training.mapped import row_blocks, take_rows

INT16 = np.iinfo(np.int16)
REMEDY = (
    "Scale and round it first, for example by np.rint(100 * X), so that all features are about "
    "equally wide; or use RandomProjectionEncoder, which scales by itself."
)


class SparseSumEncoder(IntegerProjectionEncoder):
    """Cut sums and differences of a few raw features at random quantiles.

    Each bit adds up two to four integer features with weights +-1, and is 1 where the sum exceeds
    a random quantile of the training data. Nothing is scaled, and no number is ever rounded: a
    device without floating point computes the same bits from what its sensors give, with an index
    and a sign for each feature and one threshold, 4 to 6 bytes per bit.

    Parameters
    ----------
    n_components : int, default=512
        Number of bits.
    max_features : int, default=4
        How many features a bit adds up at most; at least two, if so many vary. They are drawn
        without replacement, with probabilities proportional to their relevance.
    relevance : bool, default=True
        Whether features that tell more about the labels are drawn more often, as by
        `RandomProjectionEncoder`.
    random_state : int, RandomState instance or None, default=None
        Seed of the features, the signs and the quantiles.

    Attributes
    ----------
    components_ : int8 array, shape (n_components, n_features_in_)
        Weights of the sums: 0, -1 and +1.
    thresholds_ : int32 array, shape (n_components, 2)
        A bit is 1 where the sum exceeds the second number of its row; the first is the smallest
        int32.
    quantiles_ : float64 array, shape (n_components,)
        The share of the training data at which each sum is cut.
    n_features_in_, n_features_out_ : int
        Number of columns of the X that was fitted, and of the bits that a row of it becomes.

    Notes
    -----
    X must hold whole numbers from -32768 to 32767, and no missing values. The features should be
    about equally wide, as those of images or of like sensors are: the widest rule the sums.
    Thresholds and relevance are estimated on at most 2048 randomly chosen rows.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from bepsk.encoders import SparseSumEncoder
    >>> bits = SparseSumEncoder(random_state=0).fit_transform(load_digits().data)
    >>> bits.shape, bits.dtype
    ((1797, 512), dtype('uint8'))
    """

    _max_level = -int(INT16.min)
    _sources = (*IntegerProjectionEncoder._sources, "quantiles_")
    _parameter_constraints: dict = {  # noqa: RUF012
        "n_components": [Interval(Integral, 1, 2**31, closed="left")],
        "max_features": [Interval(Integral, 2, None, closed="left")],
        "relevance": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(self, n_components=512, *, max_features=4, relevance=True, random_state=None):
        self.n_components = n_components
        self.max_features = max_features
        self.relevance = relevance
        self.random_state = random_state

    def _fit(self, X, y):
        X = self._check(X, reset=True)
        rng = check_random_state(self.random_state)
        n_components = int(self.n_components)
        sample = draw_rows(X, rng)
        rows = take_rows(X, sample)
        chances = (rows != rows[0]).any(axis=0).astype(np.float64)
        labels = find_labels(y) if self.relevance else None
        if labels is not None:
            check_consistent_length(X, labels)
            chances *= relevance(rows.astype(np.float64), labels[sample])
        self.components_ = sparse_signs(chances, n_components, (2, self.max_features), rng)
        self.quantiles_ = rng.uniform(size=n_components)
        self._cut(rows)

    def _refit(self, X):
        X = self._check(X, reset=False)
        self._cut(take_rows(X, draw_rows(X, check_random_state(self.random_state))))

    def _cut(self, rows):
        below = np.full(len(self.quantiles_), -np.inf)
        self._set_thresholds(rows, np.stack([below, self.quantiles_], axis=1))

    def _derive(self):
        self._derive_sums(self.n_features_in_)
        quantiles = settle_array(self, "quantiles_", np.float64, (len(self.components_),))
        if not ((quantiles >= 0) & (quantiles <= 1)).all():
            refuse(self, "quantiles_", "shares from 0 to 1", "others")

    def _check(self, X, reset):
        if isinstance(X, Spread):
            return X.map(lambda rows: self._check(rows, reset))
        if reset or not is_plain(self, X):
            X = check_table(self, X, reset=reset)
        for rows in row_blocks(X):
            strange = np.clip(np.rint(rows), INT16.min, INT16.max) != rows
            if strange.any():
                row, column = np.unravel_index(strange.argmax(), strange.shape)
                raise ValueError(
                    f"X must hold whole numbers from {INT16.min} to {INT16.max}; found "
                    f"{rows[row, column].item()!r} in column {column}. {REMEDY}"
                )
        return X

    def _fill(self, levels, X):
        levels[:, : X.shape[1]] = X
