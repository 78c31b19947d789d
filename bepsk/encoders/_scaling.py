"""From numbers of any size to whole levels around 0: offset and scale of each feature."""

import numpy as np
from sklearn.preprocessing import StandardScaler

from bepsk.training import Spread
from bepsk.training.mapped import map_rows, row_blocks

LEVELS_PER_SIGMA = 128
LARGEST = np.finfo(np.float64).max
ORDINARY = 100
"""Of numbers within 2^-100 and 2^100 in size, the squares of many add up without overflow."""
FEW_NUMBERS = 2**20
QUARTILES_PER_SIGMA = 1.349
"""Standard deviations between the quartiles of a normal law."""
SWAMPED = 4
"""A standard deviation so many times what the quartiles say is that of a few far values."""


def standardise(X, rows, exponents):
    """Find an offset and a scale for each feature.

    They are the mean and LEVELS_PER_SIGMA over the standard deviation; but where far values, up to
    a quarter of all on either side, swamp the others, the quartiles decide.

    Parameters
    ----------
    X : array, shape (n_samples, n_features)
        All rows; NaN is left out.
    rows : float array, shape (n_rows, n_features)
        Rows that stand for all when it comes to quartiles, as `near_one` returns them.
    exponents : int array, shape (n_features,)
        What `extreme_exponents` returns.

    Returns
    -------
    offset, scale : float64 arrays, shape (n_features,)
        Finite; a value x has the level (x - offset) * scale.
    """
    low, high = quantiles(rows, [0.25, 0.75])
    offset, sigma = moments(X, exponents)
    spread = (high - low) / QUARTILES_PER_SIGMA
    swamped = (spread > 0) & (sigma > SWAMPED * spread)
    offset = np.where(swamped, (low + high) / 2, offset)
    sigma = np.where(swamped, spread / 2, sigma)  # far values are cut off at half the distance
    with np.errstate(over="ignore", divide="ignore"):
        offset = np.clip(np.ldexp(offset, exponents), -LARGEST, LARGEST)
        return offset, np.minimum(LEVELS_PER_SIGMA / np.ldexp(sigma, exponents), LARGEST)


def moments(X, exponents):
    """Return the mean and the standard deviation of each feature; 0 and 1 of nothing but NaN."""

    def step(scaler, rows):
        rows = np.array(near_one(rows, exponents), order="C")  # which sets the order of sums
        return scaler.partial_fit(np.nan_to_num(rows, copy=False))

    scaler = fold_batches(X, 1 + FEW_NUMBERS // X.shape[1], StandardScaler(), step)
    mean, sigma = scaler.mean_, scaler.scale_
    for column in np.flatnonzero(missing_columns(X)):
        values = take_column(X, column)
        values = near_one(values[:, np.newaxis], exponents[[column]])
        values = values[~np.isnan(values[:, 0])]
        alone = StandardScaler().fit(values if len(values) else [[0]])
        mean[column], sigma[column] = alone.mean_[0], alone.scale_[0]
    return mean, sigma


def fold_batches(X, size, state, step):
    """Go through rows, on whichever workers they are, by state = step(state, batch of `size`)."""
    if isinstance(X, Spread):
        return X.batches(size, state, step)
    for rows in row_blocks(X, size):
        state = step(state, rows)
    return state


def take_column(X, column):
    """Return a column of all rows, wherever they are."""
    if isinstance(X, Spread):
        return X.column(column)
    return map_rows(lambda rows: rows[:, column].copy(), X)


def missing_columns(X):
    """Say which columns hold NaN, bool (n_features,)."""
    if isinstance(X, Spread):
        return X.reduce(missing_columns, np.logical_or)
    return np.any([np.isnan(rows).any(axis=0) for rows in row_blocks(X)], axis=0)


def largest_sizes(X):
    """Return the largest absolute value of each column; NaN is left out."""
    if isinstance(X, Spread):
        return X.reduce(largest_sizes, np.fmax)
    sizes = [
        np.maximum(np.fmax.reduce(rows, axis=0), -np.fmin.reduce(rows, axis=0))
        for rows in row_blocks(X)
    ]
    return np.fmax.reduce(sizes)


def quantiles(table, shares):
    """Return the quantiles of each column, (n_shares, n_columns); NaN is left out, 0 if alone."""
    found = np.quantile(table, shares, axis=0)
    holes = np.isnan(found).any(axis=0)
    for column in np.flatnonzero(holes):
        values = table[:, column]
        values = values[~np.isnan(values)]
        found[:, column] = np.quantile(values, shares) if len(values) else 0
    return found


def extreme_exponents(X):
    """Return powers of 2, columns divided by which are near 1; 0 for those of ordinary size."""
    if X.dtype.kind != "f":
        return np.zeros(X.shape[1], dtype=np.int32)
    exponents = np.frexp(np.nan_to_num(largest_sizes(X)))[1]
    return np.where(np.abs(exponents) > ORDINARY, exponents, 0)


def near_one(X, exponents):
    """Divide columns by powers of 2; make floats of integers, whose differences may overflow."""
    if X.dtype.kind != "f":
        return X.astype(np.float64)
    return np.ldexp(X.astype(np.float64), -exponents) if exponents.any() else X
