"""`BEPMLPRegressor` beside the regressors of scikit-learn, R2.

`python -m benchmarks.tables.regression` reads three of its sets from the folder `tables` in that
named by BEPSK_DATA, and does without them if there is none.
"""

import os
from pathlib import Path

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes, make_friedman1, make_friedman2, make_friedman3
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.tables.comparison import main
from bepsk import BEPMLPRegressor

MODELS = {
    "BEPMLPRegressor": BEPMLPRegressor(),
    "HistGradientBoosting": HistGradientBoostingRegressor(),
    "MLPRegressor": TransformedTargetRegressor(
        make_pipeline(StandardScaler(), MLPRegressor()), transformer=StandardScaler()
    ),
    "Ridge": make_pipeline(StandardScaler(), Ridge()),
}
COLUMNS = {"diamonds-cut": 5, "imports-85": 24, "glass": 0}
"""Columns of tables that serve as targets: prices of diamonds and of cars, a refractive index."""
MOST_ROWS = 3000


def sets():
    """Return {name: (X, y)}."""
    made = {
        "diabetes": load_diabetes(return_X_y=True),
        "friedman1": make_friedman1(1000, noise=1.0, random_state=0),
        "friedman2": make_friedman2(1000, noise=100.0, random_state=0),
        "friedman3": make_friedman3(1000, noise=0.1, random_state=0),
    }
    folder = Path(os.environ.get("BEPSK_DATA", ""), "tables")
    real = {name: from_table(folder / f"{name}.npz", column) for name, column in COLUMNS.items()}
    return made | {name: pair for name, pair in real.items() if pair is not None}


def from_table(path, column):
    """Return the other columns, those alone that miss little, and a column of a table."""
    if not path.exists():
        return None
    table = np.load(path, allow_pickle=False)["X"]
    missing = np.isnan(table)
    y, kept = table[:, column], missing.mean(axis=0) < 0.1
    kept[column] = False
    rows = np.flatnonzero(~missing[:, kept].any(axis=1) & ~np.isnan(y))
    rows = np.random.default_rng(0).permutation(rows)[:MOST_ROWS]
    return table[np.ix_(rows, np.flatnonzero(kept))], y[rows]


if __name__ == "__main__":
    main("regression", sets(), MODELS, r2_score)
