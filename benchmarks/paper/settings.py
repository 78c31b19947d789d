"""What each method is given besides its defaults, and where `--search` looks.

settings.json holds {table: {method: {setting: parameters}}}, a line for each setting. A setting
without a line has that of two layers, if it has three, or else "all". `--search` writes it, from
validation data alone.
"""

import json
from pathlib import Path

PATH = Path(__file__).with_name("settings.json")

ENSEMBLE = "BEP, 10 epochs"
"""The sum of the networks of BEP's last epochs; its settings are those of BEP."""
CONTRASTIVE = "contrastive"
"""BEP's default rule; "BEP" is the paper's."""
SEARCHED = "contrastive, searched"

CONTRASTIVE_GRID = {
    "margin": [0.25, 0.5, 0.75, 1.0],
    "batch_size": [50, 100, 200, 400],
    "annealing": [0.4, 0.6],
    "average": [1, 5, 10],
    "max_iter": [20, 50],
}
BEP = {
    "margin": [0.25, 0.5, 0.6, 0.75, 1.0],
    "reinforcement": [0.1, 0.25, 0.5, 1.0, 2.0, 3.0],
    "group_size": "divisors",
    "group_patience": [None, 3, 5, 10],
    "batch_size": [50, 100, 200, 500],
    "early_stopping": [False, True],
    "annealing": [0, 0.4],
    "gate": [0.05, 0.1, 0.15, 0.2, 1.0],
}
LOCAL_RULE = {name: values for name, values in BEP.items() if name != "gate"}
QAT = {
    "learning_rate": [3e-4, 1e-3, 3e-3, 1e-2, 3e-2],
    "batch_size": [50, 100, 200, 500],
    "max_iter": [5, 10, 20, 50],
}
GRIDS = {
    "BEP": BEP,
    SEARCHED: CONTRASTIVE_GRID,
    "local rule": LOCAL_RULE,
    "local rule, frames": LOCAL_RULE,
    "QAT": QAT,
    "QAT + BN": QAT,
}
"""The values that a search draws from."""


def chosen(table, method, setting):
    """Return the parameters of a method in a setting of a table."""
    method = "BEP" if method == ENSEMBLE else method
    return lines_of(table, method).get(label_of(table, method, setting), {})


def lines_of(table, method):
    """Return the parameters of each setting that a method has a line for."""
    return json.loads(PATH.read_text()).get(table, {}).get(method, {})


def label_of(table, method, setting):
    """Return the name of the line that a setting has or shares, None if there is none."""
    lines = lines_of(table, method)
    of_two_layers = setting.replace("3 x", "2 x")
    return next((label for label in (setting, of_two_layers, "all") if label in lines), None)


def keep(table, method, setting, parameters):
    """Write the parameters of a method in a setting of a table."""
    tables = json.loads(PATH.read_text())
    tables[table].setdefault(method, {})[setting] = parameters
    PATH.write_text(as_json(tables))


def as_json(tables):
    """Return the text of settings.json."""

    def block(items, indent):
        pad = " " * indent
        lines = (f"{pad}{json.dumps(key)}: {value}" for key, value in items)
        return "{\n" + ",\n".join(lines) + "\n" + " " * (indent - 2) + "}"

    methods_of = {
        table: {
            method: block(((s, json.dumps(p)) for s, p in by_setting.items()), 6)
            for method, by_setting in methods.items()
        }
        for table, methods in tables.items()
    }
    return block(((t, block(m.items(), 4)) for t, m in methods_of.items()), 2) + "\n"


def group_sizes(width):
    """Return the group sizes that a search tries: divisors of a width, and a half of it.

    Examples
    --------
    >>> group_sizes(135)
    [5, 9, 15, 27, 45, 68]
    """
    half = -(-width // 2)
    return [size for size in range(5, 76) if width % size == 0 or size == half]
