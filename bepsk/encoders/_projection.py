"""Random projections of standardised features, each cut at a quantile: the default encoder."""

from numbers import Integral

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state, gen_batches
from sklearn.utils.validation import check_is_fitted, validate_data

from bepsk._sklearn_compat import Interval, StrOptions, fit_context
from bepsk.encoders._base import BitEncoder, cut_points
from bepsk.kernels import encode as kernels
from bepsk.network.packed import empty_bits

BLOCK_ROWS = 512
MAX_FIT_ROWS = 2048
"""Thresholds are taken from at most so many randomly chosen rows."""
MAX_LEVEL = 1023
"""Features are rounded to integers in [-MAX_LEVEL, MAX_LEVEL]."""
LEVELS_PER_SIGMA = 128
EXACT_FLOAT32 = 2**24
"""Sums of integers below this bound are exact in single precision, in any order."""


class IntegerProjectionEncoder(ClassNamePrefixFeaturesOutMixin, BitEncoder):
    """Base of encoders whose bits are [ C q > t ], with q, C and t integers.

    `q = clip(rint((x - offset_) * scale_))`. A float matrix product computes the sums, but
    within the bounds kept here it is exact, so that no blocking, thread count or BLAS
    changes a bit.
    """

    def transform_packed(self, X):
        """Encode X into packed bits, uint64 (n_samples, ceil(n_bits / 64))."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype="numeric", reset=False)
        bits = empty_bits(len(X), self._n_features_out)
        components = self._float_components()
        thresholds = self.thresholds_.astype(components.dtype)
        for rows in gen_batches(len(X), BLOCK_ROWS):
            kernels.pack_above(self._levels(X[rows]) @ components.T, thresholds, bits[rows], 1)
        return bits

    def _levels(self, X):
        with np.errstate(over="ignore"):  # infinite levels are clipped as well
            levels = np.rint((X - self.offset_) * self.scale_)
        return np.clip(levels, -MAX_LEVEL, MAX_LEVEL).astype(self._float_dtype())

    def _float_dtype(self):
        widest = MAX_LEVEL * np.abs(self.components_.astype(np.int64)).sum(axis=1).max()
        return np.float32 if widest < EXACT_FLOAT32 else np.float64

    def _float_components(self):
        return self.components_.astype(self._float_dtype())

    def _sorted_projections(self, X, rng):
        """Return the projections of at most MAX_FIT_ROWS rows of X, sorted, (n_bits, rows)."""
        if len(X) > MAX_FIT_ROWS:
            X = X[rng.choice(len(X), MAX_FIT_ROWS, replace=False)]
        return np.sort(self._float_components() @ self._levels(X).T, axis=1)

    @property
    def _n_features_out(self):
        return len(self.components_)


def integer_thresholds(sorted_projections, ranks):
    """Return int32 thresholds t, the bit being [ value > t ], with about `ranks` values below."""
    lower, upper = cut_points(sorted_projections, ranks)
    return np.floor((lower.astype(np.float64) + upper) / 2).astype(np.int32)


class RandomProjectionEncoder(IntegerProjectionEncoder):
    """Cut Gaussian random projections of the standardised features at random quantiles.

    Every bit looks at all features; a random quantile for each bit keeps the bits balanced
    on average and places half-spaces everywhere in the data, not only through the centre.

    Parameters
    ----------
    n_components : int or "auto", default="auto"
        Number of bits; "auto" is 4096.
    threshold : {"random", "median"}, default="random"
        Cut each projection at a random quantile of the training data, or at the median.
    random_state : int, RandomState instance or None, default=None

    Attributes
    ----------
    components_ : int8 array, shape (n_components, n_features)
        Projection weights.
    thresholds_ : int32 array, shape (n_components,)
    offset_, scale_ : float64 arrays, shape (n_features,)
        Features become the integers rint((x - offset_) * scale_), clipped to +-1023.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only for input with column names.

    Notes
    -----
    Missing values are not accepted; see `ThermometerEncoder`. The thresholds are estimated on
    at most 2048 randomly chosen rows.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from bepsk.encoders import RandomProjectionEncoder
    >>> X = load_iris().data
    >>> bits = RandomProjectionEncoder(n_components=256, random_state=0).fit_transform(X)
    >>> bits.shape, bits.dtype
    ((150, 256), dtype('uint8'))
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        "n_components": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "threshold": [StrOptions({"random", "median"})],
        "random_state": ["random_state"],
    }

    def __init__(self, n_components="auto", *, threshold="random", random_state=None):
        self.n_components = n_components
        self.threshold = threshold
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Draw the projections and find their thresholds.

        Parameters
        ----------
        X : array-like of numbers, shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        self : RandomProjectionEncoder
        """
        X = validate_data(self, X, dtype="numeric")
        rng = check_random_state(self.random_state)
        n_components = 4096 if self.n_components == "auto" else self.n_components
        scaler = StandardScaler()
        for rows in gen_batches(len(X), 16 * BLOCK_ROWS):
            scaler.partial_fit(X[rows])
        self.offset_ = scaler.mean_
        self.scale_ = LEVELS_PER_SIGMA / scaler.scale_
        self.components_ = gaussian_integers((n_components, X.shape[1]), rng)

        projections = self._sorted_projections(X, rng)
        m = projections.shape[1]
        quantiles = rng.uniform(size=n_components) if self.threshold == "random" else 0.5
        ranks = np.full(n_components, 1 + quantiles * (m - 1), dtype=np.intp)
        self.thresholds_ = integer_thresholds(projections, ranks)
        return self


def gaussian_integers(shape, rng):
    """Draw int8 weights, Gaussian up to rounding, as fine as exact sums over a row allow."""
    largest = min(127, EXACT_FLOAT32 // (MAX_LEVEL * shape[1]))
    weights = rng.standard_normal(shape)
    if largest < 4:
        return np.where(weights < 0, -1, 1).astype(np.int8)
    return np.clip(np.rint(weights * largest / 4), -largest, largest).astype(np.int8)
