"""C that learns against Python, row by row: python tests/trained.py [models] [rows] [--seed]."""

import argparse
import itertools
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import exported
import numpy as np

from bepsk import BEPMLPClassifier
from bepsk.encoders import RandomProjectionEncoder, ThermometerEncoder
from bepsk.export import dump_weights, load_weights, to_c

RUNNER = Path(__file__).with_name("trained.c")
WIDTHS = [1, 31, 32, 33, 64, 100, 260]


def random_model(number, seed=0):
    """Return a fitted classifier and the input type to export it for."""
    rng = np.random.default_rng([seed, number])
    X, y, kind = exported.table(rng, rng.choice(["uint8", "int8", "int16"]))
    encoder = [
        ThermometerEncoder(int(rng.integers(1, 40))),
        RandomProjectionEncoder(int(rng.integers(1, 200)), random_state=0),
        RandomProjectionEncoder(int(rng.integers(16, 64)), random_state=0),
        "binary",
    ][number % 4]
    if encoder == "binary":
        X, kind = np.sign(X) > 0, "int8"
    clf = BEPMLPClassifier(
        rng.choice(WIDTHS, rng.integers(1, 4)).tolist(),
        encoder=encoder,
        max_iter=3,
        random_state=number,
        margin=float(rng.choice([0.3, 0.5, 1.0])),
        centering=bool(number % 5),
        weight_bits=int([8, 16, 8, 16, 9][number % 5]),
        online=True,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return clf.fit(X, y), kind


def train(model, X, labels, command, *flags):
    """Return the classes that the C predicts before it learns, and its state after each row."""
    n_bytes = int(model.header.split("_N_BYTES ")[1].split()[0])
    defines = [f"-DN_FEATURES={X.shape[1]}", f"-DN_BYTES={n_bytes}", f"-DMODEL={model.name}"]
    language = ["-x", "c++"] if "++" in command[0] else ["-x", "c"]
    with tempfile.TemporaryDirectory() as folder:
        model.write(folder)
        program = f"{folder}/program"
        flags = [*exported.STRICT, "-pedantic", "-DBEPSK_SELF_TEST", *flags, *defines]
        sources = [f'-DHEADER="{model.name}.h"', f"-I{folder}", f"{folder}/{model.name}.c"]
        compile_ = [*command, *flags, *language, *sources, str(RUNNER), "-o", program]
        subprocess.run(compile_, check=True)
        rows = [np.int32(c).tobytes() + x.tobytes() for x, c in zip(X, labels, strict=True)]
        done = subprocess.run([program], input=b"".join(rows), capture_output=True, check=True)
    answers = np.frombuffer(done.stdout, np.uint8).reshape(len(X), 4 + n_bytes)
    return answers[:, :4].copy().view(np.int32)[:, 0], answers[:, 4:]


def task(clf, kind, n_rows, seed=0):
    """Return a classifier in C, rows for it to learn from, and the numbers of their classes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = to_c(clf, name="learner", input_type=kind, trainable=True)
    X = exported.random_rows(model, n_rows, seed)
    return model, X, np.random.default_rng(seed).integers(len(clf.classes_), size=n_rows)


def count_differences(clf, kind, n_rows, command, flags, seed=0):
    """Return after how many rows the C differs from Python, and how many changed anything.

    The classifier ends up trained on all of them.
    """
    model, X, labels = task(clf, kind, n_rows, seed)
    rows = X.astype(np.float64)
    classes, states = train(model, X, labels, command, *flags)
    differ = changed = 0
    before = b""
    for i in range(n_rows):
        predicted = clf.network_.logits(clf.encode(rows[i : i + 1])).argmax()
        clf.partial_fit(rows[i : i + 1], clf.classes_[labels[i : i + 1]])
        now = dump_weights(clf)
        differ += now != states[i].tobytes() or predicted != classes[i]
        changed += now != before
        before = now
    loaded = load_weights(clf, states[n_rows // 2].tobytes())
    loaded.partial_fit(rows[n_rows // 2 + 1 :], clf.classes_[labels[n_rows // 2 + 1 :]])
    differ += dump_weights(loaded) != before
    return int(differ), changed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", type=int, nargs="?", default=20)
    parser.add_argument("rows", type=int, nargs="?", default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    ways = itertools.cycle(itertools.product(exported.compilers(), ["-O0", "-Os", "-O2"]))
    total = 0
    for number, (command, level) in zip(range(options.models), ways, strict=False):
        clf, kind = random_model(number, options.seed)
        flags = [level, *exported.SANITIZED]
        differ, changed = count_differences(clf, kind, options.rows, command, flags)
        print(
            f"{number} {clf.hidden_layer_sizes} {clf.weight_bits} bits",
            f"{' '.join(command)} {level}: {differ} differences, {changed} rows learned from",
            flush=True,
        )
        total += differ
    print(f"{options.models} models, {options.rows} rows each: {total} differences")
    return int(total > 0)


if __name__ == "__main__":
    sys.exit(main())
