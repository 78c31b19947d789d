"""Follow a live signal: one time step at a time, with a state of integers."""

import numpy as np

from bepsk import BEPRNNClassifier

LENGTH = 40
PUSH = 6
WAITING = "waiting"


def draw_signal(rng):
    """A lever is pushed twice, up or down each time; return the signal, the pushes, their end."""
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


def follow(clf, signal):
    """Print each new decision that leads by the margin of training; return state and logits."""
    state, told = None, None
    for t, x in enumerate(signal):
        state, logits = clf.step(x, state)
        second, first = np.sort(logits)[-2:]
        lead = (first - second) / clf.prototypes_.shape[1]
        decision = clf.classes_[logits.argmax()]
        if lead >= clf.margin and decision != told:
            print(f"  step {t:2d}: {decision}, lead {lead:.2f}")
            told = decision
    return state, logits


def main():
    """Train on cut signals, follow new ones live, and compare with `predict`."""
    rng = np.random.default_rng(0)
    clf = BEPRNNClassifier(256, n_steps="raw", random_state=0)
    clf.fit(*draw_cut_signals(1200, rng))
    X_test, y_test = draw_cut_signals(500, rng)
    print(f"accuracy on new signals, cut at any time: {clf.score(X_test, y_test):.3f}")

    for _ in range(3):
        signal, pushes, end = draw_signal(rng)
        print(f"{pushes}; the second push ends before step {end}")
        state, logits = follow(clf, signal)
        # The last logits are those of the whole series.
        assert clf.classes_[logits.argmax()] == clf.predict([signal[:, np.newaxis]])[0]
    print(f"state: {state.dtype}, {state.nbytes} bytes")


if __name__ == "__main__":
    main()
