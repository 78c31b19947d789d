"""Flash, stack and instructions of exported models on emulated microcontrollers.

`python -m benchmarks.device` prints a table; `--quick` runs fewer rows and one board. It ends with
an error if a board answers anything else than Python.
"""

import argparse
import sys

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from benchmarks.device.emulator import BOARDS, hash_of, measure, missing_tools
from bepsk import BEPMLPClassifier, BEPRNNClassifier
from bepsk.encoders import RandomProjectionEncoder, SparseSumEncoder, ThermometerEncoder
from bepsk.export import to_c

N_STEPS = 8
WIDTHS = {"(64,)": (64,), "(128, 64)": (128, 64)}
ENCODERS = {
    "thermometer, 8 bits per pixel": ThermometerEncoder(8),
    "512 sums of 2 or 3 pixels": SparseSumEncoder(512, max_features=3),
    "512 sparse projections": RandomProjectionEncoder(512, max_features=3),
    "512 projections": RandomProjectionEncoder(512),
}


def digits():
    """Return training and test images, and their labels."""
    X, y = load_digits(return_X_y=True)
    return train_test_split(X, y, stratify=y, random_state=0)


def perceptrons(quick):
    """Yield names, fitted networks, accuracies, C, rows, and their logits."""
    X, X_test, y, y_test = digits()
    rows = X_test[: 20 if quick else 200].astype(np.uint8)
    for widths_name, widths in WIDTHS.items():
        for name, encoder in ENCODERS.items():
            clf = BEPMLPClassifier(widths, encoder=encoder, random_state=0)
            clf.set_params(max_iter=5 if quick else 50).fit(X, y)
            logits = clf.network_.logits(clf.encode(rows.astype(np.float64)))
            model = to_c(clf, name="digits", input_type="uint8")
            yield f"{widths_name}, {name}", model, clf.score(X_test, y_test), rows, logits


def recurrent(quick):
    """Yield the same of a recurrent network that reads images row by row."""
    X, X_test, y, y_test = digits()
    series, series_test = (images.reshape(-1, N_STEPS, 8) for images in (X, X_test))
    clf = BEPRNNClassifier(64, encoder=ThermometerEncoder(8), n_steps="raw", random_state=0)
    clf.set_params(max_iter=5 if quick else 50).fit(series, y)
    rows, logits = X_test[: 4 if quick else 20].reshape(-1, 8).astype(np.uint8), []
    state = None
    for t, row in enumerate(rows):
        state, now = clf.step(row, state if t % N_STEPS else None)
        logits.append(now)
    model = to_c(clf, name="digits", input_type="uint8")
    score = clf.score(series_test, y_test)
    yield "recurrent, 64 states, one step of 8", model, score, rows, np.array(logits)


def main():
    """Print the table; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.device", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--level", default="-O2", help="how to optimise")
    options = parser.parse_args()
    if missing_tools():
        print(f"nothing measured: {', '.join(missing_tools())} not found")
        return 0
    boards = ["Cortex-M4"] if options.quick else list(BOARDS)
    print("| digits | accuracy | flash | stack |", *(f"{board} |" for board in boards))
    print("|---|---|---|---|" + "---|" * len(boards))
    wrong = 0
    for source, n_steps in ((perceptrons, None), (recurrent, N_STEPS)):
        for name, model, score, rows, logits in source(options.quick):
            measured = [
                measure(model, rows, 10, board, n_steps=n_steps, level=options.level)
                for board in boards
            ]
            wrong += sum(of_board.hash != hash_of(logits) for of_board in measured)
            counts = "".join(f" {of_board.instructions:,} |" for of_board in measured)
            sizes = f"{measured[-1].flash / 1024:.2f} KiB | {measured[-1].stack} B"
            print(f"| {name} | {100 * score:.1f} | {sizes} |{counts}", flush=True)
    print(f"\nboards that answer anything else than Python: {wrong}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
