"""Write the results into the page, between the markers of each table."""

from operator import itemgetter

import numpy as np

from benchmarks.common import markdown, write_section
from benchmarks.paper import ablations, plots
from benchmarks.paper.cells import describe, read
from benchmarks.paper.tables import TABLES

NOTHING = ""
PAGE = "paper.md"


class Results:
    """The finished cells of a table that have the present settings.

    Attributes
    ----------
    cells : dict {(setting, method): list of records, one a seed}
    """

    def __init__(self, name, folder):
        self.table = TABLES[name]
        self.cells = {}
        for (setting, method, _, model), record in read(results_path(folder, name)).items():
            if setting not in self.table.settings or method not in self.table.methods:
                continue
            now = self.table.model(setting, method)
            if now is not None and describe(now) == model:
                self.cells.setdefault((setting, method), []).append(record)

    def accuracies(self, settings, method):
        """Return each seed's accuracy, averaged over settings; empty unless all are there."""
        records = [self.cells.get((setting, method), []) for setting in settings]
        common = set.intersection(*({r["seed"] for r in group} for group in records))
        return [
            np.mean([r["accuracy"] for group in records for r in group if r["seed"] == seed])
            for seed in sorted(common)
        ]

    def methods(self, settings=None):
        """Return the methods that have results in any of the settings, in order."""
        there = {m for setting, m in self.cells if settings is None or setting in settings}
        return [method for method in self.table.methods if method in there]

    def seeds(self):
        """Return the smallest and the largest number of seeds of a cell."""
        counts = [len(records) for records in self.cells.values()]
        return min(counts), max(counts)


def results_path(folder, name):
    """Return the file that holds the results of a table."""
    return folder / f"paper-{name}.jsonl"


def report(names, folder, docs):
    """Write the sections of these tables, and that of the costs, into docs/paper.md.

    Parameters
    ----------
    names : list of str
    folder : Path
        Where the results are.
    docs : Path
    """
    page = docs / PAGE
    for name in names:
        results = Results(name, folder)
        if not results.cells:
            continue
        if name == "ablations":
            plots.ablations(results, docs / "paper-ablations.svg")
            write_section(page, "ablations", "![Accuracy in every ablation](paper-ablations.svg)")
            for parameter in ablations.VALUES:
                settings = [s for s in ablations.SETTINGS if ablations.parse(s)[0] == parameter]
                write_section(page, f"ablations: {parameter}", accuracy_table(results, settings))
            continue
        section = accuracy_table(results, results.table.settings)
        if results.table.curve:
            plots.curves(results, docs / f"paper-{name}.svg")
            section += f"\n\n![Test accuracy over width](paper-{name}.svg)"
        write_section(page, name, section)
    write_section(page, "cost", costs(folder))


def accuracy_table(results, settings):
    """Return the table of accuracies, beside the paper's."""
    published, methods = results.table.published, results.methods(settings)
    rows = [
        [setting]
        + [percent([column[setting]] if setting in column else []) for column in published.values()]
        + [percent(results.accuracies([setting], method)) for method in methods]
        for setting in settings
    ]
    for label, members in results.table.means.items():
        rows.append(
            [f"**{label}**"]
            + [percent([np.mean([column[s] for s in members])]) for column in published.values()]
            + [percent(results.accuracies(members, method)) for method in methods]
        )
    fewest, most = results.seeds()
    seeds = fewest if fewest == most else f"{fewest} to {most}"
    caption = f"Test accuracy in percent, mean ± standard deviation over {seeds} seeds."
    return f"{caption}\n\n{markdown(['', *published, *methods], rows)}"


def percent(values):
    """Return mean ± standard deviation, the mean alone of a single value."""
    if not values:
        return NOTHING
    mean = f"{np.mean(values):.1f}"
    return mean if len(values) == 1 else f"{mean} ± {np.std(values, ddof=1):.1f}"


def costs(folder):
    """Return a table of seconds and memory for each table that has results."""
    sections = []
    for name in TABLES:
        results = Results(name, folder)
        if name == "ablations" or not results.cells:
            continue
        rows = [
            [setting, *(cost(results, setting, method) for method in results.methods())]
            for setting in results.table.settings
        ]
        sections.append(f"### Cost: {name}\n\n{markdown(['', *results.methods()], rows)}")
    return "\n\n".join(sections)


def cost(results, setting, method):
    """Return the seconds and the memory of one method in one setting, those of its fastest run."""
    records = results.cells.get((setting, method))
    if not records:
        return NOTHING
    fastest = min(records, key=itemgetter("seconds"))
    return f"{fastest['seconds']:.3g} s, {fastest['peak_mb']} MB"
