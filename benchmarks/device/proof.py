"""Exported models against Python: python -m benchmarks.device.proof.

Random models predict, and random models learn, here under the sanitizers and on emulated boards;
printed is how often any of them differs from Python. `--quick` takes few models and rows.
"""

import argparse
import itertools
import sys
from pathlib import Path

import numpy as np

from benchmarks.device import learning
from benchmarks.device.emulator import BOARDS, hash_of, measure, missing_tools
from bepsk.export import dump_weights

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

import exported
import trained


def ways():
    """Yield compilers and flags for ever."""
    for command, level in itertools.cycle(itertools.product(exported.compilers(), LEVELS)):
        yield command, [level, *exported.SANITIZED]


LEVELS = ["-O0", "-Os", "-O2"]


def predict(number, n_rows, command, flags, boards):
    """Return how many rows a random model answers otherwise than Python, and which boards."""
    estimator, input_type = exported.random_model(number)
    differ = exported.count_differences(estimator, input_type, n_rows, command, flags)
    model, X, logits = exported.task(estimator, input_type, n_rows)
    n_logits = logits.shape[1]
    if "exported_sum" in model.header:
        logits = logits.astype(np.int64).view(np.int16)
    n_steps = exported.N_STEPS if "exported_step" in model.header else None
    options = {"n_steps": n_steps, "level": "-O2", "roomy": True}
    found = [measure(model, X, n_logits, board, **options).hash for board in boards]
    return differ, sum(answer != hash_of(logits) for answer in found)


def learn(number, n_rows, command, flags, boards):
    """Return after how many rows a random model differs from Python, and which boards."""
    clf, kind = trained.random_model(number)
    model, X, labels = trained.task(clf, kind, n_rows)
    differ, _ = trained.count_differences(clf, kind, n_rows, command, flags)
    expected = hash_of(list(dump_weights(clf)))
    found = [learning.measure(model, X, labels, board).hash for board in boards]
    return differ, sum(state != expected for state in found)


def prove(what, n_models, n_rows, boards):
    """Print and return how many differences there are."""
    total = 0
    for number, way in zip(range(n_models), ways(), strict=False):
        here, there = what(number, n_rows, *way, boards)
        total += here + there
        if here or there:
            print(f"{what.__name__}, model {number}: {here} rows here, {there} boards differ")
    places = ", ".join(["here", *boards])
    task = f"{what.__name__}: {n_models} models, {n_rows:,} rows each, {places}"
    print(f"{task}: {total} differences", flush=True)
    return total


def main():
    """Print all; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.device.proof", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    if not exported.compilers():
        print("nothing proved: no C compiler found")
        return 0
    boards = list(BOARDS)
    if missing_tools():
        print("not on emulated boards:", *missing_tools(), "not found")
        boards = []
    n_kinds = len(exported.MAKERS)
    different = prove(predict, *((n_kinds, 100) if quick else (30, 10_000)), boards[-1:])
    different += prove(learn, *((4, 50) if quick else (20, 2_000)), boards)
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main())
