"""bepsk beside three methods of scikit-learn on tables: `python -m benchmarks.tables`.

Each method on each table with each seed is a line of benchmarks/results/tables.jsonl, and is not
run again. Then docs/tables.md is written anew.
"""

import argparse
import json
import tempfile
import warnings
from pathlib import Path

from sklearn.exceptions import ConvergenceWarning

from benchmarks.common import RESULTS
from benchmarks.paper.cells import describe
from benchmarks.tables.measure import METHODS, measure
from benchmarks.tables.report import read, report, summary
from benchmarks.tables.sets import MADE, REAL


def parse_arguments():
    """Return what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tables", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="seeds 0 .. N-1")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--tables", nargs="+", choices=REAL + MADE, default=REAL + MADE)
    parser.add_argument(
        "--quick", action="store_true", help="300 rows per table, one seed, no files kept"
    )
    return parser.parse_args()


def main():
    """Run what is missing, then write the page."""
    arguments = parse_arguments()
    path, options, n_seeds = RESULTS / "tables.jsonl", {}, arguments.seeds
    if arguments.quick:
        path = Path(tempfile.mkdtemp(prefix="bepsk-tables-"), "tables.jsonl")
        options, n_seeds = {"most_rows": 300}, 1
    warnings.simplefilter("ignore", ConvergenceWarning)
    for seed in range(n_seeds):
        for name in arguments.tables:
            for method in arguments.methods:
                if (name, method, seed, describe(METHODS[method])) in read(path):
                    continue
                record = measure(name, method, seed, **options)
                with path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(record) + "\n")
                print(seed, name, method, f"{record['accuracy']:.1f}", flush=True)
    print(summary(read(path)))
    if not arguments.quick:
        report(read(path))


if __name__ == "__main__":
    main()
