"""
Images: patches, projections, pixels
====================================

The digits of scikit-learn, each somewhere on a canvas of 14 by 14 pixels. `LocalPatchEncoder`
cuts small squares out of training images and looks for each in a window of the image, so that a
stroke counts wherever it lies in there. The other encoders see other pixels whenever the digit
moves.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from bepsk import BEPMLPClassifier
from bepsk.encoders import LocalPatchEncoder, RandomProjectionEncoder, ThermometerEncoder

SIDE, N_BITS = 14, 1024
rng = np.random.default_rng(0)
digits, y = load_digits(return_X_y=True)
images = np.zeros((len(y), SIDE, SIDE))
for image, digit in zip(images, digits, strict=True):
    top, left = rng.integers(0, SIDE - 8 + 1, 2)
    image[top : top + 8, left : left + 8] = digit.reshape(8, 8)
X_train, X_test, y_train, y_test = train_test_split(
    images.reshape(len(y), -1), y, stratify=y, random_state=0
)

encoders = {
    "local patches": LocalPatchEncoder((SIDE, SIDE), N_BITS, patch_size=(3, 6)),
    "projection": RandomProjectionEncoder(N_BITS),
    "thermometer": ThermometerEncoder(n_bits=N_BITS // SIDE**2),
}
scores = {}
for name, encoder in encoders.items():
    clf = BEPMLPClassifier((256, 256), encoder=encoder, max_iter=25, random_state=0)
    scores[name] = clf.fit(X_train, y_train).score(X_test, y_test)
    print(f"{name:<15}{clf.encoder_.n_features_out_:5d} bits, accuracy {scores[name]:.3f}")
    if name == "local patches":
        patches = clf.encoder_.components_

fig, (ax, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
ax.imshow(np.hstack(images[:4]), cmap="Greys")
ax.set(title="four of the images", xticks=[], yticks=[])
right.barh(list(scores), list(scores.values()))
right.set(xlabel="test accuracy", xlim=(0, 1))
plt.show()

# %%
# Some of the patches:

fig, axes = plt.subplots(2, 8, figsize=(8, 2.2), layout="constrained")
for ax, patch in zip(axes.flat, patches, strict=False):
    ax.imshow(patch[:, :, 0], cmap="RdBu", vmin=-127, vmax=127)
    ax.set(xticks=[], yticks=[])
plt.show()
