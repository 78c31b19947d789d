"""From the forms in which users hold series to steps of equal length."""

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

CHECKS = {"dtype": [np.float64, np.float32], "ensure_all_finite": "allow-nan"}


def check_series(estimator, X, reset):
    """Check series and bring them into one form.

    Parameters
    ----------
    estimator : estimator
        Its `n_features_in_` and `feature_names_in_` are set, or compared unless `reset`.
    X : array-like, shape (n_samples, n_timesteps) or (n_samples, n_timesteps, n_features), \
or list of arrays, shapes (n_timesteps_i, n_features)
    reset : bool

    Returns
    -------
    series : float array, shape (n_samples, n_timesteps, n_features)
        As given, NaN included; NaN after the end of the shorter series of a list.
    """
    if isinstance(X, (list, tuple)) and any(np.ndim(x) == 2 for x in X):
        X = stack(X)
    if getattr(X, "ndim", 2) < 3:
        return validate_data(estimator, X, reset=reset, **CHECKS)[:, :, np.newaxis]
    X = check_array(X, allow_nd=True, input_name="X", **CHECKS)
    if X.ndim > 3:
        raise ValueError(
            "X must have the shape (n_samples, n_timesteps) or (n_samples, n_timesteps, "
            f"n_features); got {X.ndim} dimensions."
        )
    if reset:
        estimator.n_features_in_ = X.shape[2]
    elif X.shape[2] != estimator.n_features_in_:
        raise ValueError(
            f"X has {X.shape[2]} features in a time step, but {type(estimator).__name__} is "
            f"expecting {estimator.n_features_in_} features as input."
        )
    return X


def stack(X):
    """Return a list of (n_timesteps_i, n_features) arrays as one array, NaN after their ends."""
    X = [check_array(x, input_name=f"X[{i}]", **CHECKS) for i, x in enumerate(X)]
    n_features = X[0].shape[1]
    for i, x in enumerate(X):
        if x.shape[1] != n_features:
            raise ValueError(
                "X must hold series of the same features; X[0] has "
                f"{n_features} features, X[{i}] has {x.shape[1]}."
            )
    stacked = np.full((len(X), max(map(len, X)), n_features), np.nan)
    for row, x in zip(stacked, X, strict=True):
        row[: len(x)] = x
    return stacked


def check_step(x, patch_length, n_features):
    """Check one step of a live series; return it as a row, shape (1, patch_length * n_features)."""
    x = np.asarray(x)
    shape = (n_features,) if patch_length == 1 else (patch_length, n_features)
    if x.size != np.prod(shape) or x.shape not in ((), (n_features,), (patch_length, n_features)):
        raise ValueError(f"x must be the next step, of shape {shape}; got shape {x.shape}.")
    return check_array(x.reshape(1, -1), input_name="x", dtype=CHECKS["dtype"])


def find_ends(series):
    """Return where each series begins and ends, without the NaN at either end.

    Parameters
    ----------
    series : float array, shape (n_samples, n_timesteps, n_features)

    Returns
    -------
    start, end : int arrays, shape (n_samples,)

    Raises
    ------
    ValueError
        For a series of NaN only.
    """
    present = ~np.isnan(series).all(axis=2)
    empty = np.flatnonzero(~present.any(axis=1))
    if len(empty):
        raise ValueError(f"X holds a series without any value, X[{empty[0]}].")
    return present.argmax(axis=1), present.shape[1] - present[:, ::-1].argmax(axis=1)


def cut_patches(series, patch_length, default):
    """Cut series into consecutive patches, the last one ending where the series ends.

    Parameters
    ----------
    series : float array, shape (n_samples, n_timesteps, n_features)
    patch_length : int
        Time steps in a patch.
    default : float array, shape (n_features,)
        Stands in for a feature that a series lacks altogether.

    Returns
    -------
    patches : float array, shape (n_samples, n_patches, patch_length * n_features)
        A first patch that the series does not fill begins with the first value, repeated.
        NaN inside a series gives way to the line between its neighbours in time.
    first : int32 array, shape (n_samples,)
        The first patch of each series; those before are 0.
    """
    n_samples, _, n_features = series.shape
    start, end = find_ends(series)
    n_patches = -(-(end - start) // patch_length)
    most = n_patches.max()
    patches = np.zeros((n_samples, most * patch_length, n_features), dtype=series.dtype)
    for row, x, s, e, n in zip(patches, series, start, end, n_patches, strict=True):
        x = x[s:e]
        if np.isnan(x).any():
            x = fill_gaps(x, default)
        row[len(row) - n * patch_length :] = x[0]
        row[len(row) - len(x) :] = x
    return patches.reshape(n_samples, most, -1), (most - n_patches).astype(np.int32)


def fill_gaps(x, default):
    """Interpolate the NaN of one series (n_timesteps, n_features), linearly in time."""
    x = x.copy()
    for feature, value in zip(x.T, default, strict=True):
        missing = np.isnan(feature)
        if missing.all():
            feature[:] = value
        elif missing.any():
            places = np.flatnonzero(~missing)
            feature[missing] = np.interp(np.flatnonzero(missing), places, feature[places])
    return x
