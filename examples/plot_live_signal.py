"""
Follow a live signal
====================

A lever is pushed twice, up or down each time. The network follows the signal one time step at a
time, with a state of integers, and says what has happened as soon as it is sure.
"""

import matplotlib.pyplot as plt
import numpy as np

from bepsk import BEPRNNClassifier

LENGTH, PUSH, WAITING = 40, 6, "waiting"


def draw_signal(rng):
    """Return a signal, its two pushes, and the time step at which the second one is over."""
    first = rng.integers(4, 12)
    second = first + rng.integers(10, 18)
    directions = rng.choice([-1, 1], size=2)
    signal = rng.normal(0, 0.3, size=LENGTH)
    signal[first : first + PUSH] += directions[0]
    signal[second : second + PUSH] += directions[1]
    pushes = ", ".join("up" if direction > 0 else "down" for direction in directions)
    return signal, pushes, second + PUSH


def draw_cut_signals(n_samples, rng):
    """Cut each signal at a random time, so that the network learns what to say on the way."""
    X, y = [], []
    for _ in range(n_samples):
        signal, pushes, end = draw_signal(rng)
        now = rng.integers(4, LENGTH + 1)
        X.append(signal[:now, np.newaxis])
        y.append(pushes if now >= end else WAITING)
    return X, y


rng = np.random.default_rng(0)
clf = BEPRNNClassifier(128, n_steps="raw", max_iter=15, random_state=0)
clf.fit(*draw_cut_signals(1200, rng))
X_test, y_test = draw_cut_signals(500, rng)
print(f"accuracy on new signals, cut at any time: {clf.score(X_test, y_test):.3f}")

# %%
# Three new signals, live. The lower pictures show the logits of all classes, and the dashed line
# where the second push ends.

fig, axes = plt.subplots(2, 3, figsize=(10, 4.5), layout="constrained", sharex=True, sharey="row")
for top, bottom in axes.T:
    signal, pushes, end = draw_signal(rng)
    state, history = None, []
    for x in signal:
        state, logits = clf.step(x, state)
        history.append(logits)
    # The last logits are those of the whole series.
    last = clf.classes_[logits.argmax()]
    assert last == clf.predict([signal[:, np.newaxis]])[0]
    told = clf.classes_[np.argmax(history, axis=1)]
    changes = np.flatnonzero(told[1:] != told[:-1]) + 1
    print(f"{pushes}, over at step {end}: {told[-1]} from step {changes[-1]} on")
    top.plot(signal, color="black")
    top.set_title(pushes)
    for label, logits in zip(clf.classes_, np.transpose(history), strict=True):
        bottom.plot(logits / clf.prototypes_.shape[1], label=label)
    bottom.axvline(end, color="grey", linestyle="--")
    bottom.set_xlabel("time step")
axes[1, 0].set_ylabel("logit")
fig.legend(*bottom.get_legend_handles_labels(), loc="outside lower center", ncols=5)
plt.show()
print(f"state: {state.dtype}, {state.nbytes} bytes")
