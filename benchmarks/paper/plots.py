"""Curves of accuracy. matplotlib is imported where it draws."""

from contextlib import contextmanager

import numpy as np

from benchmarks.paper import ablations as ablated

STYLE = {
    "svg.hashsalt": "bepsk",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
}


def curves(results, path):
    """Draw accuracy over width, a panel for each depth."""
    depths = sorted({setting.split(" x ")[0] for setting in results.table.settings})
    with figure(path, 1, len(depths), width=4.2 * len(depths), height=3.4) as axes:
        for axis, depth in zip(axes, depths, strict=True):
            settings = [s for s in results.table.settings if s.startswith(depth)]
            widths = {s: int(s.split(" x ")[1]) for s in settings}
            for label, column in results.table.published.items():
                points = [(widths[s], column[s]) for s in settings if s in column]
                if points:
                    axis.plot(*zip(*points, strict=True), "k--s", label=label, markersize=4)
            for method in results.methods():
                draw(axis, results, widths, method)
            axis.set_xscale("log")
            axis.set_xticks(list(widths.values()), list(widths.values()), minor=False)
            axis.minorticks_off()
            axis.set(title=f"{depth} hidden layers", xlabel="width", ylabel="test accuracy, %")
        axes[0].legend()


def ablations(results, path):
    """Draw accuracy over each parameter, a panel for each."""
    n_columns = 3
    n_rows = -(-len(ablated.VALUES) // n_columns)
    with figure(path, n_rows, n_columns, width=11, height=3 * n_rows) as axes:
        for axis in axes[len(ablated.VALUES) :]:
            axis.set_axis_off()
        for axis, (name, values) in zip(axes, ablated.VALUES.items(), strict=False):
            places = {f"{name}: {value}": place for place, value in enumerate(values)}
            for data in results.methods():
                draw(axis, results, places, data)
            axis.set_xticks(range(len(values)), list(map(str, values)))
            axis.set(xlabel=name, ylabel="test accuracy, %")
            if axis.get_legend_handles_labels()[0]:
                axis.legend(fontsize=7)


def draw(axis, results, places, method):
    """Draw one method, with standard deviations, at the place of each setting."""
    scores = {place: results.accuracies([s], method) for s, place in places.items()}
    scores = {place: values for place, values in scores.items() if values}
    if not scores:
        return
    means = [np.mean(values) for values in scores.values()]
    spreads = [np.std(values, ddof=1) if len(values) > 1 else 0 for values in scores.values()]
    axis.errorbar(list(scores), means, spreads, label=method, marker="o", markersize=4, capsize=2)


@contextmanager
def figure(path, n_rows, n_columns, *, width, height):
    """Give the axes of a new figure, and save it in the end."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    with mpl.rc_context(STYLE):
        drawn, axes = plt.subplots(
            n_rows, n_columns, figsize=(width, height), layout="constrained", squeeze=False
        )
        yield axes.ravel()
        drawn.savefig(path, metadata={"Date": None})
        plt.close(drawn)
