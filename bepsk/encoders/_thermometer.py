"""Thermometer codes: one bit for every threshold that a value exceeds."""

from numbers import Integral
from typing import Literal

import numpy as np
from scipy.stats import norm
from sklearn.utils.validation import check_is_fitted, validate_data

from bepsk._quick_checks import ensure_fitted, is_plain
from bepsk._sklearn_compat import Interval, StrOptions, check_feature_names_in
from bepsk.encoders._base import BitEncoder, cut_points
from bepsk.kernels import encode as kernels
from bepsk.network.packed import empty_bits

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
    thresholds_ : list of n_features_in_ float64 arrays
        Thresholds of each feature in ascending order; empty for a constant feature.
    missing_ : bool array, shape (n_features_in_,)
        True for features that held NaN in `fit`. Their last bit says that the value is missing.
    n_features_in_ : int
        Number of columns of the X that was fitted.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Names of these columns; only if X had any.
    n_features_out_ : int
        Number of bits that a row of X becomes.

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
        "n_bits": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "strategy": [StrOptions({"quantile", "uniform", "gaussian"})],
    }

    def __init__(self, n_bits="auto", *, strategy="quantile"):
        self.n_bits = n_bits
        self.strategy = strategy

    def _fit(self, X, y):
        X = self._validate(X, reset=True)
        n_bits = self.n_bits
        if n_bits == "auto":
            n_bits = max(1, round(AUTO_TOTAL_BITS / X.shape[1]))
        # The stable sort of bytes is a radix sort, far faster than the default one.
        kind: Literal["stable"] | None = "stable" if X.dtype == np.uint8 else None
        thresholds, missing = [], []
        for column in X.T:
            column = np.sort(column, kind=kind)
            present = column[: len(column) - np.count_nonzero(np.isnan(column))]  # NaN is last
            thresholds.append(find_thresholds(present, n_bits, self.strategy))
            missing.append(len(present) < len(column))
        if not any(missing) and not any(map(len, thresholds)):
            raise ValueError(
                "X: every feature is constant, there is no threshold to set "
                f"(n_samples = {len(X)})."
            )
        self.thresholds_ = thresholds
        self.missing_ = np.array(missing)
        self._lay_out_bits()

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
        ensure_fitted(self, "thresholds_")
        if not is_plain(self, X, DTYPES):
            X = self._validate(X, reset=False)
        bits = empty_bits(len(X), self._n_features_out)
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
        check_is_fitted(self)
        names = []
        features = check_feature_names_in(self, input_features)
        for feature, thresholds, missing in zip(
            features, self.thresholds_, self.missing_, strict=True
        ):
            names += [f"{feature}_bit{i}" for i in range(len(thresholds))]
            names += [f"{feature}_missing"] * bool(missing)
        return np.array(names, dtype=object)

    @property
    def _n_features_out(self):
        return len(self._cuts)

    def _validate(self, X, reset):
        return validate_data(
            self,
            X,
            dtype=DTYPES,
            order="C",
            ensure_all_finite="allow-nan",
            reset=reset,
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def find_thresholds(values, n_bits, strategy):
    """Return at most `n_bits` distinct thresholds for sorted values without NaN."""
    values = values.astype(np.float64)
    if len(values) == 0 or values[0] == values[-1]:
        return np.empty(0)
    shares = np.arange(1, n_bits + 1) / (n_bits + 1)
    if strategy == "uniform":
        return np.unique(values[0] + shares * (values[-1] - values[0]))
    if strategy == "gaussian":
        thresholds = np.unique(values.mean() + values.std() * norm.ppf(shares))
        return thresholds[(thresholds >= values[0]) & (thresholds < values[-1])]
    ranks = np.rint(shares * len(values)).astype(np.intp)
    lower, upper = cut_points(values[np.newaxis], ranks)
    middle = lower + (upper - lower) / 2
    return np.unique(np.where(middle < upper, middle, lower))
