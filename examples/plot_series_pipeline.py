"""
How much of a series to see
===========================

A slow oscillation speeds up or slows down somewhere in its last 40 time steps. A search over the
length of what is seen, and over the steps it is cut into, finds that out.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from bepsk import BEPRNNClassifier

LENGTH, EVENT = 120, 40
SEEN, STEPS = [EVENT, 80, LENGTH], [2, 4, 8]


def draw_series(n_samples, rng):
    """Draw oscillations whose speed changes in the last 40 time steps."""
    y = rng.integers(0, 2, size=n_samples)
    speed = np.full((n_samples, LENGTH), 0.3)
    change = rng.integers(LENGTH - EVENT, LENGTH - 20, size=(n_samples, 1))
    speed += (np.arange(LENGTH) >= change) * np.where(y, 0.1, -0.1)[:, np.newaxis]
    phase = rng.uniform(0, 2 * np.pi, size=(n_samples, 1)) + speed.cumsum(axis=1)
    return np.sin(phase) + rng.normal(0, 0.5, size=speed.shape), np.array(["slower", "faster"])[y]


def keep_last(X, k):
    """Keep the last k time steps. A named function, unlike a lambda, can be pickled."""
    return X[:, -k:]


X, y = draw_series(600, np.random.default_rng(0))
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
rnn = BEPRNNClassifier(64, max_iter=20, random_state=0)
search = GridSearchCV(
    make_pipeline(FunctionTransformer(keep_last), rnn),
    {
        "functiontransformer__kw_args": [{"k": k} for k in SEEN],
        "beprnnclassifier__n_steps": STEPS,
    },
    cv=3,
).fit(X_train, y_train)

# The grid goes through the parameters in the order of their names.
scores = search.cv_results_["mean_test_score"].reshape(len(STEPS), len(SEEN))
fig, (ax, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
for place, label in enumerate(["slower", "faster"]):
    ax.plot(X_train[y_train == label][0] - 4 * place, label=label)
ax.axvline(LENGTH - EVENT, color="grey", linestyle="--")
ax.set(xlabel="time step", yticks=[])
ax.legend()
right.imshow(scores)
for (i, j), score in np.ndenumerate(scores):
    right.text(j, i, f"{score:.2f}", ha="center", va="center", color="white")
right.set(xlabel="time steps seen", xticks=range(len(SEEN)), xticklabels=SEEN)
right.set(ylabel="steps", yticks=range(len(STEPS)), yticklabels=STEPS)
plt.show()

print(search.best_params_)
print(f"accuracy on the test set: {search.score(X_test, y_test):.3f}")
