"""Tune what the recurrent network sees: a Pipeline in GridSearchCV."""

import numpy as np
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from bepsk import BEPRNNClassifier

LENGTH = 120
EVENT = 40


def draw_series(n_samples, rng):
    """A slow oscillation; somewhere in the last 40 time steps it speeds up or slows down."""
    y = rng.integers(0, 2, size=n_samples)
    speed = np.full((n_samples, LENGTH), 0.3)
    change = rng.integers(LENGTH - EVENT, LENGTH - 20, size=(n_samples, 1))
    speed += (np.arange(LENGTH) >= change) * np.where(y, 0.1, -0.1)[:, np.newaxis]
    phase = rng.uniform(0, 2 * np.pi, size=(n_samples, 1)) + speed.cumsum(axis=1)
    return np.sin(phase) + rng.normal(0, 0.5, size=speed.shape), np.array(["slower", "faster"])[y]


def keep_last(X, k):
    """Keep the last k time steps. A named function, unlike a lambda, can be pickled."""
    return X[:, -k:]


def main():
    """Search a small grid and score the winner on series it has not seen."""
    X, y = draw_series(600, np.random.default_rng(0))
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

    search = GridSearchCV(
        make_pipeline(
            FunctionTransformer(keep_last), BEPRNNClassifier(max_iter=30, random_state=0)
        ),
        {
            "functiontransformer__kw_args": [{"k": EVENT}, {"k": LENGTH}],
            "beprnnclassifier__hidden_size": [64, 128],
            "beprnnclassifier__n_steps": [4, 8],
        },
        cv=3,
    ).fit(X_train, y_train)

    results = search.cv_results_
    print("accuracy  parameters")
    for score, parameters in zip(results["mean_test_score"], results["params"], strict=True):
        short = {name.split("__")[-1]: value for name, value in parameters.items()}
        window = short.pop("kw_args")
        print(f"{score:8.3f}  {window | short}")
    print(f"best on the test set: {search.score(X_test, y_test):.3f}")


if __name__ == "__main__":
    main()
