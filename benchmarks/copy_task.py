"""How far back the recurrent network remembers: `python -m benchmarks.copy_task`.

Series of random bits, whose label is the first bit.
"""

import numpy as np

from bepsk import BEPRNNClassifier

SETTINGS = {
    "hidden_size": 64,
    "n_steps": "raw",
    "encoder": "binary",
    "inertia": 0.9,
    "place_code": True,
    "noise": 0,
}


def draw(n_steps, n_samples, seed):
    """Draw series and labels."""
    X = np.random.default_rng(seed).integers(2, size=(n_samples, n_steps), dtype=np.uint8)
    return X, X[:, 0]


def main():
    """Print the accuracy on 1000 new series for each seed."""
    for n_steps in (8, 16, 32, 64, 128, 250):
        (X, y), (X_test, y_test) = draw(n_steps, 4000, seed=0), draw(n_steps, 1000, seed=1)
        fitted = (BEPRNNClassifier(**SETTINGS, random_state=seed).fit(X, y) for seed in range(3))
        scores = [100 * classifier.score(X_test, y_test) for classifier in fitted]
        print(f"{n_steps} steps:", *np.round(scores, 1), flush=True)


if __name__ == "__main__":
    main()
