"""Random projections of standardised features, cut at quantiles: the default encoder."""

from numbers import Integral

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin
from sklearn.utils import check_consistent_length, check_random_state, gen_batches

from bepsk._numbers import check_table
from bepsk._quick_checks import is_plain
from bepsk._sklearn_compat import Interval, StrOptions
from bepsk._state import COUNT, refuse, settle_array, settled
from bepsk.encoders._base import BitEncoder, cut_points
from bepsk.encoders._draws import (
    find_labels,
    gaussian_integers,
    random_quantiles,
    relevance,
    sparse_integers,
)
from bepsk.encoders._scaling import extreme_exponents, missing_columns, near_one, standardise
from bepsk.kernels import encode as kernels
from bepsk.network.packed import empty_bits
from bepsk.network.threads import paced
from bepsk.training.mapped import take_rows

BLOCK_ROWS = 512
MAX_FIT_ROWS, MIN_FIT_ROWS = 2048, 256
"""Thresholds and relevance come from at most so many randomly chosen rows, fewer of wide tables."""
MAX_FIT_NUMBERS = 2**22
MAX_LEVEL = 1023
"""Features are rounded to integers in [-MAX_LEVEL, MAX_LEVEL]."""
MISSING_LEVEL = 256
"""What the indicator of a missing value is then; else it is 0."""
BELOW_ALL = np.iinfo(np.int32).min
"""The lower threshold of a half-space: no projection is this small."""
EXACT_FLOAT32 = 2**24
"""Sums of integers below this bound are exact in single precision, in any order."""


class IntegerProjectionEncoder(ClassNamePrefixFeaturesOutMixin, BitEncoder):
    """Base of encoders whose bits are [ C q <= lower or C q > upper ], all of them integers.

    C is components_, (lower, upper) thresholds_; a subclass adds `_check` and `_fill`, which
    writes X as whole numbers within +-`_max_level` to the first columns of an int16 array.
    """

    _state_constraints = {"n_features_in_": COUNT}  # noqa: RUF012
    _sources: tuple = ("n_features_in_", "components_", "thresholds_")
    _derived = ("_panels", "_bounds")

    def _derive_sums(self, n_columns):
        components = settle_array(self, "components_", np.int8, (None, n_columns))
        thresholds = settle_array(self, "thresholds_", np.int32, (len(components), 2))
        if self._largest_sum() >= 2**31:
            refuse(self, "components_", "weights whose sums fit 32 bits", "larger ones")
        self._panels = pair_up(components)
        self._bounds = np.ascontiguousarray(thresholds.T)

    def _largest_sum(self):
        sizes = (np.abs(rows, dtype=np.int16) for rows in blocks(self.components_))
        return self._max_level * max(int(s.sum(axis=1, dtype=np.int64).max()) for s in sizes)

    def _pack(self, X, n_threads):
        X = self._check(X, reset=False)
        lower, upper = self._bounds
        bits = empty_bits(len(X), len(lower))
        for start in range(0, len(X), BLOCK_ROWS):
            rows = slice(start, start + BLOCK_ROWS)
            levels = self._levels(X[rows])
            with paced(n_threads, self, len(levels)) as used:
                kernels.project(levels, self._panels, lower, upper, bits[rows], used)
        return bits

    def _levels(self, X):
        """Return X as int16, and after its columns one of zeros if their number is odd."""
        n_columns = self.components_.shape[1]
        levels = np.zeros((len(X), n_columns + n_columns % 2), dtype=np.int16)
        self._fill(levels, X)
        return levels

    def _set_thresholds(self, X, quantiles):
        """Find the thresholds at quantiles (n_bits, 2) of the rows of X."""
        widest = self._largest_sum()
        if widest >= 2**31:
            raise ValueError(f"X has too many features, {X.shape[1]}: sums may exceed 32 bits.")
        # A float matrix product of these integers is exact, whatever the order of its sums.
        dtype = np.float32 if widest < EXACT_FLOAT32 else np.float64
        n_columns = self.components_.shape[1]
        levels = self._levels(X)[:, :n_columns].astype(dtype).T
        self.thresholds_ = np.empty(quantiles.shape, dtype=np.int32)
        for components, cut, thresholds in zip(
            *map(blocks, (self.components_, quantiles, self.thresholds_)), strict=True
        ):
            projections = np.sort(components.astype(dtype) @ levels, axis=1)
            lower, upper = (thresholds_at(q, projections) for q in cut.T)
            lower[lower == upper] = BELOW_ALL  # rather a half-space than a slab without samples
            thresholds[:] = np.stack([lower, upper], axis=1)

    @property
    def _n_features_out(self):
        return len(settled(self).components_)


def blocks(components):
    """Return views of a few rows at a time."""
    return [components[rows] for rows in gen_batches(len(components), BLOCK_ROWS)]


