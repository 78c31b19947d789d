"""Thermometer codes: one bit for every threshold that a value exceeds."""

import warnings
from numbers import Integral
from typing import Literal

import numpy as np
from scipy.stats import norm

from bepsk._numbers import check_table
from bepsk._quick_checks import is_plain
from bepsk._sklearn_compat import Interval, StrOptions, check_feature_names_in
from bepsk._state import COUNT, checked_array, describe, refuse, settle_array, settled
from bepsk.encoders._base import BitEncoder, cut_points
from bepsk.kernels import encode as kernels
from bepsk.network.packed import empty_bits
from bepsk.network.threads import paced
from bepsk.training import Spread
from bepsk.training.mapped import take_columns

AUTO_TOTAL_BITS = 1024
DTYPES = [np.float64, np.float32, np.uint8]


class ThermometerEncoder(BitEncoder):
    """Compare each feature with thresholds of its own; bit i is [ x > threshold i ].

    Parameters
    ----------
    n_bits : int or "auto", default="auto"
        Number of thresholds per feature at most; "auto" gives about 1024 bits in all. With 1 and
        strategy "quantile" the threshold is the feature's median.
    strategy : {"quantile", "uniform", "gaussian"}, default="quantile"
        Where the thresholds lie: at evenly spaced quantiles of the training data, at equal
        distances between its smallest and its largest value, or at the quantiles of a normal
        distribution of the same mean and standard deviation.

    Attributes
    ----------
    thresholds_ : tuple of n_features_in_ float64 arrays
        Thresholds of each feature in ascending order; empty for a constant feature, or its value
        if all are constant.
    missing_ : bool array, shape (n_features_in_,)
        True for features that held NaN in `fit`. Their last bit says that the value is missing.
    n_features_in_, n_features_out_ : int
        Number of columns of the X that was fitted, and of the bits that a row of it becomes.

    Notes
    -----
    All threshold bits of a missing value are 0.

    Examples
    --------
    >>> from bepsk.encoders import ThermometerEncoder
    >>> ThermometerEncoder(n_bits=2).fit_transform([[1.0], [2.0], [3.0]])
    array([[0, 0],
           [1, 0],
           [1, 1]], dtype=uint8)
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        "n_bits": [Interval(Integral, 1, 2**31, closed="left"), StrOptions({"auto"})],
        "strategy": [StrOptions({"quantile", "uniform", "gaussian"})],
    }
    _state_constraints = {"n_features_in_": COUNT}  # noqa: RUF012
    _sources = ("n_features_in_", "thresholds_", "missing_")
    _derived = ("_features", "_missing_bits", "_cuts", "_cuts32")

    def __init__(self, n_bits="auto", *, strategy="quantile"):
        self.n_bits = n_bits
        self.strategy = strategy

    def _fit(self, X, y):
        X = self._validate(X, reset=True)
        thresholds, n_present = [], []
        for values in sorted_columns(X):
            thresholds.append(find_thresholds(values, self._most_bits(), self.strategy))
            n_present.append(len(values))
        self.missing_ = np.array(n_present) < len(X)
        if not any(map(len, thresholds)):
            # Later values can be told apart then, though none of these can.
            thresholds = [c[~np.isnan(c)][:1].astype(np.float64) for c in take_columns(X)]
            if not (self.missing_ & (np.array(n_present) > 0)).any():
                warnings.warn(
                    f"X: every feature is constant (n_samples = {len(X)}), so that the only "
                    "thresholds are these values. Fit on more samples, or let the first chunk of "
                    "partial_fit hold more.",
                    stacklevel=2,
                )
        self.thresholds_ = tuple(thresholds)

    def _refit(self, X):
        values = sorted_columns(self._validate(X, reset=False))
        self.thresholds_ = tuple(map(self._moved, self.thresholds_, values))

    def _moved(self, thresholds, values):
        found = find_thresholds(values, self._most_bits(), self.strategy)
        if len(found) == len(thresholds):
            return found
        return cut_between(values, len(thresholds), default=thresholds)

    def _most_bits(self):
        if self.n_bits == "auto":
            return max(1, round(AUTO_TOTAL_BITS / self.n_features_in_))
        return self.n_bits

    def _derive(self):
        n_features = self.n_features_in_
        settle_array(self, "missing_", np.bool_, (n_features,))
        thresholds = vars(self).get("thresholds_")
        if not isinstance(thresholds, (tuple, list)) or len(thresholds) != n_features:
            expected = f"a tuple of {n_features} arrays, one per feature"
            refuse(self, "thresholds_", expected, describe(thresholds))
        self.thresholds_ = tuple(map(self._checked_thresholds, range(n_features), thresholds))
        self._lay_out_bits()
        if not len(self._cuts):
            refuse(self, "thresholds_", "at least one array that is not empty", "none")

    def _checked_thresholds(self, feature, values):
        name = f"thresholds_[{feature}]"
        values = checked_array(self, name, values, np.float64, (None,) if np.size(values) else (0,))
        if not (values[:-1] < values[1:]).all() or np.isnan(values).any():
            refuse(self, name, "numbers in ascending order", "others")
        return values

    def _lay_out_bits(self):
        # Which feature each bit looks at, and its threshold; a bit for missing values has inf.
        sizes = np.array([len(thresholds) for thresholds in self.thresholds_]) + self.missing_
        self._features = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        self._missing_bits = (np.cumsum(sizes)[self.missing_] - 1).astype(np.int32)
        self._cuts = np.full(len(self._features), np.inf)
        is_threshold = np.ones(len(self._cuts), dtype=bool)
        is_threshold[self._missing_bits] = False
        self._cuts[is_threshold] = np.concatenate(self.thresholds_)
        with np.errstate(over="ignore"):
            rounded = self._cuts.astype(np.float32)
        too_high = rounded > self._cuts
        rounded[too_high] = np.nextafter(rounded[too_high], np.float32(-np.inf))
        self._cuts32 = rounded
        if np.array_equal(self._features, np.arange(len(sizes))):
            self._features = self._features[:0]  # what the kernel takes for one bit per feature

    def _pack(self, X, n_threads):
        if not is_plain(self, X, DTYPES):
            X = self._validate(X, reset=False)
        bits = empty_bits(len(X), len(self._cuts))
        with paced(n_threads, self, len(X)) as n_threads:
            kernels.pack_above(X, self._features, self._cuts, self._cuts32, bits, n_threads)
        if len(self._missing_bits) and X.dtype != np.uint8:
            features = np.flatnonzero(self.missing_).astype(np.int32)
            kernels.mark_missing(X, features, self._missing_bits, bits)
        return bits

    def get_feature_names_out(self, input_features=None):
        """Name the bits: <feature>_bit<i>, and <feature>_missing.

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
        encoder, names = settled(self), []
        features = check_feature_names_in(encoder, input_features)
        for feature, thresholds, missing in zip(
            features, encoder.thresholds_, encoder.missing_, strict=True
        ):
            names += [f"{feature}_bit{i}" for i in range(len(thresholds))]
            names += [f"{feature}_missing"] * bool(missing)
        return np.array(names, dtype=object)

    @property
    def _n_features_out(self):
        return len(settled(self)._cuts)

    def _validate(self, X, reset):
        X = check_table(self, X, reset=reset, dtypes=DTYPES, allow_nan=True)
        return X if isinstance(X, Spread) else np.ascontiguousarray(X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def sorted_columns(X):
    """Yield the values of each column in ascending order, NaN left out."""
    # The stable sort of bytes is a radix sort, far faster than the default one.
    kind: Literal["stable"] | None = "stable" if X.dtype == np.uint8 else None
    for column in take_columns(X):
        column = np.sort(column, kind=kind)
        yield column[: len(column) - np.count_nonzero(np.isnan(column))]  # NaN is last


def cut_between(values, n, default):
    """Return n distinct thresholds near evenly spaced quantiles; `default` if there are too few.

    Parameters
    ----------
    values : array
        In ascending order.
    n : int
    default : array
    """
    distinct, counts = np.unique(values.astype(np.float64), return_counts=True)
    spare = len(distinct) - 1 - n
    if spare < 0:
        return default
    order = np.arange(n)
    gaps = np.searchsorted(np.cumsum(counts), (order + 1) / (n + 1) * len(values))
    gaps = np.maximum.accumulate(gaps - order).clip(0, spare) + order
    return between(distinct[gaps], distinct[gaps + 1])


def between(lower, upper):
    """Return the middle of two numbers, or the lower one if none lies between them."""
    middle = lower + (upper / 2 - lower / 2)
    return np.where(middle < upper, middle, lower)


def find_thresholds(values, n_bits, strategy):
    """Return at most `n_bits` distinct thresholds for sorted values without NaN.

    Halves and powers of 2 keep differences and squares of the largest floats from overflowing, and
    change no other threshold.
    """
    values = values.astype(np.float64)
    if len(values) == 0 or values[0] == values[-1]:
        return np.empty(0)
    shares = np.arange(1, n_bits + 1) / (n_bits + 1)
    if strategy == "quantile":
        ranks = np.rint(shares * len(values)).astype(np.intp)
        lower, upper = cut_points(values[np.newaxis], ranks)
        return np.unique(between(lower, upper))
    if strategy == "uniform":
        low, high = values[[0, -1]] / 2
        thresholds = 2 * (low + shares * (high - low))
    else:
        exponent = np.frexp(np.abs(values[[0, -1]]).max())[1]
        scaled = np.ldexp(values, -exponent)
        with np.errstate(over="ignore"):
            thresholds = np.ldexp(scaled.mean() + scaled.std() * norm.ppf(shares), exponent)
    thresholds = np.unique(thresholds)
    thresholds = thresholds[(thresholds >= values[0]) & (thresholds < values[-1])]
    return thresholds if len(thresholds) else values[:1]
