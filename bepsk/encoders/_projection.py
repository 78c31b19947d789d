"""Random projections of standardised features, cut at quantiles: the default encoder."""

import warnings
from numbers import Integral

import numpy as np
from scipy.stats import chi2_contingency
from scipy.stats.contingency import crosstab
from sklearn.base import ClassNamePrefixFeaturesOutMixin
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_consistent_length, check_random_state, gen_batches
from sklearn.utils.multiclass import type_of_target

from bepsk._numbers import check_table
from bepsk._quick_checks import is_plain
from bepsk._sklearn_compat import Interval, StrOptions
from bepsk._state import COUNT, refuse, settle_array, settled
from bepsk.encoders._base import BitEncoder, cut_points, whole_levels
from bepsk.kernels import encode as kernels
from bepsk.network.packed import empty_bits
from bepsk.network.threads import paced

BLOCK_ROWS = 512
MAX_FIT_ROWS = 2048
"""Thresholds and relevance come from at most this many randomly chosen rows."""
MAX_LEVEL = 1023
"""Features are rounded to integers in [-MAX_LEVEL, MAX_LEVEL]."""
LEVELS_PER_SIGMA = 128
BELOW_ALL = np.iinfo(np.int32).min
"""The lower threshold of a half-space: no projection is this small."""
LARGEST = np.finfo(np.float64).max
ORDINARY = 100
"""Of numbers within 2^-100 and 2^100 in size, the squares of many add up without overflow."""
EXACT_FLOAT32 = 2**24
"""Sums of integers below this bound are exact in single precision, in any order."""


class IntegerProjectionEncoder(ClassNamePrefixFeaturesOutMixin, BitEncoder):
    """Base of encoders whose bits are [ C q <= lower or C q > upper ], all of them integers.

    `q = clip(rint((x - offset_) * scale_))` and (lower, upper) = thresholds_.
    """

    _state_constraints = {"n_features_in_": COUNT}  # noqa: RUF012
    _sources = ("n_features_in_", "components_", "thresholds_", "offset_", "scale_")
    _derived = ("_panels", "_bounds")

    def _derive(self):
        n_features = self.n_features_in_
        components = settle_array(self, "components_", np.int8, (None, n_features))
        thresholds = settle_array(self, "thresholds_", np.int32, (len(components), 2))
        for name in ("offset_", "scale_"):
            if np.isnan(settle_array(self, name, np.float64, (n_features,))).any():
                refuse(self, name, "numbers", "NaN")
        if largest_sum(components) >= 2**31:
            refuse(self, "components_", "weights whose sums fit 32 bits", "larger ones")
        self._panels = pair_up(components)
        self._bounds = np.ascontiguousarray(thresholds.T)

    def _pack(self, X, n_threads):
        if not is_plain(self, X):
            X = check_table(self, X, reset=False)
        lower, upper = self._bounds
        bits = empty_bits(len(X), len(lower))
        for start in range(0, len(X), BLOCK_ROWS):
            rows = slice(start, start + BLOCK_ROWS)
            levels = self._levels(X[rows])
            with paced(n_threads, self, len(levels)) as used:
                kernels.project(levels, self._panels, lower, upper, bits[rows], used)
        return bits

    def _levels(self, X):
        """Return q as int16, with a 0 after an odd number of features."""
        padded = np.zeros((len(X), X.shape[1] + X.shape[1] % 2), dtype=np.int16)
        padded[:, : X.shape[1]] = whole_levels(X, self.offset_, self.scale_, -MAX_LEVEL, MAX_LEVEL)
        return padded

    def _set_thresholds(self, X, quantiles):
        """Find the thresholds at quantiles (n_bits, 2) of the rows of X."""
        widest = largest_sum(self.components_)
        if widest >= 2**31:
            raise ValueError(f"X has too many features, {X.shape[1]}: sums may exceed 32 bits.")
        # A float matrix product of these integers is exact, whatever the order of its sums.
        dtype = np.float32 if widest < EXACT_FLOAT32 else np.float64
        levels = self._levels(X)[:, : X.shape[1]].astype(dtype)
        projections = np.sort(self.components_.astype(dtype) @ levels.T, axis=1)
        lower, upper = (thresholds_at(q, projections) for q in quantiles.T)
        lower[lower == upper] = BELOW_ALL  # rather a half-space than a slab without samples
        self.thresholds_ = np.stack([lower, upper], axis=1)

    @property
    def _n_features_out(self):
        return len(settled(self).components_)


def largest_sum(components):
    """Return the largest sum that int8 weights (n_components, n_features) can give."""
    return MAX_LEVEL * int(np.abs(components, dtype=np.int16).sum(axis=1, dtype=np.int64).max())


