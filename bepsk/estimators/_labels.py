"""Several labels per sample: a matrix of 0 and 1, with a column per label."""

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_consistent_length

from bepsk._numbers import about


def count_columns(y):
    """Return the number of columns of y, 1 if it is no table."""
    with about("y"):
        shape = y.shape if hasattr(y, "shape") else np.asarray(y).shape
    return shape[1] if len(shape) == 2 else 1


def check_matrix(X, y):
    """Return which labels each sample of X has, bool (n_samples, n_labels); or ValueError."""
    with about("y"):
        y = y.toarray() if issparse(y) else np.asarray(y)
    with about("X and y"):
        check_consistent_length(X, y)
    if len(y) == 0:
        raise ValueError("Found 0 sample(s) in X and y while at least 1 is needed.")
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise ValueError("y contains NaN or infinity. Drop samples without labels.")
    if not np.isin(y, [0, 1]).all():
        raise ValueError(
            "y should be a 1d array, or hold 0 and 1 alone: in a column for each label, whether a "
            "sample has it. For columns of several classes, use "
            "MultiOutputClassifier(BEPMLPClassifier())."
        )
    return y.astype(bool)


def check_columns(y, classes):
    """Return y; ValueError unless it has a column for each of the classes."""
    if y.shape[1] != len(classes):
        raise ValueError(
            f"y must have a column for each of the {len(classes)} labels of the first call; got "
            f"{y.shape[1]}."
        )
    return y


def as_pairs(logits, y):
    """Return labels as samples of two classes, no and yes, with the logits -z and z.

    Parameters
    ----------
    logits : int array, shape (n_samples, n_labels)
        The logits z.
    y : bool array, shape (n_samples, n_labels)
        Which labels each sample has.

    Returns
    -------
    logits : int array, shape (n_samples * n_labels, 2)
        Label after label of each sample.
    y : intp array, shape (n_samples * n_labels,)
        Their classes.
    """
    return np.stack([-logits, logits], axis=2).reshape(-1, 2), y.ravel().astype(np.intp)
