"""
What a network has learned
==========================

Each weight is the sign of a hidden integer. Where the inputs are pixels, the rows of the first
layer are images: blue pixels speak for a neuron, red ones against it, pale ones are undecided.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from bepsk import BEPMLPClassifier
from bepsk.plotting import HiddenWeightDisplay

X, y = load_digits(return_X_y=True)
pixels = X > 7
clf = BEPMLPClassifier((128, 64), encoder="binary", annealing=0, random_state=0)
clf.fit(pixels[:1200], y[:1200])
print(f"accuracy on the test set: {clf.score(pixels[1200:], y[1200:]):.3f}")

HiddenWeightDisplay.from_estimator(clf, kind="images", image_shape=(8, 8))
plt.show()

# %%
# Pixels at the rim are never bright. With centred inputs nothing is learned about them, and their
# integers stay where they began.

display = HiddenWeightDisplay.from_estimator(clf, kind="bars")
rim = pixels[:1200].mean(axis=0) < 0.01
sizes = np.abs(display.hidden_weights).mean(axis=0)
print(f"mean |h| of pixels that are never bright: {sizes[rim].mean():.1f}", end=", ")
print(f"of the others: {sizes[~rim].mean():.1f}")
plt.show()

# %%
# A weight flips once its integer has been pushed past 0: the larger the integers, the surer the
# layer.

fig, ax = plt.subplots(layout="constrained")
for layer in (0, 1):
    HiddenWeightDisplay.from_estimator(
        clf, layer=layer, ax=ax, alpha=0.6, label=f"layer {layer + 1}"
    )
ax.legend()
plt.show()
