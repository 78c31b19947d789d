"""From what users hold as X to arrays of plain numbers; errors say what to do instead."""

import re
import reprlib
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import assert_all_finite, check_array
from sklearn.utils.validation import validate_data

from bepsk.training import Spread
from bepsk.training.mapped import row_blocks

PLAIN = [np.dtype(code) for code in "dfbBhHiIlLqQ"]
"""Types to calculate with, in the byte order of the machine; others become the first."""
DATES = (date, timedelta, np.datetime64, np.timedelta64)

MISSING = (
    "RandomProjectionEncoder and ThermometerEncoder take missing values, in a classifier by "
    "encoder='projection' or encoder='thermometer'; or fill them in, as in "
    "make_pipeline(SimpleImputer(), BEPMLPClassifier())."
)
CATEGORIES = (
    "BEPMLPClassifier takes categories in a DataFrame, or in the columns that its "
    "categorical_features names. Elsewhere encode them first, ordered ones by OrdinalEncoder(), "
    "others by OneHotEncoder(). To convert digits in strings, use X.astype(float)."
)
DURATIONS = "Turn dates into numbers, for example days: (X - X.min()) / np.timedelta64(1, 'D')."
INFINITE = "Replace it by a finite number, for example with np.clip, or treat it as missing."
SERIES = (
    "BEPRNNClassifier takes series as an array (n_samples, n_timesteps, n_features), or as a list "
    "of arrays (n_timesteps_i, n_features)."
)


def check_table(estimator, X, *, reset, **wanted):
    """Return a table as plain numbers; set or compare the names and the number of its columns.

    Parameters
    ----------
    estimator : estimator
        Its `n_features_in_` and `feature_names_in_` are set, or compared unless `reset`.
    X : array-like or sparse matrix, shape (n_samples, n_features)
        The table.
    reset : bool
        Whether the estimator is being fitted.
    **wanted
        As in `to_numbers`.

    Returns
    -------
    numbers : array, shape (n_samples, n_features)
        X itself where it is plain already.
    """
    if isinstance(X, Spread):
        return X.map(lambda rows: check_table(estimator, rows, reset=reset, **wanted))
    if getattr(X, "ndim", 2) > 2:
        raise ValueError(
            f"X must be a table, of 2 dimensions; found array with dim {X.ndim}. "
            f"X.reshape(len(X), -1) makes a table of images. {SERIES}"
        )
    check = partial(validate_data, estimator, reset=reset)
    return to_numbers(check, X, **{"where": in_column, **wanted})


def check_numbers(X, *, name="X", dtypes=PLAIN, allow_nan=False, missing=MISSING, **shape):
    """Return any array-like as plain numbers; `shape` is passed on to `check_array`."""
    check = partial(check_array, input_name=name, **shape)
    return to_numbers(check, X, name=name, dtypes=dtypes, allow_nan=allow_nan, missing=missing)


def at_place(X, name, place):
    """Say where a value is, by its index."""
    return f" at {name}[{', '.join(map(str, place))}]"


def in_column(X, name, place):
    """Say in which column a value is; the number of the row misleads where rows were chosen."""
    column = place[1]
    names = getattr(X, "columns", None)
    return f" in column {column if names is None else repr(names[column])}"


def to_numbers(
    check, X, *, name="X", dtypes=PLAIN, allow_nan=False, missing=MISSING, where=at_place
):
    """Pass X through one of scikit-learn's checks, and make plain numbers of what comes back.

    Parameters
    ----------
    check : callable
        Takes X and options of `check_array`.
    X : array-like or sparse matrix
        What should hold numbers. Sparse matrices are made dense, booleans become 0 and 1.
    name : str, default="X"
        What errors call it.
    dtypes : list of dtype, default=PLAIN
        Types to leave as they are; numbers of other types become the first of them.
    allow_nan : bool, default=False
        Whether NaN is a missing value rather than an error.
    missing : str, default=MISSING
        What to do about missing values if they are an error.
    where : callable, default=at_place
        How to say where a value is.

    Returns
    -------
    numbers : array
        Of one of `dtypes`, aligned; finite except for NaN that is allowed.
    """
    with about(name):
        try:
            numbers = check(X, accept_sparse=True, dtype="numeric", ensure_all_finite=False)
            if numbers.dtype == object:  # of a DataFrame of categories
                numbers = numbers.astype(np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            explain(X, name, where, error)
            raise
    if issparse(numbers):
        numbers = numbers.toarray()
    if numbers.dtype.kind not in "buif":
        remedy = DURATIONS if numbers.dtype.kind in "mM" else ""
        raise ValueError(f"{name} must hold numbers; got {numbers.dtype}. {remedy}".rstrip())
    if numbers.dtype == bool:
        numbers = numbers.view(np.uint8)
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and an error below
        dtype = numbers.dtype if numbers.dtype in dtypes else dtypes[0]
        numbers = np.require(numbers, dtype, "A")
    n_before = 0
    for rows in row_blocks(np.atleast_1d(numbers)):
        try:
            with np.errstate(all="ignore"):  # it adds up numbers that may be large
                assert_all_finite(rows, allow_nan=allow_nan)
        except ValueError:
            strange = np.isinf(rows) if allow_nan else ~np.isfinite(rows)
            place = np.unravel_index(strange.argmax(), strange.shape)
            found, remedy = "NaN", missing
            if not np.isnan(rows[place]):
                found, remedy = f"infinity or a number too large for {rows.dtype}", INFINITE
            place = n_before + place[0], *place[1:]
            raise ValueError(f"{name} contains {found}{where(X, name, place)}. {remedy}") from None
        n_before += len(rows)
    return numbers


@contextmanager
def about(name):
    """Let errors say which argument they are about, unless they do already."""
    try:
        yield
    except (TypeError, ValueError) as error:
        named = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", str(error))
        if type(error) not in (TypeError, ValueError) or named:
            raise
        raise type(error)(f"{name}: {error}") from error
    except OverflowError as error:
        raise ValueError(f"{name}: {error}") from error


def explain(X, name, where, error):
    """Raise an error with a remedy for the first value of X that is no number, if there is one."""
    if issparse(X):
        return
    try:
        values = np.asarray(X, dtype=object)
    except ValueError:
        return
    texts = (item for item in np.ndenumerate(values) if isinstance(item[1], (str, bytes)))
    others = (item for item in np.ndenumerate(values) if not is_number(item[1]))
    place, value = next(others, next(texts, ((), None)))
    if value is not None:
        found = reprlib.repr(value) + (where(X, name, place) if len(place) > 1 else "")
        remedy = remedy_for(value)
        if remedy not in (CATEGORIES, DURATIONS):
            found += f" ({str(error).partition(chr(10))[0]})"
        kind = TypeError if isinstance(error, TypeError) and not remedy else ValueError
        raise kind(f"{name} must hold numbers; got {found}. {remedy}".rstrip()) from error
    if values.ndim == 2 and not values.shape[1]:
        raise ValueError(
            f"{name}: Found array with 0 feature(s) (shape={values.shape}) while a minimum of 1 is "
            "required."
        ) from error


def is_number(value):
    """Say whether numpy can make a float of an object."""
    try:
        return value is None or float(value) is not None
    except (TypeError, ValueError, OverflowError):
        return False


def remedy_for(value):
    """Say what to do with a value that is no number; nothing if we do not know."""
    if isinstance(value, (str, bytes)):
        return CATEGORIES
    if isinstance(value, DATES):
        return DURATIONS
    if type(value).__name__ == "NAType":
        return "Write missing values as NaN, as X.astype('Float64') does."
    return SERIES if np.ndim(value) else ""
