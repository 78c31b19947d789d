"""Strangers' handwriting on the page that learns: python -m benchmarks.device.browser.

Each drawing of PenDigits is eight points of a pen's way; a smooth curve through them is drawn on
the page, in headless Chromium. Printed is how many the network reads rightly, how many lessons it
takes where it does not, and what becomes of scikit-learn's digits that it has not seen.
"""

import copy
import json
import sys
from pathlib import Path

import numpy as np
from scipy.interpolate import CubicSpline

from benchmarks.data import load_series

sys.path.append(str(Path(__file__).parents[2] / "examples" / "browser"))

import chromium
import make_page

N_TRAIN = 7494
"""The others are of other writers; parameters of the page were chosen on these."""
N_DRAWINGS, N_POINTS, N_TAUGHT, MAX_LESSONS = 1500, 40, 500, 30
SCRIPT = "const report = () => {drawings}.map((stroke) => [...pixelsOf([stroke])]);"


def curve(points):
    """Return a smooth curve through points, y downwards."""
    points = points[np.r_[True, np.diff(points, axis=0).any(axis=1)]]
    way = np.r_[0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    return CubicSpline(way, points * [1, -1])(np.linspace(0, way[-1], N_POINTS))


def lessons_until_right(clf, row, digit):
    """Return how many lessons it takes, MAX_LESSONS at most, and the network after them."""
    clf, row = copy.deepcopy(clf), row[np.newaxis]
    for n_lessons in range(MAX_LESSONS):
        if clf.predict(row)[0] == digit:
            return n_lessons, clf
        clf.partial_fit(row, [digit])
    return MAX_LESSONS, clf


def main():
    """Print all; return the exit status."""
    missing = make_page.missing_tools() + ([] if chromium.find_browser() else ["chromium"])
    if missing:
        print(f"nothing measured: {', '.join(missing)} not found")
        return 0
    X, y = (a[N_TRAIN : N_TRAIN + N_DRAWINGS] for a in load_series("PenDigits"))
    page, clf = make_page.make_page()
    drawings = json.dumps([np.round(curve(points), 2).tolist() for points in X])
    rows = chromium.run_in_page(page, SCRIPT.replace("{drawings}", drawings))
    rows, y = np.array(rows, dtype=float), y.astype(int)
    *_, X_unseen, y_unseen = make_page.digits()
    before = clf.score(X_unseen, y_unseen)
    print(f"unseen digits {before:.3f}, drawings of strangers {clf.score(rows, y):.3f}")

    wrong = np.flatnonzero(clf.predict(rows) != y)
    lessons, taught = zip(*(lessons_until_right(clf, rows[i], y[i]) for i in wrong), strict=True)
    kept = [one.score(X_unseen, y_unseen) for one in taught]
    quarters = np.quantile(lessons, [0.5, 0.9, 1]).astype(int)
    print(f"{len(wrong)} misread: lessons until right, median, nine tenths, most: {quarters}")
    print(f"unseen digits after these lessons {np.mean(kept):.3f}, at least {min(kept):.3f}")

    new, y_new = rows[N_TAUGHT:], y[N_TAUGHT:]
    first = clf.score(new, y_new)
    clf.partial_fit(rows[:N_TAUGHT], y[:N_TAUGHT])
    now, kept = clf.score(new, y_new), clf.score(X_unseen, y_unseen)
    print(f"{N_TAUGHT} drawings taught once: others {first:.3f} -> {now:.3f}, unseen {kept:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
