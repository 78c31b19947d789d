"""What `search_space` gains, and how long the search takes: `python -m benchmarks.tuning`.

Tables from the folder named by BEPSK_DATA: three quarters, at most 10,000 rows, for the search, the
rest for the scores.
"""

import os
import sys
from pathlib import Path
from time import process_time

import numpy as np
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingRandomSearchCV, train_test_split

from bepsk import BEPMLPClassifier, search_space

NAMES = ["spambase", "diamonds-cut", "magic", "marketing"]
MOST_ROWS = 10_000


def search(clf):
    """Return the search that docs/tuning.md recommends."""
    return HalvingRandomSearchCV(
        clf,
        search_space(clf),
        n_candidates=18,
        resource="max_iter",
        min_resources=6,
        max_resources=54,
        cv=3,
        random_state=0,
    )


def main(names):
    """Print a row for each table."""
    print("| table | rows | default | seconds | tuned | seconds | best |")
    print("|---|---|---|---|---|---|---|")
    for name in names:
        with np.load(Path(os.environ["BEPSK_DATA"], "tables", f"{name}.npz")) as arrays:
            X, y = arrays["X"], arrays["y"]
        n_rows = min(MOST_ROWS, 3 * len(y) // 4)
        X_train, X_test, y_train, y_test = train_test_split(
            X, y, train_size=n_rows, stratify=y, random_state=0
        )
        default = BEPMLPClassifier(random_state=0)
        cells = [f"| {name} | {n_rows:,}"]
        for model in (default, search(default)):
            start = process_time()
            score = model.fit(X_train, y_train).score(X_test, y_test)
            cells.append(f"{100 * score:.1f} | {process_time() - start:.0f}")
        best = ", ".join(f"{key}={value}" for key, value in model.best_params_.items())
        print(" | ".join([*cells, f"`{best}` |"]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or NAMES)
