"""Learn from a stream that drifts: test on each chunk first, then train on it."""

from copy import deepcopy

import numpy as np

from bepsk import BEPMLPClassifier

CHUNK = 200
N_CHUNKS = 60
DRIFT_AT = 31


def draw_chunk(rng, drifted):
    """Two classes on either side of a curve; the drift swaps the sides."""
    X = rng.normal(size=(CHUNK, 8))
    y = (X[:, 0] + X[:, 1] ** 2 > 1).astype(int)
    return X, 1 - y if drifted else y


def main():
    """Print the prequential accuracy, beside a copy that stopped learning at the drift."""
    rng = np.random.default_rng(0)
    learner = BEPMLPClassifier((256, 256), random_state=0)
    # The encoder is fitted on the first chunk, so let that one be typical of the stream.
    learner.partial_fit(*draw_chunk(rng, drifted=False), classes=[0, 1])

    frozen = learner
    scores, frozen_scores = [], []
    for i in range(1, N_CHUNKS + 1):
        if i == DRIFT_AT:
            frozen = deepcopy(learner)
        X, y = draw_chunk(rng, drifted=i >= DRIFT_AT)
        scores.append(learner.score(X, y))
        frozen_scores.append(frozen.score(X, y))
        learner.partial_fit(X, y)

    print(f"chunks of {CHUNK}; the classes swap before chunk {DRIFT_AT}")
    print("chunks     learning  frozen at the drift")
    for start in range(0, N_CHUNKS, 10):
        ten = slice(start, start + 10)
        print(
            f"{start + 1:3d} - {start + 10:2d}  {np.mean(scores[ten]):10.3f}"
            f"  {np.mean(frozen_scores[ten]):19.3f}"
        )


if __name__ == "__main__":
    main()
