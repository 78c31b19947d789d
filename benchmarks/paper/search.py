"""Choose settings on validation data: one parameter at a time, the best value stays."""

from itertools import chain
from math import gcd

import numpy as np

from benchmarks.paper.cells import Cell, read
from benchmarks.paper.runner import run
from benchmarks.paper.settings import GRIDS, chosen, group_sizes, keep
from benchmarks.paper.tables import TABLES


def search(cells, path, jobs):
    """Search the settings of all methods and settings among the cells, and keep the best.

    Parameters
    ----------
    cells : list of Cell
    path : Path
        The JSONL file of the validation results.
    jobs : int
        Processes at once.

    Returns
    -------
    n_failed : int
    """
    n_failed = 0
    groups = {}
    for cell in cells:
        label = "all" if TABLES[cell.table].shared else cell.setting
        if chosen(cell.table, cell.method, cell.setting):
            groups.setdefault((cell.table, cell.method, label), []).append(cell)
    for (table, method, label), group in groups.items():
        model = group[0].model()
        best = present_values(model, method)
        for name in best:
            candidates = [best | {name: v} for v in values_of(name, method, model, best[name])]
            trials = [[as_trial(cell, candidate) for cell in group] for candidate in candidates]
            n_failed += run(list(chain(*trials)), path, jobs)
            scores = [validation_score(cells, path) for cells in trials]
            best = candidates[int(np.argmax(scores))]
            print(f"{table}, {label}, {method}: {name} {best[name]}, {max(scores):.2f} %")
        if not group[0].quick:
            keep(table, method, label, chosen(table, method, label) | best)
    return n_failed


def present_values(model, method):
    """Return those parameters of the model that the grid of its method knows."""
    by_name = {name.split("__")[-1]: value for name, value in model.get_params().items()}
    return {name: by_name[name] for name in GRIDS[method] if name in by_name}


def values_of(name, method, model, present):
    """Return what a search tries for a parameter: the present value and those of the grid."""
    values = GRIDS[method][name]
    if values == "divisors":
        layers = getattr(model, "hidden_layer_sizes", None) or model.hidden_size
        values = group_sizes(gcd(*np.atleast_1d(layers).tolist()))
    return [present, *(value for value in values if value != present)]


def as_trial(cell, parameters):
    """Return the cell on validation data, with these parameters."""
    return Cell(
        cell.table, cell.setting, cell.method, cell.seed, parameters, True, quick=cell.quick
    )


def validation_score(cells, path):
    """Return the mean accuracy of cells; those that failed count as 0."""
    records = read(path)
    return np.mean([records.get(cell.key(), {"accuracy": 0})["accuracy"] for cell in cells])
