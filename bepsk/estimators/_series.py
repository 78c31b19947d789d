"""Series: checks of the forms that users have them in, and the cut into steps of equal length."""

import warnings

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from bepsk._numbers import about, at_place, check_numbers, check_table
from bepsk._quick_checks import is_plain

FLOATS = [np.float64, np.float32]
TRANSPOSE = (
    "Time comes before features: if channels come first, as in aeon and sktime, give "
    "X.transpose(0, 2, 1), or [x.T for x in X] of a list."
)
FILL = "Fill it in, for example with the last value."
BY_FAR = 5
"""Series of so many times more features than time steps look transposed."""


def check_series(estimator, X, reset):
    """Check series and bring them into one form.

    Parameters
    ----------
    estimator : estimator
        Its `n_features_in_` and `feature_names_in_` are set or compared.
    X : array-like, shape (n_samples, n_timesteps) or (n_samples, n_timesteps, n_features), \
or list of arrays, shapes (n_timesteps_i,) or (n_timesteps_i, n_features)
        The series.
    reset : bool
        Whether to set the attributes rather than compare with them.

    Returns
    -------
    series : float array, shape (n_samples, n_timesteps, n_features)
        The same values, NaN included; the shorter series of a list end in NaN.
    """
    if not reset and estimator._fitted_on_table and is_plain(estimator, X, FLOATS):
        return X[:, :, np.newaxis]
    if getattr(X, "ndim", 2) == 1 and str(getattr(X, "dtype", "")) == "object":
        X = list(X)  # an array or a pandas.Series of series
    if is_list_of_series(X):
        X = stack(X)
    table = getattr(X, "ndim", 2) < 3
    if table and (reset or estimator._fitted_on_table):
        X = check_table(estimator, X, reset=reset, dtypes=FLOATS, allow_nan=True, where=at_place)
    else:
        X = check_numbers(X, dtypes=FLOATS, allow_nan=True, allow_nd=True)
    if X.ndim > 3:
        raise ValueError(
            "X must have the shape (n_samples, n_timesteps) or (n_samples, n_timesteps, "
            f"n_features); got {X.ndim} dimensions."
        )
    if X.ndim == 2:
        X = X[:, :, np.newaxis]
    if reset:
        estimator._fitted_on_table = table
        if not table:
            estimator.n_features_in_ = X.shape[2]
            vars(estimator).pop("feature_names_in_", None)
            warn_if_transposed(X)
    n_features = 1 if estimator._fitted_on_table else estimator.n_features_in_
    if X.shape[2] != n_features:
        remedy = f" {TRANSPOSE}" if X.shape[1] == n_features else ""
        raise ValueError(
            f"X has {X.shape[2]} features in a time step, but {type(estimator).__name__} is "
            f"expecting {n_features} features as input.{remedy}"
        )
    return X


def warn_if_transposed(X):
    """Warn about series with far fewer time steps than features."""
    _, n_timesteps, n_features = X.shape
    if n_features >= BY_FAR * n_timesteps:
        warnings.warn(
            f"X has series of at most {n_timesteps} time steps with {n_features} features each. "
            f"{TRANSPOSE}",
            stacklevel=2,
        )


def is_list_of_series(X):
    """Say whether X is a list of series, rather than of the rows of a table."""
    if not isinstance(X, (list, tuple)):
        return False
    ndims = set()
    for i, x in enumerate(X):
        with about(f"X[{i}]"):
            ndims.add(np.ndim(x))
    arrays = all(hasattr(x, "__array__") for x in X)
    return 2 in ndims or (ndims == {1} and (arrays or len(set(map(len, X))) > 1))


def stack(X):
    """Return a list of series as one array (n_samples, n_timesteps, n_features), NaN-padded."""
    X = [check_one(x, f"X[{i}]") for i, x in enumerate(X)]
    n_features = X[0].shape[1]
    for i, x in enumerate(X):
        if x.shape[1] != n_features:
            remedy = f" {TRANSPOSE}" if len(x) == len(X[0]) else ""
            raise ValueError(
                "X must hold series of the same features; X[0] has "
                f"{n_features} features, X[{i}] has {x.shape[1]}.{remedy}"
            )
    stacked = np.full((len(X), max(map(len, X)), n_features), np.nan)
    for row, x in zip(stacked, X, strict=True):
        row[: len(x)] = x
    return stacked


def check_one(x, name):
    """Return one series as a float array (n_timesteps, n_features)."""
    x = check_numbers(x, name=name, dtypes=FLOATS, allow_nan=True, allow_nd=True, ensure_2d=False)
    x = x[:, np.newaxis] if x.ndim == 1 else x
    if x.ndim != 2 or not x.shape[1]:
        raise ValueError(
            f"{name} must be an array (n_timesteps,) or (n_timesteps, n_features) of at least 1 "
            f"feature(s); got shape {x.shape}."
        )
    return x


