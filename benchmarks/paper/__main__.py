"""Reproduce a table of the paper: `python -m benchmarks.paper TABLE`.

Each finished cell (a method in a setting with a seed) is a line of
benchmarks/results/paper-TABLE.jsonl, and is not run again. Then the section of the table in
docs/paper.md is written anew. `report` only writes, `cost` only the section of costs.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.common import DOCS, RESULTS
from benchmarks.paper.cells import cells_of, runnable
from benchmarks.paper.report import PAGE, report, results_path
from benchmarks.paper.runner import run
from benchmarks.paper.search import search
from benchmarks.paper.tables import TABLES

QUICK_SETTINGS = 2


def parse_arguments():
    """Return what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paper", description=__doc__)
    parser.add_argument("table", choices=[*TABLES, "cost", "report"])
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="seeds 0 .. N-1")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes at once")
    parser.add_argument("--methods", nargs="+", metavar="METHOD", help="these columns alone")
    parser.add_argument("--settings", nargs="+", metavar="SETTING", help="these rows alone")
    parser.add_argument(
        "--search",
        type=int,
        metavar="N",
        help="choose the best of N settings on validation data and write it to settings.json",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="a smoke test of few samples, epochs and rows; its results go to a temporary folder",
    )
    arguments = parser.parse_args()
    if arguments.table in TABLES:
        table = TABLES[arguments.table]
        for kind in ("methods", "settings"):
            unknown = set(getattr(arguments, kind) or []) - set(getattr(table, kind))
            if unknown:
                parser.error(f"{kind} are {', '.join(getattr(table, kind))}; not {unknown}")
    return arguments


def main():
    """Run cells as the command line says, then write the page; return the exit status."""
    arguments = parse_arguments()
    results, docs = RESULTS, DOCS
    if arguments.table in ("cost", "report"):
        report(list(TABLES) if arguments.table == "report" else [], results, docs)
        return 0
    name, settings = arguments.table, arguments.settings
    if arguments.quick:
        folder = Path(tempfile.mkdtemp(prefix="bepsk-paper-"))
        shutil.copy(docs / PAGE, folder)
        results = docs = folder
        settings = settings or TABLES[name].settings[:QUICK_SETTINGS]
        print(f"Results and page are in {folder}.")
    cells = cells_of(
        name,
        methods=arguments.methods,
        settings=settings,
        seeds=range(arguments.seeds),
        quick=arguments.quick,
    )
    cells = runnable(cells)
    if arguments.search:
        path = results / f"search-{name}.jsonl"
        return 1 if search(cells, path, arguments.jobs, arguments.search) else 0
    n_failed = run(cells, results_path(results, name), arguments.jobs)
    report([name], results, docs)
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
