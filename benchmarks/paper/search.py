"""Choose settings on validation data: random candidates, the best of them again with more seeds."""

from itertools import chain
from math import gcd
from random import Random

import numpy as np

from benchmarks.paper.cells import Cell, read
from benchmarks.paper.runner import run
from benchmarks.paper.settings import GRIDS, chosen, group_sizes, keep, label_of

N_FINALISTS = 4


def search(cells, path, jobs, n_candidates):
    """Search the settings of all methods and settings among the cells, and keep the best.

    The present settings are the first candidate; settings that share a line are searched together.

    Parameters
    ----------
    cells : list of Cell
    path : Path
        The JSONL file of the validation results.
    jobs : int
        Processes at once.
    n_candidates : int

    Returns
    -------
    n_failed : int
    """
    n_failed = 0
    groups = {}
    for cell in cells:
        label = label_of(cell.table, cell.method, cell.setting)
        if label is not None:
            groups.setdefault((cell.table, cell.method, label), []).append(cell)
    for (table, method, label), group in groups.items():
        candidates = draw(group[0].model(), method, Random(f"{table} {label}"), n_candidates)
        for of_round in ([cell for cell in group if cell.seed == 0], group):
            trials = [[as_trial(cell, c) for cell in of_round] for c in candidates]
            n_failed += run(list(chain(*trials)), path, jobs)
            scores = [validation_score(cells, path) for cells in trials]
            order = np.argsort(scores, kind="stable")[::-1][:N_FINALISTS]
            candidates = [candidates[i] for i in order]
        print(f"{table}, {label}, {method}: {candidates[0]}, {max(scores):.2f} %", flush=True)
        if not group[0].quick:
            keep(table, method, label, chosen(table, method, label) | candidates[0])
    return n_failed


def draw(model, method, rng, n_candidates):
    """Return different parameters to try: the present ones, then random ones from the grid."""
    by_name = {name.split("__")[-1]: value for name, value in model.get_params().items()}
    grid = {name: values for name, values in GRIDS[method].items() if name in by_name}
    if grid.get("group_size") == "divisors":
        layers = getattr(model, "hidden_layer_sizes", None) or model.hidden_size
        grid["group_size"] = group_sizes(gcd(*np.atleast_1d(layers).tolist()))
    candidates = [{name: by_name[name] for name in grid}]
    for _ in range(100 * n_candidates):
        candidate = {name: rng.choice(values) for name, values in grid.items()}
        if len(candidates) < n_candidates and candidate not in candidates:
            candidates.append(candidate)
    return candidates


def as_trial(cell, parameters):
    """Return the cell on validation data, with these parameters."""
    return Cell(
        cell.table, cell.setting, cell.method, cell.seed, parameters, True, quick=cell.quick
    )


def validation_score(cells, path):
    """Return the mean accuracy of cells; those that failed count as 0."""
    records = read(path)
    return np.mean([records.get(cell.key(), {"accuracy": 0})["accuracy"] for cell in cells])