def check_step(x, window, n_features):
    """Check what one step of a live series sees; return it as a row (1, window * n_features)."""
    x = np.asarray(x)
    shape = (n_features,) if window == 1 else (window, n_features)
    shorter = [(window,), ()] if n_features == 1 else []
    if x.size != np.prod(shape) or x.shape not in [shape, (window, n_features), *shorter]:
        raise ValueError(f"x must be the next step, of shape {shape}; got shape {x.shape}.")
    if x.dtype in FLOATS and np.isfinite(x).all():
        return x.reshape(1, -1)
    return check_numbers(x.reshape(1, -1), name="x", dtypes=FLOATS, missing=FILL)


def check_state(state, n_neurons):
    """Check the state that a step returned, int32 (n_neurons + 1,); None begins a series."""
    blank = np.zeros(n_neurons + 1, dtype=np.int32)
    state = blank if state is None else np.asarray(state)
    if state.shape != blank.shape or state.dtype != blank.dtype or state[-1] < 0:
        raise ValueError(
            f"state must be what step returned, an int32 array of shape {blank.shape}; got "
            f"{state.dtype}, shape {state.shape}."
        )
    return state


def feature_means(series):
    """Return the mean of each feature over all series, ignoring NaN; 0 if there is nothing else."""
    counts = np.maximum((~np.isnan(series)).sum(axis=(0, 1)), 1)
    with np.errstate(over="ignore", invalid="ignore"):
        means = np.nansum(series, axis=(0, 1), dtype=np.float64) / counts
    if not np.isfinite(means).all():
        means = np.nansum(series / counts, axis=(0, 1), dtype=np.float64)
    return means


def find_ends(series):
    """Return where each series begins and ends, without the NaN at either end.

    Parameters
    ----------
    series : float array, shape (n_samples, n_timesteps, n_features)
        The series, as `check_series` returns them.

    Returns
    -------
    start, end : int arrays, shape (n_samples,)
        Its first time step, and the one after its last.

    Raises
    ------
    ValueError
        If a series holds nothing but NaN.
    """
    present = ~np.isnan(series).all(axis=2)
    empty = np.flatnonzero(~present.any(axis=1))
    if len(empty):
        raise ValueError(f"X holds a series without any value, X[{empty[0]}].")
    return present.argmax(axis=1), present.shape[1] - present[:, ::-1].argmax(axis=1)


def cut_patches(series, patch_length, overlap, default):
    """Cut series into patches, one every `patch_length` time steps, counted from their ends.

    Parameters
    ----------
    series : float array, shape (n_samples, n_timesteps, n_features)
        The series, as `check_series` returns them.
    patch_length : int
        Number of time steps from one patch to the next.
    overlap : int
        Number of patch lengths before its own that each patch also covers.
    default : float array, shape (n_features,)
        What replaces a feature that a series lacks altogether.

    Returns
    -------
    patches : float array, shape (n_samples, n_patches, (1 + overlap) * patch_length * n_features)
        A read-only view. Before its beginning a series repeats its first value; inside it, NaN is
        interpolated linearly in time.
    first : int32 array, shape (n_samples,)
        The first patch of each series; those before it are padding.
    """
    n_samples, _, n_features = series.shape
    start, end = find_ends(series)
    n_patches = -(-(end - start) // patch_length)
    most = n_patches.max()
    n_blocks = most + overlap
    values = np.empty((n_samples, n_blocks * patch_length, n_features), dtype=series.dtype)
    for row, x, s, e in zip(values, series, start, end, strict=True):
        x = x[s:e]
        if np.isnan(x).any():
            x = fill_gaps(x, default)
        row[: len(row) - len(x)] = x[0]
        row[len(row) - len(x) :] = x
    step = patch_length * n_features
    windows = sliding_window_view(values.reshape(n_samples, -1), (1 + overlap) * step, axis=1)
    return windows[:, ::step], (most - n_patches).astype(np.int32)


def fill_gaps(x, default):
    """Return a series (n_timesteps, n_features) with its NaN interpolated linearly in time."""
    x = x.copy()
    for feature, value in zip(x.T, default, strict=True):
        missing = np.isnan(feature)
        if missing.all():
            feature[:] = value
        elif missing.any():
            places = np.flatnonzero(~missing)
            # Halves, because the difference of two large numbers may be too large.
            line = np.interp(np.flatnonzero(missing), places, feature[places] / 2)
            feature[missing] = 2 * line
    return x
