"""
Decision boundaries of three encoders
=====================================

The same network behind three encoders. A thermometer cuts the plane along its axes; projections
cut it at any angle, those at their medians only through the centre of the data.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import make_circles, make_moons
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.model_selection import train_test_split

from bepsk import BEPMLPClassifier
from bepsk.encoders import RandomProjectionEncoder, ThermometerEncoder

TABLES = {
    "moons": make_moons(400, noise=0.25, random_state=0),
    "circles": make_circles(400, noise=0.1, factor=0.5, random_state=0),
}
ENCODERS = {
    "projection": RandomProjectionEncoder(1024),
    "projection, medians": RandomProjectionEncoder(1024, threshold="median"),
    "thermometer": ThermometerEncoder(n_bits=64),
}

fig, axes = plt.subplots(2, 3, figsize=(9, 6), layout="constrained")
for row, (table, (X, y)) in zip(axes, TABLES.items(), strict=True):
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    for ax, (name, encoder) in zip(row, ENCODERS.items(), strict=True):
        clf = BEPMLPClassifier((128,), encoder=encoder, max_iter=20, random_state=0)
        clf.fit(X_train, y_train)
        accuracy = clf.score(X_test, y_test)
        print(f"{table:<8} {name:<20} {accuracy:.3f}")
        DecisionBoundaryDisplay.from_estimator(
            clf, X, response_method="predict_proba", cmap="RdBu", alpha=0.6, ax=ax
        )
        ax.scatter(*X_test.T, c=y_test, cmap="RdBu", edgecolors="black", s=12, linewidths=0.5)
        ax.set(title=f"{name}\n{accuracy:.3f}", xticks=[], yticks=[])
plt.show()
