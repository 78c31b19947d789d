"""Accuracy of the recurrent network: `python -m benchmarks.series NAME`.

`ucr` takes one set of defaults for all sets, 3-fold cross-validation on training and test data
merged, as the paper's Table 1. The settings of `smnist` come from validation splits of the
training set; the test set is used for the figures printed here.
"""

import argparse

import numpy as np
from joblib import Parallel, delayed
from sklearn.model_selection import StratifiedKFold

from benchmarks.data import copy_first_bit, load_images, load_series
from bepsk import BEPRNNClassifier

SEEDS = (0, 1, 2)
PAPER = {
    "ItalyPowerDemand": 94.65,
    "SmoothSubspace": 89.00,
    "ERing": 82.44,
    "SonyAIBORobotSurface1": 75.68,
    "DistalPhalanxOutlineAgeGroup": 79.78,
    "ECGFiveDays": 81.79,
    "Earthquakes": 80.34,
    "GunPointAgeSpan": 86.18,
    "InsectEPGRegularTrain": 99.14,
    "JapaneseVowels": 95.47,
    "ProximalPhalanxOutlineAgeGroup": 82.64,
    "ProximalPhalanxOutlineCorrect": 78.26,
    "MelbournePedestrian": 73.03,
    "ECG5000": 91.40,
    "Wafer": 95.92,
    "FreezerSmallTrain": 78.16,
    "PenDigits": 97.13,
}
"""BEP in Table 1 of the paper."""


def cross_validate(name, seed):
    """Return the mean accuracy of the defaults over three folds, in percent."""
    X, y = load_series(name)
    folds = StratifiedKFold(3, shuffle=True, random_state=seed).split(y, y)
    scores = []
    for train, test in folds:
        classifier = BEPRNNClassifier(random_state=seed).fit(X[train], y[train])
        scores.append(100 * classifier.score(X[test], y[test]))
    return np.mean(scores)


def compare_ucr():
    """Print the table of all sets beside the paper's."""
    tasks = [(name, seed) for name in PAPER for seed in SEEDS]
    scores = Parallel(n_jobs=-1)(delayed(cross_validate)(*task) for task in tasks)
    means = dict(zip(PAPER, np.reshape(scores, (len(PAPER), -1)).mean(axis=1), strict=True))
    for name, mean in means.items():
        print(f"{name:<32}{mean:8.2f}{PAPER[name]:8.2f}{mean - PAPER[name]:+8.2f}")
    ours, paper = np.mean(list(means.values())), np.mean(list(PAPER.values()))
    below = sum(mean < PAPER[name] for name, mean in means.items())
    print(f"{'mean':<32}{ours:8.2f}{paper:8.2f}{ours - paper:+8.2f}, {below} below the paper")


SMNIST = {
    28: {"overlap": 3, "gate": 0.1, "batch_size": 20, "reinforcement": 1.0, "max_iter": 12},
    8: {"max_iter": 12},
}
"""Settings for so many steps besides the defaults and 1024 state neurons."""


def sequential_mnist(n_steps):
    """Print the test accuracy on images read in so many steps, for each seed, and the mean."""
    X, y, X_test, y_test = load_images("mnist")
    scores = []
    for seed in SEEDS:
        classifier = BEPRNNClassifier(
            1024, n_steps=n_steps, n_iter_no_change=None, random_state=seed, n_jobs=-1
        ).set_params(**SMNIST[n_steps])
        classifier.fit(X, y)
        scores.append(100 * classifier.score(X_test, y_test))
        print(f"S-MNIST {n_steps} steps, seed {seed}: {scores[-1]:.2f} %", flush=True)
    print(f"S-MNIST {n_steps} steps: mean {np.mean(scores):.2f} %, sd {np.std(scores):.2f}")


COPY = {
    "hidden_size": 64,
    "n_steps": "raw",
    "encoder": "binary",
    "gate": 0.2,
    "inertia": 0.9,
    "place_code": True,
    "batch_size": 20,
    "n_iter_no_change": None,
}


def copy_task():
    """Print the accuracy on 1000 new series of bits whose label is the first bit."""
    for n_steps in (8, 16, 32, 64):
        X, y = copy_first_bit(n_steps, 4000, seed=0)
        X_test, y_test = copy_first_bit(n_steps, 1000, seed=1)
        scores = [
            100 * BEPRNNClassifier(**COPY, random_state=seed).fit(X, y).score(X_test, y_test)
            for seed in SEEDS
        ]
        print(f"copy the first bit, {n_steps} steps:", *np.round(scores, 1), flush=True)


def main():
    """Run what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.series", description=__doc__)
    parser.add_argument("name", choices=["ucr", "smnist-28", "smnist-8", "copy"])
    name = parser.parse_args().name
    if name == "ucr":
        compare_ucr()
    elif name == "copy":
        copy_task()
    else:
        sequential_mnist(int(name.removeprefix("smnist-")))


if __name__ == "__main__":
    main()
