"""Predict numbers, and look at what the thermometer of the last layer does."""

import numpy as np
from sklearn.datasets import make_friedman1
from sklearn.model_selection import GridSearchCV, train_test_split

from bepsk import BEPMLPRegressor


def main():
    """Tune a regressor, predict, and read one prediction bit by bit."""
    X, y = make_friedman1(800, noise=1.0, random_state=0)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    grid = {"encoder": ["sparse", "projection"], "epsilon": [0.02, 0.1]}
    search = GridSearchCV(BEPMLPRegressor((256, 256), random_state=0), grid, cv=3)
    reg = search.fit(X_train, y_train).best_estimator_
    print(f"{search.best_params_}: R2 {reg.score(X_test, y_test):.3f}")

    bits = reg.network_.logits(reg.encode(X_test[:1]))
    up = np.unpackbits(bits.view(np.uint8), bitorder="little")[: len(reg.thresholds_)]
    below = reg.thresholds_[up == 1]
    above = reg.thresholds_[up == 0]
    print(f"{len(below)} bits up, thresholds to {below.max():.1f}; others from {above.min():.1f}")
    print(f"predicted {reg.offset_ + reg.scale_ * (up @ reg.widths_):.1f}, true {y_test[0]:.1f}")


if __name__ == "__main__":
    main()
