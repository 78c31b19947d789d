"""Shortcuts past scikit-learn's checks, which take longer than predicting one row."""

from math import isfinite

import numpy as np

FEW_VALUES = 2**14


def is_plain(estimator, X, dtypes=None):
    """Say whether validate_data(estimator, X, reset=False) would find nothing to do.

    That is so for a small C-contiguous array of the right shape, without names, of numbers whose
    squares have a finite sum, and of one of the dtypes, or of any that needs no conversion.
    """
    return (
        type(X) is np.ndarray
        and X.ndim == 2
        and 0 < X.size <= FEW_VALUES
        and X.dtype.char in "dfbBhHiIlLqQ"
        and X.dtype.isnative
        and (dtypes is None or X.dtype in dtypes)
        and X.flags.c_contiguous
        and X.flags.aligned
        and X.shape[1] == getattr(estimator, "n_features_in_", None)
        and not hasattr(estimator, "feature_names_in_")
        and (X.dtype.kind != "f" or isfinite(np.vdot(X, X)))
    )
