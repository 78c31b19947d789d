"""Cells, the smallest pieces of a table, and the files their results are kept in."""

import json
from dataclasses import dataclass, field
from importlib.util import find_spec

from benchmarks.paper.tables import REQUIRES, TABLES


@dataclass(frozen=True)
class Cell:
    """One method in one setting of one table, with one seed.

    Attributes
    ----------
    table, setting, method : str
    seed : int
    overrides : dict
        Parameters that a search tries.
    validation : bool
        Whether to test on validation samples.
    quick : bool
        Whether to take few samples and epochs: nothing but a smoke test.
    """

    table: str
    setting: str
    method: str
    seed: int
    overrides: dict = field(default_factory=dict)
    validation: bool = False
    quick: bool = False

    def model(self):
        """Return the estimator, without a seed."""
        model = TABLES[self.table].model(self.setting, self.method)
        return set_everywhere(model, **self.overrides)

    def key(self):
        """Return what a finished cell is known by; other settings make another cell."""
        return self.setting, self.method, self.seed, describe(self.model())


def cells_of(name, *, methods=None, settings=None, seeds, quick=False):
    """Return the cells of a table, all of one seed before the next."""
    table = TABLES[name]
    return [
        Cell(name, setting, method, seed, quick=quick)
        for seed in seeds
        for setting in table.settings
        if settings is None or setting in settings
        for method in table.methods
        if methods is None or method in methods
        if table.model(setting, method) is not None
    ]


def runnable(cells):
    """Return the cells whose method is installed; say which methods are not."""
    missing = {
        c.method for c in cells if c.method in REQUIRES and not find_spec(REQUIRES[c.method])
    }
    for method in sorted(missing):
        print(f"{method} is skipped: {REQUIRES[method]} is not installed.")
    return [cell for cell in cells if cell.method not in missing]


def set_everywhere(model, **values):
    """Set each parameter of these names, in the estimator and in its parts; return the model."""
    for name in model.get_params():
        last = name.split("__")[-1]
        if last in values:
            model.set_params(**{name: values[last]})
    return model


def describe(model):
    """Return the estimator with all parameters that are not defaults, in one line."""
    return " ".join(model.__repr__(N_CHAR_MAX=10**6).split())


def read(path):
    """Return the records of finished cells; the last one counts where there are several."""
    if not path.exists():
        return {}
    records = map(json.loads, path.read_text().splitlines())
    return {
        (record["setting"], record["method"], record["seed"], record["model"]): record
        for record in records
    }
