"""
A grid over encoder and margin
==============================

Parameters of the encoder are parameters of the classifier, `encoder__n_bits`, also where the
encoder is given by name; in a pipeline the step's name comes first.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.feature_selection import SelectKBest
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline

from bepsk import BEPMLPClassifier

X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

BITS, MARGINS = [1, 4, 16, 32], [0.25, 0.5, 1.0]
search = GridSearchCV(
    make_pipeline(
        SelectKBest(k=20),
        BEPMLPClassifier((128, 128), encoder="thermometer", max_iter=15, random_state=0),
    ),
    {"bepmlpclassifier__encoder__n_bits": BITS, "bepmlpclassifier__margin": MARGINS},
    cv=3,
).fit(X_train, y_train)

scores = search.cv_results_["mean_test_score"].reshape(len(BITS), len(MARGINS))
fig, ax = plt.subplots(layout="constrained")
image = ax.imshow(scores, cmap="viridis")
for (i, j), score in np.ndenumerate(scores):
    ax.text(j, i, f"{score:.3f}", ha="center", va="center", color="white")
ax.set(xlabel="margin", xticks=range(len(MARGINS)), xticklabels=MARGINS)
ax.set(ylabel="bits per feature", yticks=range(len(BITS)), yticklabels=BITS)
fig.colorbar(image, label="mean accuracy")
plt.show()

best = {name.split("__")[-1]: value for name, value in search.best_params_.items()}
print(f"best: {best}, on the test set {search.score(X_test, y_test):.3f}")
