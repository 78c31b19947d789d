"""Reproduce a table of the paper: `python -m benchmarks.paper TABLE`.

Each finished cell (a method in a setting with a seed) is a line of
benchmarks/results/paper-TABLE.jsonl, and is not run again, unless by --force. It is called stale if
bepsk has changed since. Then the page with the section of the table is written into a temporary
folder, or by --write into docs/paper.md. `report` only writes, `cost` only the section of costs.
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
    parser.add_argument(
        "--settings", nargs="+", metavar="SETTING", help="these rows alone, such as 2x35"
    )
    parser.add_argument("--force", action="store_true", help="run finished cells again")
    parser.add_argument(
        "--search",
        type=int,
        metavar="N",
        help="choose the best of N settings on validation data and write it to settings.json",
    )
    kept = parser.add_mutually_exclusive_group()
    kept.add_argument("--write", action="store_true", help="write the page in docs")
    kept.add_argument(
        "--quick",
        action="store_true",
        help="a smoke test of few samples, epochs and rows; its results go to a temporary folder",
    )
    arguments = parser.parse_args()
    for kind in ("methods", "settings"):
        asked = getattr(arguments, kind)
        if arguments.table in TABLES and asked:
            there = {without_spaces(name): name for name in getattr(TABLES[arguments.table], kind)}
            unknown = [name for name in asked if without_spaces(name) not in there]
            if unknown:
                parser.error(f"{kind} are {', '.join(there.values())}; not {', '.join(unknown)}")
            setattr(arguments, kind, [there[without_spaces(name)] for name in asked])
    return arguments


def without_spaces(name):
    """Return a name as it may also be typed."""
    return name.replace(" ", "")


def main():
    """Run cells as the command line says, then write the page; return the exit status."""
    arguments = parse_arguments()
    results, docs = folders(arguments)
    if arguments.table in ("cost", "report"):
        tell(list(TABLES) if arguments.table == "report" else [], results, docs)
        return 0
    name, settings = arguments.table, arguments.settings
    if arguments.quick:
        settings = settings or TABLES[name].settings[:QUICK_SETTINGS]
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
    n_failed = run(cells, results_path(results, name), arguments.jobs, force=arguments.force)
    tell([name], results, docs)
    return 1 if n_failed else 0


def folders(arguments):
    """Return where the results are, and where to write the page."""
    scratch = Path(tempfile.mkdtemp(prefix="bepsk-paper-"))
    shutil.copy(DOCS / PAGE, scratch)
    return scratch if arguments.quick else RESULTS, DOCS if arguments.write else scratch


def tell(names, results, docs):
    """Write the sections of tables, and say where."""
    report(names, results, docs)
    print(f"The page is {docs / PAGE}.")


if __name__ == "__main__":
    sys.exit(main())
