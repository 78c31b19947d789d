"""Speed and memory, side by side with peers: `python -m benchmarks.speed TABLE`.

Each command writes benchmarks/results/speed-TABLE.json and its table in docs/speed.md; peers
that are not installed are left out. --quick tries everything on tiny sizes and writes nothing.
"""

import argparse

from benchmarks.speed import (
    busy,
    memory,
    predict,
    product,
    recurrent,
    report,
    rules,
    scaling,
    training,
)

TABLES = {
    "product": product.measure,
    "training": training.measure,
    "recurrent": recurrent.measure,
    "rules": rules.measure,
    "predict": predict.measure,
    "busy": busy.measure,
    "scaling": scaling.measure,
    "memory": memory.measure,
}


def main():
    """Run what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("table", choices=[*TABLES, "all"])
    parser.add_argument("--quick", action="store_true", help="tiny sizes, two runs, no files")
    arguments = parser.parse_args()
    for name in TABLES if arguments.table == "all" else [arguments.table]:
        where = report.environment()
        table = TABLES[name](arguments.quick)
        print(f"{name}\n\n{table.markdown()}\n", flush=True)
        if not arguments.quick:
            report.write(name, table, where)


if __name__ == "__main__":
    main()