def pair_up(components):
    """Lay out int8 weights (n_components, n_features) as `kernels.encode.project` reads them."""
    n_components, n_features = components.shape
    n_panels, n_pairs = -(-n_components // 16), -(-n_features // 2)
    padded = np.zeros((16 * n_panels, 2 * n_pairs), dtype=np.int8)
    padded[:n_components, :n_features] = components
    panels = padded.reshape(n_panels, 16, n_pairs, 2).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(panels)


def thresholds_at(quantiles, sorted_projections):
    """Return int32 thresholds t such that about these shares of values are <= t; none for -inf."""
    n_rows = sorted_projections.shape[1]
    ranks = (1 + np.maximum(quantiles, 0) * (n_rows - 1)).astype(np.intp)
    lower, upper = cut_points(sorted_projections, ranks)
    middle = np.floor((lower.astype(np.float64) + upper) / 2)
    return np.where(quantiles < 0, BELOW_ALL, middle).astype(np.int32)


class RandomProjectionEncoder(IntegerProjectionEncoder):
    """Cut Gaussian random projections of the standardised features at random quantiles.

    Each bit looks at all features, or at a few where `max_features` says so. Half of the bits are
    half-spaces: 1 where the projection lies above a random quantile of the training data. The
    others are slabs: 1 where it lies outside a random interval between two quantiles. So the bits
    are balanced on average, and their borders run through all of the data, not only through its
    centre.

    Parameters
    ----------
    n_components : int or "auto", default="auto"
        Number of bits; "auto" is 4096.
    threshold : {"random", "median"}, default="random"
        Whether to cut the projections at random quantiles of the training data, or all of them at
        the median, which makes half-spaces only.
    relevance : bool, default=True
        Whether to weight the features where `fit` is given class labels: by the fourth root of
        chi-squared over its degrees of freedom, of the feature in eight bins against the labels,
        at least 1. Features that tell nothing by themselves then count less.
    max_features : int or None, default=None
        How many features a projection looks at, at most. Each looks at 1 to `max_features` of
        those that are not constant; they are drawn without replacement, with probabilities
        proportional to their relevance. None means all features. A few, such as 4, are better for
        most tables, whose features act alone or in small groups; all are better where the classes
        differ in directions that no small group of features shows.
    random_state : int, RandomState instance or None, default=None
        Seed of the projections, their quantiles and the rows that set the thresholds.

    Attributes
    ----------
    components_ : int8 array, shape (n_components, n_features_in_)
        Weights of the projections.
    relevance_ : float64 array, shape (n_features_in_,)
        Weight of each feature; all 1 without labels.
    thresholds_ : int32 array, shape (n_components, 2)
        A bit is 1 where the projection is <= its first threshold or > its second.
    offset_, scale_ : float64 arrays, shape (n_features_in_,)
        A value x becomes the integer rint((x - offset_) * scale_), clipped to +-1023.
    n_features_in_, n_features_out_ : int
        Number of columns of the X that was fitted, and of the bits that a row of it becomes.

    Notes
    -----
    Missing values are not accepted; `ThermometerEncoder` takes them. Thresholds and relevance are
    estimated on at most 2048 randomly chosen rows.

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
        "n_components": [Interval(Integral, 1, 2**31, closed="left"), StrOptions({"auto"})],
        "threshold": [StrOptions({"random", "median"})],
        "relevance": ["boolean"],
        "max_features": [Interval(Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_components="auto",
        *,
        threshold="random",
        relevance=True,
        max_features=None,
        random_state=None,
    ):
        self.n_components = n_components
        self.threshold = threshold
        self.relevance = relevance
        self.max_features = max_features
        self.random_state = random_state

    def _fit(self, X, y):
        X = check_table(self, X, reset=True)
        rng = check_random_state(self.random_state)
        n_components = 4096 if self.n_components == "auto" else int(self.n_components)
        sample = slice(None)
        if len(X) > MAX_FIT_ROWS:
            sample = rng.choice(len(X), MAX_FIT_ROWS, replace=False)
        exponents = extreme_exponents(X)
        rows = near_one(X[sample], exponents)
        self._standardise(X, rows, exponents)
        self.relevance_ = np.ones(X.shape[1])
        if self.relevance and holds_classes(y):
            check_consistent_length(X, y)
            labels = np.unique(np.asarray(y).ravel(), return_inverse=True)[1][sample]
            self.relevance_ = np.array([relevance(column, labels) for column in rows.T])
        if self.max_features is None:
            self.components_ = gaussian_integers(self.relevance_, n_components, rng)
        else:
            chances = self.relevance_ * (rows != rows[0]).any(axis=0)
            self.components_ = sparse_integers(chances, n_components, self.max_features, rng)
        if self.threshold == "median":
            quantiles = np.tile([-np.inf, 0.5], (n_components, 1))
        else:
            quantiles = random_quantiles(n_components, rng)
        self._set_thresholds(X[sample], quantiles)

    def _derive(self):
        super()._derive()
        settle_array(self, "relevance_", np.float64, (self.n_features_in_,))

    def _standardise(self, X, sample, exponents):
        scaler = StandardScaler()
        for rows in gen_batches(len(X), 16 * BLOCK_ROWS):
            scaler.partial_fit(near_one(X[rows], exponents))
        # A few far values must not leave all others in one integer level.
        low, high = np.quantile(sample, [0.05, 0.95], axis=0)
        spread = (high - low) / 3.29  # the standard deviation of a normal law
        swamped = (spread > 0) & (scaler.scale_ > 16 * spread)
        offset = np.where(swamped, np.clip(scaler.mean_, low, high), scaler.mean_)
        sigma = np.where(swamped, spread, scaler.scale_)
        with np.errstate(over="ignore", divide="ignore"):
            self.offset_ = np.clip(np.ldexp(offset, exponents), -LARGEST, LARGEST)
            self.scale_ = np.minimum(LEVELS_PER_SIGMA / np.ldexp(sigma, exponents), LARGEST)


def extreme_exponents(X):
    """Return powers of 2, columns divided by which are near 1; 0 for those of ordinary size."""
    if X.dtype.kind != "f":
        return np.zeros(X.shape[1], dtype=np.int32)
    exponents = np.frexp(np.maximum(X.max(axis=0), -X.min(axis=0)))[1]
    return np.where(np.abs(exponents) > ORDINARY, exponents, 0)


def near_one(X, exponents):
    """Divide columns by powers of 2; make floats of integers, whose differences may overflow."""
    if X.dtype.kind != "f":
        return X.astype(np.float64)
    return np.ldexp(X.astype(np.float64), -exponents) if exponents.any() else X


def holds_classes(y):
    """Say whether y is an array of class labels."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # many classes are no fault here
        return y is not None and type_of_target(y) in ("binary", "multiclass")


def random_quantiles(n, rng):
    """Draw intervals of quantiles, (n, 2): even ones open below, odd ones of random width."""
    share = rng.uniform(size=n)
    lower = rng.uniform(size=n) * (1 - share)
    quantiles = np.stack([lower, lower + share], axis=1)
    quantiles[::2, 0] = -np.inf
    quantiles[::2, 1] = share[::2]
    return quantiles


def relevance(column, y):
    """Return the fourth root of chi-squared over its degrees of freedom, at least 1."""
    bins = np.searchsorted(np.quantile(column, np.arange(1, 8) / 8), column)
    test = chi2_contingency(crosstab(bins, y).count, correction=False)
    return max(1.0, test.statistic / test.dof) ** 0.25 if test.dof else 1.0


def gaussian_integers(scale, n_components, rng):
    """Draw int8 weights (n_components, n_features), Gaussian, with a scale for each feature."""
    weights = rng.standard_normal((n_components, len(scale))) * (scale / scale.max())
    # As fine as the exact sums of fit in single precision allow, but never coarser than sigma / 8.
    room = EXACT_FLOAT32 / MAX_LEVEL / np.abs(weights).sum(axis=1).max()
    return np.clip(np.rint(weights * np.clip(room, 8, 127 / 4)), -127, 127).astype(np.int8)


def sparse_integers(chances, n_components, max_features, rng):
    """Draw int8 weights (n_components, n_features), Gaussian for a few features, 0 for the others.

    Each row has 1 to `max_features` weights other than 0, at features drawn without replacement
    with these chances. A feature of chance 0 is drawn only if there is no other.
    """
    n_features = len(chances)
    most = int(min(max_features, max(1, np.count_nonzero(chances))))
    components = np.zeros((n_components, n_features), dtype=np.int8)
    for rows in gen_batches(n_components, max(1, 2**18 // n_features)):
        block = components[rows]
        # Who arrives first, at rates that are the chances: the same law as Gumbel's, top k.
        with np.errstate(divide="ignore"):
            arrivals = rng.standard_exponential(block.shape) / chances
        features = np.argpartition(arrivals, range(most), axis=1)[:, :most]
        weights = rng.standard_normal(features.shape) * (127 / 4)
        weights = np.copysign(np.clip(np.rint(np.abs(weights)), 1, 127), weights)
        weights[np.arange(most) >= rng.randint(1, most + 1, size=(len(block), 1))] = 0
        np.put_along_axis(block, features, weights.astype(np.int8), axis=1)
    return components
