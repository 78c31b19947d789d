"""
Margins, and what they make of probabilities
============================================

The margin of a sample is how far its class leads. Training pushes margins past the trigger, the
dashed line. On samples that it has not seen, some stay below, and those below 0 are errors.
"""

import matplotlib.pyplot as plt
from sklearn.calibration import CalibrationDisplay
from sklearn.datasets import make_classification
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from bepsk import BEPMLPClassifier
from bepsk.plotting import MarginDisplay

X, y = make_classification(3000, 12, n_informative=6, flip_y=0.1, class_sep=0.8, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=0)
clf = BEPMLPClassifier((256, 256), random_state=0).fit(X_train, y_train)

fig, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained", sharex=True)
for ax, name, data in zip(
    axes, ["training", "test"], [(X_train, y_train), (X_test, y_test)], strict=True
):
    display = MarginDisplay.from_estimator(clf, *data, ax=ax)
    ax.set_title(f"{name} samples")
    print(f"{name:<8} below 0: {(display.margins < 0).mean():.3f}", end=", ")
    print(f"below the trigger: {(display.margins < display.trigger).mean():.3f}")
plt.show()

# %%
# One label in ten is wrong here, and the network has learned these too. Probabilities are honest
# all the same: without validation samples their temperature comes from a probe, on samples that it
# has not learned; with `early_stopping` from the samples that are held out.

validated = BEPMLPClassifier((256, 256), early_stopping=True, random_state=0).fit(X_train, y_train)
fig, ax = plt.subplots(layout="constrained")
for name, model in {"the probe": clf, "validation samples": validated}.items():
    probabilities = model.predict_proba(X_test)
    print(f"temperature from {name}: log loss {log_loss(y_test, probabilities):.3f}")
    CalibrationDisplay.from_predictions(y_test, probabilities[:, 1], n_bins=8, name=name, ax=ax)
plt.show()
