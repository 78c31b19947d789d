"""
Noise against memorising
========================

A small table, a wide network: it knows the training samples by heart. `noise` flips a share of
the bits in training, anew in each epoch, and brings the two curves together.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_classification
from sklearn.model_selection import ValidationCurveDisplay

from bepsk import BEPMLPClassifier

X, y = make_classification(500, 12, n_informative=6, flip_y=0.15, class_sep=0.8, random_state=0)
clf = BEPMLPClassifier((128, 128), max_iter=20, random_state=0)
display = ValidationCurveDisplay.from_estimator(
    clf,
    *(X, y),
    param_name="noise",
    param_range=[0, 1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4],
    cv=5,
    score_name="accuracy",
)
display.ax_.set(xscale="linear")
plt.show()

for noise, train, test in zip(
    display.param_range,
    display.train_scores.mean(axis=1),
    display.test_scores.mean(axis=1),
    strict=True,
):
    print(f"noise {noise:.3f}: training {train:.3f}, held out {test:.3f}")
best = np.argmax(display.test_scores.mean(axis=1))
print(f"best on held-out samples: noise {display.param_range[best]:.3f}")
