"""Accuracy on the paper's data and on tables: `python -m benchmarks.accuracy NAME`.

Settings come from a validation split (`--search`) or are the defaults; the test set is used
once, for the figures printed here.
"""

import argparse
import itertools
import time
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedKFold, cross_val_score, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.data import load_images, random_prototypes, tabular
from bepsk import BEPMLPClassifier
from bepsk.encoders import LocalPatchEncoder, ThermometerEncoder

SEEDS = (0, 1, 2)
SEARCH_DRAW = 100
"""The draw of Random Prototypes on which settings are searched; no figure comes from it."""

PROTOTYPES = {
    525: {
        "margin": 0.75,
        "reinforcement": 2.0,
        "group_size": 35,
        "group_patience": None,
        "batch_size": 500,
        "early_stopping": True,
    },
    35: {
        "margin": 0.5,
        "reinforcement": 2.0,
        "group_size": 7,
        "group_patience": 5,
        "batch_size": 100,
    },
}
"""Chosen on validation splits of draws from SEARCH_DRAW on, for two hidden layers of this
width, by runs like `--search` and single variations around them. With early stopping all 50
epochs run, then the weights that did best on a tenth of the training samples are kept."""
GRID = {
    "margin": [0.5, 0.75],
    "reinforcement": [1.0, 2.0, 3.0],
    "batch_size": [100, 500],
    "group_size": [5, 7, 35],
}


def prototypes(width, seed):
    """Return the classifier and the data of Random Prototypes."""
    classifier = BEPMLPClassifier(
        (width, width),
        encoder="binary",
        gate=1.0,
        max_iter=50,
        n_iter_no_change=None,
        random_state=seed,
    ).set_params(**PROTOTYPES[width])
    return classifier, random_prototypes(seed)


def fashion(seed):
    """Return the classifier and the data of FashionMNIST with per-pixel medians."""
    classifier = BEPMLPClassifier(
        (525, 525),
        encoder=ThermometerEncoder(n_bits=1),
        margin=0.75,
        group_size=75,
        group_patience=None,
        max_iter=50,
        n_iter_no_change=None,
        random_state=seed,
    )
    return classifier, load_images("fashion_mnist")


def mnist(seed):
    """Return the classifier and the data of MNIST with local patches."""
    classifier = BEPMLPClassifier(
        (1024, 1024),
        encoder=LocalPatchEncoder((28, 28), 4096),
        max_iter=15,
        n_iter_no_change=None,
        random_state=seed,
    )
    return classifier, load_images("mnist")


EXPERIMENTS = {
    "prototypes-525": lambda seed: prototypes(525, seed),
    "prototypes-35": lambda seed: prototypes(35, seed),
    "fashion": fashion,
    "mnist": mnist,
}


def run(name):
    """Print the test accuracy of an experiment for each seed, and their mean."""
    scores = []
    for seed in SEEDS:
        classifier, (X, y, X_test, y_test) = EXPERIMENTS[name](seed)
        start = time.perf_counter()
        classifier.set_params(n_jobs=-1).fit(X, y)
        seconds = time.perf_counter() - start
        scores.append(100 * classifier.score(X_test, y_test))
        print(f"{name} seed {seed}: {scores[-1]:.2f} %, {seconds:.0f} s", flush=True)
    print(f"{name}: mean {np.mean(scores):.2f} %, standard deviation {np.std(scores):.2f}")


def search(width):
    """Print the validation accuracy of every setting in GRID, best last."""
    X, y, _, _ = random_prototypes(SEARCH_DRAW)
    X, X_val, y, y_val = train_test_split(X, y, test_size=4000, random_state=0)
    results = []
    for values in itertools.product(*GRID.values()):
        settings = dict(zip(GRID, values, strict=True))
        classifier, _ = prototypes(width, 0)
        classifier.set_params(**settings, n_jobs=-1).fit(X, y)
        results.append((100 * classifier.score(X_val, y_val), str(settings)))
        print(*results[-1], flush=True)
    print("best:", *max(results))


def compare_tabular():
    """Print 5-fold accuracies of the defaults beside MLPClassifier((512, 512)), scaled data."""
    models = {
        "BEPMLPClassifier": BEPMLPClassifier(),
        "MLPClassifier": make_pipeline(StandardScaler(), MLPClassifier((512, 512))),
    }
    means = {}
    for name, (X, y) in tabular().items():
        for label, model in models.items():
            scores = []
            for seed in SEEDS:
                for parameter in model.get_params():
                    if parameter.endswith("random_state"):
                        model.set_params(**{parameter: seed})
                folds = StratifiedKFold(5, shuffle=True, random_state=seed)
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", ConvergenceWarning)
                    scores += list(100 * cross_val_score(model, X, y, cv=folds, n_jobs=-1))
            means.setdefault(label, []).append(np.mean(scores))
        ours, theirs = (means[label][-1] for label in models)
        print(f"{name:<20}{ours:8.2f}{theirs:8.2f}{ours - theirs:+8.2f}", flush=True)
    ours, theirs = (np.mean(means[label]) for label in models)
    print(f"{'mean':<20}{ours:8.2f}{theirs:8.2f}{ours - theirs:+8.2f}")


def main():
    """Run what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("name", choices=[*EXPERIMENTS, "tabular"])
    parser.add_argument("--search", action="store_true", help="search prototypes settings")
    arguments = parser.parse_args()
    if arguments.name == "tabular":
        compare_tabular()
    elif arguments.search:
        search(int(arguments.name.removeprefix("prototypes-")))
    else:
        run(arguments.name)


if __name__ == "__main__":
    main()
