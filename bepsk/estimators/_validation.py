"""Checks of what users pass to an estimator; errors name the argument."""

import math
import reprlib
from numbers import Real

import numpy as np
from sklearn.utils import (
    check_array,
    check_consistent_length,
    column_or_1d,
    compute_sample_weight,
    indexable,
)
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import assert_all_finite, validate_data

from bepsk._numbers import about
from bepsk._quick_checks import is_plain
from bepsk._sklearn_compat import check_sample_weight, safe_indexing
from bepsk.network.randomness import Stream, derive_key, random_permutation
from bepsk.training import Spread
from bepsk.training.mapped import memory_map, take_rows

MAX_SAMPLE_WEIGHT = 10_000
"""Hidden weights saturate well before a sample is repeated this often."""


def check_input(estimator, X, reset):
    """Look at the number and the names of the columns of X; return X, or what is like an array."""
    if not reset and is_plain(estimator, X):
        return X
    if getattr(X, "ndim", 2) == 1:
        check_array(X, accept_sparse=True)  # raises the familiar error
    try:
        return validate_data(estimator, X, skip_check_array=True, reset=reset)
    except LookupError:  # scikit-learn looks at X[0]
        raise ValueError(
            f"X must hold rows, at least 1 sample(s); got {reprlib.repr(X)}."
        ) from None


def check_labels(X, y):
    """Return y as a vector of labels, one per sample of X; ValueError if it is none."""
    if y is None:
        raise ValueError("The estimator requires y to be passed, but the target y is None.")
    with about("y"):
        y = to_labels(column_or_1d(to_array(y), warn=True), "y")
    with about("X and y"):
        check_consistent_length(X, y)
    if len(y) == 0:
        raise ValueError("Found 0 sample(s) in X and y while at least 1 is needed.")
    with about("y"):
        check_classification_targets(y)
    return y


def to_array(labels):
    """Return an array of labels, without making strings of numbers that stand among them."""
    array = np.asarray(labels)
    converted = isinstance(labels, (list, tuple)) and array.dtype.kind == "U"
    if (converted and not all(map(is_string, labels))) or array.dtype.kind == "T":
        array = np.asarray(labels, dtype=object)
    return array


def to_labels(labels, name):
    """Return a vector of numbers, strings or dates; ValueError for others and for missing ones."""
    if labels.dtype.kind in "OSV":
        numbers = np.array(labels.tolist())
        if numbers.ndim == 1 and numbers.dtype.kind in "biuf":
            labels = numbers
        elif not all(map(is_string, labels)):
            kinds = {"NaN" if label is np.nan else type(label).__name__ for label in labels}
            raise ValueError(
                f"{name} must hold numbers, or strings, and no missing labels; got "
                f"{' and '.join(sorted(kinds))}. Drop samples without a label, and convert the "
                f"others, for example by numpy.asarray({name}, dtype=str)."
            )
    missing = np.isnat(labels) if labels.dtype.kind in "mM" else labels != labels
    if missing.any():
        raise ValueError(f"{name} contains NaN or NaT. Drop samples without a label.")
    assert_all_finite(labels, input_name=name)
    return labels


def is_string(label):
    """Say whether a label is a string."""
    return isinstance(label, str)


def check_announced(classes):
    """Return the `classes` of partial_fit in ascending order; ValueError unless they are labels."""
    with about("classes"):
        labels = to_array(classes)
    if labels.ndim != 1:
        raise ValueError(f"classes must be a list of labels; got {reprlib.repr(classes)}.")
    return check_classes(np.unique(to_labels(labels, "classes")), "classes")


def check_classes(classes, name="y"):
    """Return the classes; ValueError unless there are two or more."""
    if len(classes) < 2:
        found = f"one class, {classes.tolist()[0]!r}" if len(classes) else "no class"
        raise ValueError(f"{name} must hold at least 2 classes; got {found}.")
    return classes


def encode_labels(y, classes):
    """Return the index of each label in the sorted classes; ValueError for an unknown label."""
    try:
        indices = np.minimum(np.searchsorted(classes, y), len(classes) - 1)
    except TypeError:
        raise ValueError(f"y holds labels of another type than classes {classes}.") from None
    strange = classes[indices] != y
    if strange.any():
        raise ValueError(
            f"y holds labels that are not in classes {classes}: {np.unique(y[strange])}. Classes "
            "cannot be added: name all that may come, spare ones too, in the first partial_fit, or "
            "fit anew."
        )
    return indices


def weigh_samples(y, sample_weight, class_weight, classes):
    """Return sample_weight times class_weight, float64 (n_samples,)."""
    with about("sample_weight"):
        sample_weight = check_sample_weight(
            sample_weight, y, dtype=np.float64, ensure_non_negative=True
        ).copy()
    if class_weight is not None:
        sample_weight *= weigh_labels(y, class_weight, classes)
    if sample_weight.max(initial=0) > MAX_SAMPLE_WEIGHT:
        raise ValueError(
            f"sample_weight times class_weight must not exceed {MAX_SAMPLE_WEIGHT}; got "
            f"{sample_weight.max():g}. Divide all weights by a common factor."
        )
    if not sample_weight.any():
        raise ValueError("sample_weight must have at least one value above 0.")
    return sample_weight


