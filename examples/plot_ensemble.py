"""
The networks of the last epochs, voting together
================================================

Binary networks keep changing from epoch to epoch. `TrajectoryEnsembleClassifier` sums the logits
of those of the last epochs, which make different errors; it trains no longer than a single
network.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

from bepsk import BEPMLPClassifier, TrajectoryEnsembleClassifier

X, y = make_classification(
    3000, 20, n_informative=10, n_classes=4, n_clusters_per_class=3, random_state=0
)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=0)

one = BEPMLPClassifier((256, 256), rule="paper", max_iter=25, random_state=0)
ensemble = TrajectoryEnsembleClassifier(one, n_members=10).fit(X_train, y_train)
members = [member.score(X_test, y_test) for member in ensemble.estimators_]
together = ensemble.score(X_test, y_test)
print(f"members: {np.mean(members):.3f} on average, {max(members):.3f} at best")
print(f"together: {together:.3f}")

fig, ax = plt.subplots(layout="constrained")
ax.plot(np.arange(len(members)) - len(members) + 1, members, "o-", label="each member")
ax.axhline(together, color="C1", label="all together")
ax.set(xlabel="epochs before the last", ylabel="test accuracy")
ax.legend()
plt.show()
