"""What random projections draw: weights by relevance, and the quantiles at which to cut."""

import warnings

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import gen_batches
from sklearn.utils.multiclass import type_of_target

from bepsk.encoders._scaling import quantiles

MAX_NUMERIC_CLASSES = 20
"""A target of floating type with more different values is a number, and not a class."""
N_BINS = 8
FINEST, COARSEST = 127 / 4, 8
"""Gaussian weights are rounded to so many steps per standard deviation."""
FEW_NUMBERS = 2**21
CACHED_NUMBERS = 2**18


def find_labels(y):
    """Return class labels, or the thirds that numbers fall in, as integers; None for neither.

    Numbers are of a floating type, and have more than `MAX_NUMERIC_CLASSES` different values.
    Several labels come back as they are, a matrix.
    """
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        warnings.simplefilter("ignore", UserWarning)  # many classes are no fault here
        kind = None if y is None or issparse(y) else type_of_target(y)
    if kind == "multilabel-indicator":
        return np.asarray(y)
    if kind not in ("binary", "multiclass", "continuous"):
        return None
    values = np.asarray(y).ravel()
    classes, labels = np.unique(values, return_inverse=True)
    if values.dtype.kind == "f" and len(classes) > MAX_NUMERIC_CLASSES:
        return np.searchsorted(np.quantile(values, [1 / 3, 2 / 3]), values)
    return labels


def relevance(table, y):
    """Return the relevance of each column of a table to the labels y, 1 or more.

    It is the fourth root of chi-squared over its degrees of freedom, of the column in eight bins
    against the labels; missing values are a bin of their own. Of several labels, columns of y, the
    one counts about which the column tells most.
    """
    if y.ndim == 2:
        return np.max([relevance(table, label) for label in y.T], axis=0)
    is_class = (np.unique(y)[:, np.newaxis] == y).astype(np.float64)
    found = np.ones(table.shape[1])
    for columns in gen_batches(table.shape[1], 1 + FEW_NUMBERS // (N_BINS * len(table))):
        block = table[:, columns]
        cuts = quantiles(block, np.arange(1, N_BINS) / N_BINS)
        bins = (cuts[:, np.newaxis] < block).sum(axis=0)
        bins[np.isnan(block)] = N_BINS
        counts = np.stack([is_class @ (bins == b) for b in range(N_BINS + 1)])
        in_bin = counts.sum(axis=1, keepdims=True)
        expected = in_bin * is_class.sum(axis=1)[:, np.newaxis] / len(y)
        terms = (counts - expected) ** 2 / np.where(expected, expected, 1)
        freedom = ((in_bin > 0).sum(axis=(0, 1)) - 1) * (len(is_class) - 1)
        ratio = terms.sum(axis=(0, 1)) / np.maximum(freedom, 1)
        found[columns] = np.maximum(ratio, 1) ** 0.25
    return found


def random_quantiles(n, rng):
    """Draw intervals of quantiles, (n, 2): even ones open below, odd ones of random width."""
    share = rng.uniform(size=n)
    lower = rng.uniform(size=n) * (1 - share)
    intervals = np.stack([lower, lower + share], axis=1)
    intervals[::2, 0] = -np.inf
    intervals[::2, 1] = share[::2]
    return intervals


def gaussian_integers(scale, n_components, largest_sum, rng):
    """Draw int8 weights (n_components, n_features), Gaussian, with a scale for each feature.

    They are as fine as lets all sums of their sizes stay below `largest_sum`, within limits.
    """
    room, drawn = FINEST, []
    for rows in gen_batches(n_components, 1 + CACHED_NUMBERS // len(scale)):
        weights = rng.standard_normal((rows.stop - rows.start, len(scale)))
        weights *= scale / scale.max()
        if room > COARSEST:
            room = min(room, largest_sum / np.abs(weights).sum(axis=1).max())
        drawn.append(weights if room > COARSEST else rounded(weights, COARSEST))
    room = max(room, COARSEST)
    return np.concatenate([w if w.dtype == np.int8 else rounded(w, room) for w in drawn])


def rounded(weights, steps):
    """Return weights as int8, in so many steps for each 1."""
    levels = np.rint(weights * steps)
    return np.clip(levels, -127, 127, out=levels).astype(np.int8)


def sparse_integers(chances, n_components, max_features, rng):
    """Draw int8 weights (n_components, n_features), Gaussian for a few features, 0 for the others.

    Each row has 1 to `max_features` weights other than 0, see `draw_features`.
    """
    components = np.zeros((n_components, len(chances)), dtype=np.int8)
    for block, features, live in draw_features(components, chances, (1, max_features), rng):
        weights = rng.standard_normal(features.shape) * FINEST
        weights = np.copysign(np.clip(np.rint(np.abs(weights)), 1, 127), weights)
        np.put_along_axis(block, features, (weights * live).astype(np.int8), axis=1)
    return components


def sparse_signs(chances, n_components, numbers, rng):
    """Draw weights 0 and +-1, int8 (n_components, n_features), of as many features as `numbers`."""
    components = np.zeros((n_components, len(chances)), dtype=np.int8)
    for block, features, live in draw_features(components, chances, numbers, rng):
        signs = 2 * rng.randint(2, size=features.shape) - 1
        np.put_along_axis(block, features, (signs * live).astype(np.int8), axis=1)
    return components


def draw_features(components, chances, numbers, rng):
    """Draw features for each row of some components, without replacement, with these chances.

    A feature of chance 0 is drawn only if there is no other.

    Yields
    ------
    block : view of rows of the components
    features : int array, shape (n_rows, most)
        Different features for each row.
    live : bool array, shape (n_rows, most)
        True for the first of them, at least and at most as many as `numbers` say.
    """
    n_features = len(chances)
    least, most = (min(number, max(1, np.count_nonzero(chances))) for number in numbers)
    for rows in gen_batches(len(components), 1 + FEW_NUMBERS // (N_BINS * n_features)):
        block = components[rows]
        # Who arrives first, at rates that are the chances: the same law as Gumbel's, top k.
        with np.errstate(divide="ignore"):
            arrivals = rng.standard_exponential(block.shape) / chances
        features = np.argpartition(arrivals, range(most), axis=1)[:, :most]
        number = rng.randint(least, most + 1, size=(len(block), 1))
        yield block, features, np.arange(most) < number
