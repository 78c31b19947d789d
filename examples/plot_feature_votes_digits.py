"""
Which pixels vote for a digit
=============================

`feature_votes` counts, in whole votes of output neurons, what each pixel brings to the lead of
the predicted class: blue pixels speak for it, red ones against it, by being dark as well as by
being bright.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from bepsk import BEPMLPClassifier
from bepsk.inspection import feature_votes, lead_of

N_ORDERS = 50
X, y = load_digits(return_X_y=True)
clf = BEPMLPClassifier((256, 256), random_state=0).fit(X[:1200], y[:1200])
rows = np.array([1200 + np.flatnonzero(y[1200:] == digit)[0] for digit in (0, 1, 3, 4, 8)])
votes = feature_votes(clf, X[rows], X[:1200], n_orders=N_ORDERS, random_state=0) / N_ORDERS

fig, axes = plt.subplots(2, len(rows), figsize=(10, 4.4), layout="constrained")
limit = np.abs(votes).max()
for (top, bottom), row, own in zip(axes.T, rows, votes, strict=True):
    top.imshow(X[row].reshape(8, 8), cmap="Greys")
    top.set_title(f"a {y[row]}, read as {clf.predict(X[[row]])[0]}")
    image = bottom.imshow(own.reshape(8, 8), cmap="RdBu", vmin=-limit, vmax=limit)
for ax in axes.flat:
    ax.set(xticks=[], yticks=[])
fig.colorbar(image, ax=axes[1], label="mean votes")
plt.show()

# %%
# Nothing is lost on the way: from a single background row, the votes sum to what the lead gains.

background = X[:1]
votes = feature_votes(clf, X[rows], background, n_orders=1, random_state=0)
predicted = clf.predict(X[rows])
gain = lead_of(clf, X[rows]) - lead_of(clf, np.repeat(background, len(rows), axis=0), predicted)
print("sum of votes:    ", votes.sum(axis=1))
print("gain of the lead:", gain)
