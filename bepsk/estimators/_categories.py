"""Columns that hold categories: found, and turned into numbers in front of the encoder."""

import reprlib
from functools import partial

import numpy as np
from scipy.sparse import issparse
from sklearn.base import TransformerMixin
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils import check_array

from bepsk._numbers import about, in_column, to_numbers
from bepsk._sklearn_compat import StrOptions, safe_indexing
from bepsk._state import COUNT, CheckedEstimator, describe, refuse, settle, settled
from bepsk.encoders import BitEncoder

CATEGORICAL = ["array-like", StrOptions({"from_dtype"}), None]
"""The constraint on the parameter `categorical_features`."""
MAX_CATEGORIES = 64
"""Of one column; the rarest ones beyond are one category."""
DTYPES = "category", "categorical", "enum", "str", "utf8"
MISSING = "NoneType", "NAType", "NaTType"


class CategoriesToNumbers(TransformerMixin, CheckedEstimator):
    """Put a 0 / 1 column for each category in the place of columns that hold categories.

    A missing value is a category of its own. A category that `fit` did not see is 0 in all columns,
    or one of the rare ones if these share a column.

    Parameters
    ----------
    columns : list of int
        Indices of the columns that hold categories. The others must hold numbers, which come first
        in the output.
    """

    _sources = ("n_features_in_", "columns", "one_hot_")
    _state_constraints = {"n_features_in_": COUNT}  # noqa: RUF012

    def __init__(self, columns):
        self.columns = columns

    def fit(self, X, y=None):
        """Learn the categories."""
        X = as_table(X)
        self.n_features_in_ = X.shape[1]
        self.one_hot_ = OneHotEncoder(
            handle_unknown="infrequent_if_exist",
            max_categories=MAX_CATEGORIES,
            sparse_output=False,
        )
        with about("categorical_features"):
            self.one_hot_.fit(categories(X, self.columns))
        settle(self)
        return self

    def _derive(self):
        columns, indices = self.columns, range(self.n_features_in_)
        if not isinstance(columns, list) or not all(index in indices for index in columns):
            refuse(self, "columns", f"a list of indices below {len(indices)}", repr(columns))
        try:
            self.one_hot_.transform(np.full((1, len(columns)), None))
        except Exception:
            expected = f"a OneHotEncoder that is fitted to {len(columns)} columns"
            refuse(self, "one_hot_", expected, describe(vars(self).get("one_hot_")))

    def transform(self, X):
        """Return float64 (n_samples, n_columns)."""
        X = as_table(X)
        model = settled(self)
        parts = [model.one_hot_.transform(categories(X, model.columns))]
        others = np.setdiff1d(np.arange(model.n_features_in_), model.columns)
        if len(others):
            numbers = safe_indexing(X, others.tolist(), axis=1)
            check = partial(check_array, input_name="X")
            parts.insert(0, to_numbers(check, numbers, allow_nan=True, where=in_column))
        return np.hstack(parts)


def as_table(X):
    """Return X as it is, or lists as an array of objects."""
    return X if hasattr(X, "shape") else np.asarray(X, dtype=object)


def with_categories(encoder, X, categorical_features):
    """Return an encoder, after CategoriesToNumbers if X holds categories.

    Parameters
    ----------
    encoder : transformer
    X : array-like or DataFrame
        What it will be fitted on.
    categorical_features : "from_dtype", array-like or None
        Which columns hold categories; "from_dtype" asks the dtypes of a DataFrame, unless the
        encoder is another than those of bepsk, which may look at them itself.

    Returns
    -------
    encoder : transformer or Pipeline
    """
    if categorical_features is None:
        return encoder
    if isinstance(categorical_features, str):
        columns = by_dtype(X) if isinstance(encoder, BitEncoder) else []
    else:
        columns = chosen(categorical_features, X)
    if not columns:
        return encoder
    if issparse(X):
        raise ValueError("categorical_features needs a dense X; use X.toarray().")
    return Pipeline([("categories", CategoriesToNumbers(columns)), ("encoder", encoder)])


def by_dtype(X):
    """Return the indices of the columns of a DataFrame that hold strings or categories."""
    if not hasattr(X, "columns") or not hasattr(X, "dtypes"):
        return []
    return [
        index
        for index, dtype in enumerate(X.dtypes)
        if str(dtype).lower().startswith(DTYPES)
        or (str(dtype) == "object" and holds_strings(column(X, index)))
    ]


def holds_strings(values):
    """Say whether an object column holds nothing but strings and missing values."""
    present = [value for value in values if not is_missing(value)]
    return bool(present) and all(isinstance(value, str) for value in present)


def chosen(categorical_features, X):
    """Return the indices that the parameter asks for, as a list; ValueError if X lacks them."""
    asked = np.asarray(categorical_features)
    names = list(getattr(X, "columns", []))
    with about("X"):
        n_axes = np.ndim(X)
    if not asked.size or n_axes != 2:  # what X must be, the encoder says
        return []
    n_features = np.shape(X)[1]
    if asked.dtype == bool and asked.shape == (n_features,):
        return np.flatnonzero(asked).tolist()
    if asked.ndim == 1 and asked.dtype.kind in "OU" and set(asked.tolist()) <= set(names):
        return sorted({names.index(name) for name in asked.tolist()})
    indices = range(-n_features, n_features)
    if asked.ndim == 1 and asked.dtype.kind in "iu" and np.isin(asked, indices).all():
        return np.unique(asked % n_features).tolist()
    raise ValueError(
        f"categorical_features must be 'from_dtype', None, or a list of names or indices, or a "
        f"mask, of the {n_features} columns of X; got {reprlib.repr(categorical_features)}."
    )


def categories(X, columns):
    """Return columns of X as objects, missing values as None."""
    if not hasattr(X, "columns"):
        X = np.asarray(X)
    table = np.empty((np.shape(X)[0], len(columns)), dtype=object)
    for values, index in zip(table.T, columns, strict=True):
        values[:] = [None if is_missing(v) else v for v in column(X, index)]
    return table


def column(X, index):
    """Return the values of one column as an array of objects."""
    return np.asarray(safe_indexing(X, index, axis=1), dtype=object)


def is_missing(value):
    """Say whether a value is missing: None, NaN, NA or NaT."""
    return type(value).__name__ in MISSING or (isinstance(value, float) and value != value)
