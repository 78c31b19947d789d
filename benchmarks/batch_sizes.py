"""What a larger batch does to accuracy: `python -m benchmarks.batch_sizes`.

FashionMNIST at its median bits, 525-525, the default rule, the same number of epochs for all:
fitted on 50,000 of the training samples and scored on the other 10,000.
"""

import argparse
import json

import numpy as np
from sklearn.model_selection import train_test_split

from benchmarks.common import RESULTS
from benchmarks.data import load_images
from bepsk import BEPMLPClassifier, __version__
from bepsk.encoders import ThermometerEncoder

BATCH_SIZES = [50, 100, 200, 500, 1000, 2000, 5000]


def accuracy(batch_size, epochs, seed):
    """Return the validation accuracy of a fit."""
    X, y = load_images("fashion_mnist")[:2]
    X, X_val, y, y_val = train_test_split(X, y, test_size=10_000, stratify=y, random_state=seed)
    clf = BEPMLPClassifier(
        (525, 525),
        encoder=ThermometerEncoder(n_bits=1),
        batch_size=batch_size,
        max_iter=epochs,
        n_iter_no_change=None,
        random_state=seed,
    )
    return clf.fit(X, y).score(X_val, y_val)


def main():
    """Write benchmarks/results/batch-sizes.json, and print its table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batch_sizes", description=__doc__)
    parser.add_argument("--epochs", type=int, nargs="+", default=[10, 30])
    parser.add_argument("--seeds", type=int, default=2)
    arguments = parser.parse_args()
    records = []
    for batch_size in BATCH_SIZES:
        cells = [f"{batch_size:,}"]
        for epochs in arguments.epochs:
            scores = [accuracy(batch_size, epochs, seed) for seed in range(arguments.seeds)]
            records.append({"batch_size": batch_size, "epochs": epochs, "scores": scores})
            cells.append(f"{100 * np.mean(scores):.1f} %")
        print("|", " | ".join(cells), "|", flush=True)
    text = json.dumps({"bepsk": __version__, "fits": records}, indent=1) + "\n"
    (RESULTS / "batch-sizes.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
