"""
A stream that drifts
====================

Test on each chunk first, then train on it. In the middle of the stream the two classes swap
sides. A classifier that goes on learning recovers; a copy that stopped at the drift does not, and
a linear one was never good.
"""

from copy import deepcopy

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import SGDClassifier

from bepsk import BEPMLPClassifier

CHUNK, N_CHUNKS, DRIFT_AT = 200, 60, 30


def draw_chunk(rng, drifted):
    """Two classes on either side of a curve; the drift swaps the sides."""
    X = rng.normal(size=(CHUNK, 8))
    y = (X[:, 0] + X[:, 1] ** 2 > 1).astype(int)
    return X, 1 - y if drifted else y


rng = np.random.default_rng(0)
# The encoder is fitted on the first chunk, so let that one be typical of the stream.
first = draw_chunk(rng, drifted=False)
learner = BEPMLPClassifier((256, 256), random_state=0).partial_fit(*first, classes=[0, 1])
linear = SGDClassifier(random_state=0).partial_fit(*first, classes=[0, 1])
frozen, scores = learner, {"learning": [], "frozen at the drift": [], "SGDClassifier": []}
for i in range(N_CHUNKS):
    if i == DRIFT_AT:
        frozen = deepcopy(learner)
    X, y = draw_chunk(rng, drifted=i >= DRIFT_AT)
    for values, model in zip(scores.values(), (learner, frozen, linear), strict=True):
        values.append(model.score(X, y))
    learner.partial_fit(X, y)
    linear.partial_fit(X, y)

fig, ax = plt.subplots(layout="constrained")
for name, values in scores.items():
    ax.plot(values, label=name)
ax.axvline(DRIFT_AT, color="grey", linestyle="--")
ax.set(xlabel=f"chunk of {CHUNK}", ylabel="accuracy before learning from it")
ax.legend()
plt.show()

for name, values in scores.items():
    before, at, after = (
        np.mean(values[a:b])
        for a, b in ((DRIFT_AT - 10, DRIFT_AT), (DRIFT_AT, DRIFT_AT + 3), (-10, None))
    )
    print(f"{name:<20} before {before:.3f}, at {at:.3f}, after the drift {after:.3f}")
