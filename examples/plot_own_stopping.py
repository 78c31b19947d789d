"""
Stop when you like
==================

`fit(callback=...)` calls a function after each epoch. This one notes how large the hidden weights
are, and ends training once the validation accuracy has been above 95 % three times.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from bepsk import BEPMLPClassifier
from bepsk.plotting import TrainingCurveDisplay

X, y = load_digits(return_X_y=True)
sizes = []


def watch(clf):
    """Note the mean size of the hidden weights; end after three good epochs."""
    sizes.append([np.abs(H).mean() for H in clf.hidden_weights_])
    return sum(score > 0.95 for score in clf.validation_scores_) >= 3


clf = BEPMLPClassifier((256, 128), annealing=0, random_state=0)
clf.fit(X[:1000], y[:1000], X_val=X[1000:1400], y_val=y[1000:1400], callback=watch)
print(f"ended after {clf.n_iter_} of {clf.max_iter} epochs")
print(f"accuracy on samples that it has never seen: {clf.score(X[1400:], y[1400:]):.3f}")

fig, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
TrainingCurveDisplay.from_estimator(clf, ax=axes[0])
for layer, values in enumerate(np.transpose(sizes)):
    axes[1].plot(np.arange(len(values)) + 1, values, label=f"layer {layer + 1}")
axes[1].set(xlabel="epoch", ylabel="mean |hidden weight|")
axes[1].legend()
plt.show()