def drop_weightless(X, y, sample_weight):
    """Leave out the samples of weight 0."""
    kept = np.flatnonzero(sample_weight)
    if len(kept) == len(y):
        return X, y, sample_weight
    with about("X"):
        return take(kept, X, y, sample_weight)


def take(rows, X, y, sample_weight):
    """Return these rows of X, y and the weights."""
    if isinstance(X, Spread):
        X = X.take(rows)
    elif memory_map(X) is not None:
        X = take_rows(X, rows)
    else:
        X = safe_indexing(indexable(X)[0], rows)
    return X, y[rows], sample_weight[rows]


def scale_up(sample_weight):
    """Scale weights to a mean of 1 if it is below; equal ones become 1 to the last digit."""
    mean = sample_weight.mean()
    return np.round(sample_weight / mean, 12) if mean < 1 else sample_weight


def weigh_labels(y, class_weight, classes):
    """Return the class weight of each label; "balanced" ones are capped."""
    if not isinstance(class_weight, dict):
        return np.minimum(compute_sample_weight(class_weight, y), MAX_SAMPLE_WEIGHT)
    labels = set(classes.tolist())
    strange = sorted(set(class_weight) - labels, key=str)
    strange = [label.item() if isinstance(label, np.generic) else label for label in strange]
    if strange and not labels <= set(class_weight):
        raise ValueError(f"class_weight names labels that are not in classes_: {strange}.")
    for label, weight in class_weight.items():
        if not (isinstance(weight, Real) and 0 <= weight < np.inf):  # type: ignore[operator]
            raise ValueError(
                f"class_weight must be finite numbers >= 0; got {weight!r} for {label!r}."
            )
    # scikit-learn's own function fails if a chunk lacks a label that the dict names.
    with about("class_weight"):
        return np.array([class_weight.get(label, 1.0) for label in y.tolist()], dtype=np.float64)


def check_sums(batch_size, sample_weight, n_steps=1):
    """Raise ValueError if the summed updates of a mini-batch could exceed 32 bits.

    A sample may move a hidden weight once in each of `n_steps` steps.
    """
    n_samples = min(batch_size, len(sample_weight))
    if 2 * n_samples * np.ceil(sample_weight.max()) * n_steps >= 2**31 - 2**15:
        times = "" if n_steps == 1 else f" times the {n_steps} steps of a series"
        raise ValueError(
            f"batch_size times the largest sample_weight{times} must stay below 2**30; use a "
            "smaller batch_size or smaller weights."
        )


def set_aside(samples, share, strata, seed):
    """Split X, y and the weights in two by `hold_out`, and return both parts."""
    return [take(rows, *samples) for rows in hold_out(len(samples[1]), share, strata, seed)]


def set_aside_validation(estimator, samples, X_val, y_val, seed):
    """Return the samples to train on, and those to validate with, or None.

    Parameters
    ----------
    estimator : estimator
    samples : tuple
        X, y and the weights.
    X_val, y_val : array-like or None
        What the user gives.
    seed : int
        Seed of the split.
    """
    if (X_val is None) != (y_val is None):
        raise ValueError("X_val and y_val must be given together.")
    if X_val is not None:
        with about("X_val, y_val"):
            X_val, y_val = estimator._check_samples(X_val, y_val, reset=False)
        return samples, (X_val, y_val, np.ones(len(y_val)))
    if not estimator.early_stopping:
        return samples, None
    if len(samples[1]) < 2:
        raise ValueError(
            "early_stopping=True needs samples to hold out; got n_samples=1. Give X_val, y_val."
        )
    strata = estimator._strata(samples[1])
    return set_aside(samples, estimator.validation_fraction, strata, seed)


def hold_out(n_samples, share, strata, seed):
    """Split rows in two, each stratum in proportion.

    Each stratum of two rows or more has at least one on both sides, where the sizes allow it.

    Parameters
    ----------
    n_samples : int
        Number of rows, at least 2.
    share : float in (0, 1)
        Share that is held out; the number of rows is rounded up.
    strata : array, shape (n_samples,), or None
        For example labels; None means a single stratum.
    seed : int
        Seed of the split.

    Returns
    -------
    kept, held_out : intp arrays
        Rows in ascending order.
    """
    order = random_permutation(derive_key(seed, Stream.HOLD_OUT), n_samples)
    strata = np.zeros(n_samples, dtype=np.intp) if strata is None else strata
    _, stratum, counts = np.unique(strata[order], return_inverse=True, return_counts=True)
    by_stratum = np.argsort(stratum, kind="stable")
    starts = np.cumsum(counts) - counts
    ranks = np.empty(n_samples)
    ranks[by_stratum] = np.arange(n_samples) - np.repeat(starts, counts)
    places = (ranks + 0.5) / counts[stratum]
    places[ranks == 0] = 0
    places[ranks == counts[stratum] - 1] = 1  # of a single row as well
    n_held_out = min(math.ceil(n_samples * share), n_samples - 1)
    chosen = np.zeros(n_samples, dtype=bool)
    chosen[order[np.argsort(places, kind="stable")[:n_held_out]]] = True
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)
