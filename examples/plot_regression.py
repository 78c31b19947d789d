"""
Predict numbers
===============

Each neuron of the last layer says whether y exceeds a threshold of its own: a thermometer. A
prediction is the sum of what the neurons that are up are worth.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_friedman1
from sklearn.model_selection import train_test_split

from bepsk import BEPMLPRegressor

X, y = make_friedman1(800, noise=1.0, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
reg = BEPMLPRegressor(random_state=0).fit(X_train, y_train)
predicted = reg.predict(X_test)
print(f"R2 {reg.score(X_test, y_test):.3f}")

# %%
# The neurons of the last layer for the first test sample, in the order of their thresholds: how far
# each is up or down. Undecided ones count in part.

levels = reg.network_.logits(reg.encode(X_test[:1]))
order = np.argsort(reg.thresholds_)
print(f"predicted {predicted[0]:.1f}, true {y_test[0]:.1f}")

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
left.scatter(y_test, predicted, s=8)
left.axline((y.mean(), y.mean()), slope=1, color="grey", linewidth=1)
left.set(xlabel="true", ylabel="predicted")
right.plot(reg.thresholds_[order], levels[0, order] / 256, ".")
right.axvline(y_test[0], color="grey", linestyle="--", linewidth=1)
right.set(xlabel="threshold", ylabel="down or up")
plt.show()
