"""Training and test samples of each setting.

All functions take (setting, method, seed, validation) and yield X, y, X_test, y_test. With
`validation` both parts come from training data, or from draws that no figure comes from.
"""

from sklearn.datasets import make_circles, make_classification
from sklearn.model_selection import StratifiedKFold, train_test_split

from benchmarks import data

SEARCH_DRAW = 100
"""The first draw of Random Prototypes on which settings are searched."""
CIRCLES = {"noise": 0.1, "factor": 0.7, "random_state": 0}
TWELVE = {"n_features": 12, "n_informative": 6, "n_classes": 3, "random_state": 0}
TABULAR = {
    **data.tabular(),
    "circles": make_circles(1000, **CIRCLES),
    "classification_12": make_classification(2000, **TWELVE),
}
HELD_OUT = 1 / 6


def prototypes(setting, method, seed, validation):
    """Draw Random Prototypes, new ones for each seed."""
    yield data.random_prototypes(seed + SEARCH_DRAW * validation)


def images(name):
    """Return the function that yields images, with their own test set."""

    def split(setting, method, seed, validation):
        X, y, X_test, y_test = data.load_images(name)
        if validation:
            X, X_test, y, y_test = hold_out(X, y, seed)
        yield X, y, X_test, y_test

    return split


def series(setting, method, seed, validation):
    """Yield three folds of training and test series merged, as the paper does."""
    yield from cross_validation(*data.load_series(setting), 3, seed, validation)


def tables(setting, method, seed, validation):
    """Yield five folds of a table."""
    yield from cross_validation(*TABULAR[setting], 5, seed, validation)


def cross_validation(X, y, n_folds, seed, validation):
    """Yield folds; with `validation` of each fold's training part alone."""
    for train, test in StratifiedKFold(n_folds, shuffle=True, random_state=seed).split(y, y):
        if validation:
            X_train, X_test, y_train, y_test = hold_out(X[train], y[train], seed)
            yield X_train, y_train, X_test, y_test
        else:
            yield X[train], y[train], X[test], y[test]


def hold_out(X, y, seed):
    """Split off a sixth of the samples."""
    return train_test_split(X, y, test_size=HELD_OUT, stratify=y, random_state=seed)
