"""Write the results into docs/tables.md."""

import json

import numpy as np
from scipy.stats import rankdata

from benchmarks.common import DOCS, markdown, write_section
from benchmarks.paper.cells import describe
from benchmarks.tables.measure import FIGURES, METHODS
from benchmarks.tables.sets import MADE, REAL

PAGE = DOCS / "tables.md"
WORSE = 2.0
"""Points of accuracy."""


def read(path):
    """Return the records by (table, method, seed, model); the last one counts."""
    if not path.exists():
        return {}
    records = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {tuple(r[key] for key in ("table", "method", "seed", "model")): r for r in records}


def methods_of(records):
    """Return the methods that have results with their present parameters."""
    there = {(method, model) for _, method, _, model in records}
    return [name for name, model in METHODS.items() if (name, describe(model)) in there]


def figures(records, names):
    """Return the names of complete tables, and an array (n_tables, n_methods, n_figures)."""
    seeds = sorted({seed for _, _, seed, _ in records})
    models = [(method, describe(METHODS[method])) for method in methods_of(records)]
    complete, values = [], []
    for name in names:
        cells = [
            [records.get((name, method, seed, model)) for seed in seeds] for method, model in models
        ]
        runs = [[r for r in cell if r is not None] for cell in cells]
        if all(runs):
            complete.append(name)
            values.append([[np.mean([r[f] for r in cell]) for f in FIGURES] for cell in runs])
    return complete, np.reshape(values, (len(complete), len(models), len(FIGURES)))


def means(names, values):
    """Return the rows of means over tables, and the mean rank."""
    ranks = np.array([rankdata(-row) for row in values[:, :, 0]]).mean(axis=0)
    rows = [[label, *values[:, :, i].mean(axis=0)] for i, label in enumerate(FIGURES)]
    rows = [[f"mean {label.replace('_', ' ')}", *map(float, row)] for label, *row in rows]
    rows[3][0] = "seconds per fit"
    return [rows[0], ["mean rank", *map(float, ranks)], *rows[1:]]


def summary(records):
    """Return the means of both groups of tables in Markdown."""
    parts = []
    for label, group in (("real tables", REAL), ("scikit-learn's sets", MADE)):
        names, values = figures(records, group)
        if names:
            head = [f"{len(names)} {label}", *methods_of(records)]
            parts.append(markdown(head, means(names, values)))
    seeds = len({seed for _, _, seed, _ in records})
    return "\n\n".join([f"Means over five folds and {seeds} seed(s).", *parts])


def each(records, group):
    """Return the table of accuracies."""
    names, values = figures(records, group)
    rows = [[name, *map(float, row)] for name, row in zip(names, values[:, :, 0], strict=True)]
    return markdown(["accuracy", *methods_of(records)], rows)


def losses(records):
    """Return the table of real tables on which BEP is worse than another by two points."""
    names, values = figures(records, REAL)
    *others, ours = range(len(methods_of(records)))
    rows = []
    for name, row in zip(names, values[:, :, 0], strict=True):
        gaps = [float(row[other] - row[ours]) for other in others]
        if max(gaps) > WORSE:
            rows.append([name, *(f"{gap:+.1f}" for gap in gaps)])
    return markdown(["better than BEP by", *methods_of(records)[:-1]], rows)


def report(records):
    """Write the sections of docs/tables.md."""
    write_section(PAGE, "means", summary(records))
    write_section(PAGE, "real", each(records, REAL))
    write_section(PAGE, "made", each(records, MADE))
    write_section(PAGE, "losses", losses(records))