def draw_rows(X, rng):
    """Choose the rows of X from which thresholds come."""
    most = np.clip(MAX_FIT_NUMBERS // X.shape[1], MIN_FIT_ROWS, MAX_FIT_ROWS)
    return rng.choice(len(X), most, replace=False) if len(X) > most else slice(None)


def survey(X, chosen):
    """Return rows that were chosen from X near one, and all features' offset and scale."""
    exponents = extreme_exponents(X)
    rows = near_one(chosen, exponents)
    return rows, *standardise(X, rows, exponents)


def varying(rows):
    """Say which columns hold different numbers, bool (n_columns,); NaN is left out."""
    return np.fmin.reduce(rows) < np.fmax.reduce(rows)


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
        Whether to weight the features where `fit` is given class labels or numbers: by the fourth
        root of chi-squared over its degrees of freedom, of the feature in eight bins against the
        labels, at least 1. Features that tell nothing by themselves then count less. Numbers, of
        floating type and with more than 20 different values, are put in three bins. Of several
        labels per sample the one counts about which the feature tells most.
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
    components_ : int8 array, shape (n_components, n_columns)
        Weights of the projections. The columns are the features, and after them an indicator for
        each that `missing_` names.
    relevance_ : float64 array, shape (n_columns,)
        Weight of each column; all 1 without labels.
    thresholds_ : int32 array, shape (n_components, 2)
        A bit is 1 where the projection is <= its first threshold or > its second.
    offset_, scale_ : float64 arrays, shape (n_features_in_,)
        A value x becomes the integer floor((x - offset_) * scale_ + 1/2), clipped to +-1023, and
        0 if it is missing.
    missing_ : bool array, shape (n_features_in_,)
        True for features that held NaN in `fit`. Each has an indicator: 256 where the value is
        missing, else 0.
    n_features_in_, n_features_out_ : int
        Number of columns of the X that was fitted, and of the bits that a row of it becomes.

    Notes
    -----
    Offset and scale are mean and standard deviation, or come from the quartiles where a few far
    values, such as 999999 for a missing one, would leave all others in a few levels. Thresholds,
    quartiles and relevance are estimated on at most 2048 randomly chosen rows, fewer if they hold
    more than 2048 features.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from bepsk.encoders import RandomProjectionEncoder
    >>> X = load_iris().data
    >>> bits = RandomProjectionEncoder(n_components=256, random_state=0).fit_transform(X)
    >>> bits.shape, bits.dtype
    ((150, 256), dtype('uint8'))
    """

    _max_level = MAX_LEVEL
    _sources = (*IntegerProjectionEncoder._sources, "missing_", "offset_", "scale_")
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
        X = self._check(X, reset=True)
        rng = check_random_state(self.random_state)
        n_components = 4096 if self.n_components == "auto" else int(self.n_components)
        sample = draw_rows(X, rng)
        chosen = take_rows(X, sample)
        rows, self.offset_, self.scale_ = survey(X, chosen)
        self.missing_ = missing_columns(X)
        columns = self._with_indicators(rows, rows)
        self.relevance_ = np.ones(columns.shape[1])
        labels = find_labels(y) if self.relevance else None
        if labels is not None:
            check_consistent_length(X, labels)
            self.relevance_ = relevance(columns, labels[sample])
        if self.max_features is None:
            room = EXACT_FLOAT32 / MAX_LEVEL
            self.components_ = gaussian_integers(self.relevance_, n_components, room, rng)
        else:
            chances = self.relevance_ * varying(columns)
            self.components_ = sparse_integers(chances, n_components, self.max_features, rng)
        if self.threshold == "median":
            quantiles = np.tile([-np.inf, 0.5], (n_components, 1))
        else:
            quantiles = random_quantiles(n_components, rng)
        self._set_thresholds(chosen, quantiles)

    def _refit(self, X):
        X = self._check(X, reset=False)
        sample = draw_rows(X, check_random_state(self.random_state))
        rows, *scaling = survey(X, take_rows(X, sample))
        kept = np.where(varying(rows), scaling, [self.offset_, self.scale_])
        self.offset_, self.scale_ = map(np.ascontiguousarray, kept)

    def _upgrade(self, state):
        if "missing_" not in state and isinstance(state.get("offset_"), np.ndarray):  # of 0.3.0
            state["missing_"] = np.zeros(len(state["offset_"]), dtype=bool)
        return state

    def _derive(self):
        n_features = self.n_features_in_
        missing = settle_array(self, "missing_", np.bool_, (n_features,))
        for name in ("offset_", "scale_"):
            if np.isnan(settle_array(self, name, np.float64, (n_features,))).any():
                refuse(self, name, "numbers", "NaN")
        n_columns = n_features + int(missing.sum())
        settle_array(self, "relevance_", np.float64, (n_columns,))
        self._derive_sums(n_columns)

    def _check(self, X, reset):
        if not reset and is_plain(self, X):
            return X
        return check_table(self, X, reset=reset, allow_nan=True)

    def _fill(self, levels, X):
        values = np.ascontiguousarray(X, dtype=np.float64)
        kernels.round_levels(values, self.offset_, self.scale_, MAX_LEVEL, levels)
        n_features, n_columns = len(self.offset_), self.components_.shape[1]
        if n_columns > n_features:
            levels[:, n_features:n_columns] = MISSING_LEVEL * np.isnan(X[:, self.missing_])

    def _with_indicators(self, columns, X):
        """Append a column for each feature that had missing values, which tells where X has."""
        if not self.missing_.any():
            return columns
        return np.hstack([columns, MISSING_LEVEL * np.isnan(X[:, self.missing_])])

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
