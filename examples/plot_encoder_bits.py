"""
What an encoder's bits look like
================================

A bit that is nearly always 0 or nearly always 1 says little. `EncoderDisplay` sorts the bits by
their share of ones; the red bands are where they are nearly constant.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from bepsk.encoders import BinaryEncoder, RandomProjectionEncoder, ThermometerEncoder
from bepsk.plotting import EncoderDisplay

X, y = load_digits(return_X_y=True)
encoders = {
    "pixels above half": (BinaryEncoder(), X > 8),
    "thermometer": (ThermometerEncoder(n_bits=16), X),
    "projection": (RandomProjectionEncoder(1024, random_state=0), X),
}

fig, axes = plt.subplots(1, 3, figsize=(10, 3.3), layout="constrained", sharey=True)
for ax, (name, (encoder, data)) in zip(axes, encoders.items(), strict=True):
    display = EncoderDisplay.from_estimator(encoder.fit(data), data, ax=ax)
    ax.set_title(name)
    constant = np.mean((display.ones < 0.02) | (display.ones > 0.98))
    print(f"{name:<18} {len(display.ones):4d} bits, nearly constant: {constant:.0%}")
plt.show()

# %%
# Over the range of one feature, the middle pixel of the fourth row, the others at their medians:
# the thermometer has a step at each of its thresholds; of the projections, some change somewhere,
# half of them from 0 to 1 and half from 1 to 0, and those of slabs change twice.

fig, axes = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
for ax, name in zip(axes, ["thermometer", "projection"], strict=True):
    encoder, data = encoders[name]
    display = EncoderDisplay.from_estimator(encoder, data, feature=28, ax=ax)
    ax.set_title(name)
    print(f"{name:<18} {display.bits.shape[1]} bits change with pixel 28")
plt.show()
