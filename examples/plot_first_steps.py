"""
First steps: handwritten digits
===============================

A binary network of two layers reads digits of 8 by 8 pixels. Numbers need no scaling: the default
encoder makes 4096 bits of the 64 grey values.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import train_test_split

from bepsk import BEPMLPClassifier
from bepsk.plotting import TrainingCurveDisplay

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

clf = BEPMLPClassifier((256, 256), random_state=0).fit(X_train, y_train)
print(f"accuracy on the test set: {clf.score(X_test, y_test):.3f}")
print(f"weights: {sum(H.size for H in clf.hidden_weights_):,}, each of them +1 or -1")

# %%
# Training updates only on samples whose class does not lead by the margin. Their share falls from
# epoch to epoch.

TrainingCurveDisplay.from_estimator(clf)
plt.show()

# %%
# What is confused with what:

ConfusionMatrixDisplay.from_estimator(clf, X_test, y_test, colorbar=False)
plt.show()
