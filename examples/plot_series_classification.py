"""
Series of unequal length with missing values
============================================

Noisy cylinders, bells and funnels, cut at both ends, with ten values missing in each. The
recurrent network takes them as a list; other classifiers need a padded table.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

from bepsk import BEPMLPClassifier, BEPRNNClassifier

LONGEST = 128
SHAPES = {
    "cylinder": lambda rise: np.ones_like(rise),
    "bell": lambda rise: rise,
    "funnel": lambda rise: 1 - rise,
}


def draw_series(shape, rng):
    """Draw a noisy cylinder, bell or funnel, cut at both ends, with ten values missing."""
    begin = rng.integers(16, 33)
    end = begin + rng.integers(32, 97)
    x = rng.normal(size=LONGEST)
    x[begin:end] += rng.normal(6, 1) * SHAPES[shape](np.linspace(0, 1, end - begin))
    x[rng.choice(LONGEST, 10, replace=False)] = np.nan
    x = x[rng.integers(0, 16) : rng.integers(end, LONGEST + 1)]
    return x[:, np.newaxis]  # (n_timesteps, n_features)


def pad(X):
    """Return the series as a table with 0 for what is missing and after each end."""
    table = np.zeros((len(X), LONGEST))
    for row, x in zip(table, X, strict=True):
        row[: len(x)] = np.nan_to_num(x[:, 0])
    return table


rng = np.random.default_rng(0)
y = np.tile(list(SHAPES), 400)
X = [draw_series(shape, rng) for shape in y]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, stratify=y, random_state=0)
lengths = [len(x) for x in X]
print(f"{len(X)} series of {min(lengths)} to {max(lengths)} time steps, ten values missing")

scores = {}
for n_steps in (4, 8, 16):
    rnn = BEPRNNClassifier(256, n_steps=n_steps, max_iter=30, random_state=0)
    scores[f"BEPRNNClassifier, {n_steps} steps"] = rnn.fit(X_train, y_train).score(X_test, y_test)
for other in (BEPMLPClassifier(random_state=0), KNeighborsClassifier(1)):
    other.fit(pad(X_train), y_train)
    scores[f"{type(other).__name__}, padded"] = other.score(pad(X_test), y_test)
for name, score in scores.items():
    print(f"{score:.3f}  {name}")

fig, (ax, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
for place, (x, shape) in enumerate(zip(X[:3], y[:3], strict=True)):
    ax.plot(x[:, 0] - 12 * place, label=shape)
ax.set(xlabel="time step", yticks=[])
ax.legend()
right.barh(list(scores), list(scores.values()))
right.set(xlabel="test accuracy", xlim=(0.5, 1))
plt.show()
