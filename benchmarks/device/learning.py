"""Digits that move, learned on emulated microcontrollers: python -m benchmarks.device.learning.

A network is trained on digits, and then sees 300 others, shifted by a pixel or rotated, once each.
Printed are its accuracies before and after, on both kinds of digits, and what a step costs; the
state that each board ends with must be that of Python.
"""

import copy
import sys
import tempfile

import numpy as np
from scipy.ndimage import rotate
from sklearn.datasets import load_digits

from benchmarks.device.emulator import BOARDS, build_and_run, hash_of, missing_tools
from bepsk import BEPMLPClassifier
from bepsk.encoders import ThermometerEncoder
from bepsk.export import dump_weights, to_c

N_FIT, N_ROWS, N_SEEDS = 1047, 300, 10
GLUE = """#include "learner.h"

static const learner_input rows[][{n}] = {{
{rows}
}};
static const uint8_t labels[] = {{{labels}}};
static learner_state state;
static uint8_t bytes[LEARNER_N_BYTES];
extern const uint32_t n_rows;
const uint32_t n_rows = {n_rows};
uint32_t answer(uint32_t row, uint32_t hash);
void predict(uint32_t row);

uint32_t answer(uint32_t row, uint32_t hash)
{{
    if (row == 0)
        learner_init(&state);
    learner_partial_fit(&state, rows[row], labels[row]);
    if (row == n_rows - 1) {{
        learner_export_weights(&state, bytes);
        for (uint32_t k = 0; k < LEARNER_N_BYTES; k++)
            hash = (hash ^ bytes[k]) * UINT32_C(16777619);
        learner_init(&state);
    }}
    return hash;
}}

void predict(uint32_t row)
{{
    learner_partial_fit(&state, rows[row], labels[row]);
}}
"""


def shift(X):
    """Shift images of 8 x 8 pixels to the right by one."""
    return np.roll(X.reshape(-1, 8, 8), 1, axis=2).reshape(-1, 64)


def turn(X):
    """Rotate them by 15 degrees."""
    images = [rotate(image, 15, reshape=False, order=1) for image in X.reshape(-1, 8, 8)]
    return np.clip(np.rint(images), 0, 16).reshape(-1, 64)


def accuracies(move):
    """Return the mean accuracies on moved and on other digits, before and after, in per cent."""
    X, y = load_digits(return_X_y=True)
    rows = []
    for seed in range(N_SEEDS):
        order = np.random.default_rng(seed).permutation(len(X))
        fit, adapt, test = np.split(order, [N_FIT, N_FIT + N_ROWS])
        clf = classifier(seed).fit(X[fit], y[fit])
        before = clf.score(move(X[test]), y[test]), clf.score(X[test], y[test])
        clf.partial_fit(move(X[adapt]), y[adapt])
        rows.append([*before, clf.score(move(X[test]), y[test]), clf.score(X[test], y[test])])
    return 100 * np.mean(rows, axis=0)


def classifier(seed):
    """Return the network of the table."""
    return BEPMLPClassifier(
        (128, 64), encoder=ThermometerEncoder(8), weight_bits=8, online=True, random_state=seed
    )


def measure(model, X, y, board):
    """Run a model called learner that learns from rows; the hash is that of its final state."""
    rows = ",\n".join("{" + ", ".join(map(str, row)) + "}" for row in X.tolist())
    glue = GLUE.format(n=X.shape[1], n_rows=len(X), rows=rows, labels=", ".join(map(str, y)))
    with tempfile.TemporaryDirectory() as folder:
        model.write(folder)
        sources = [f"{folder}/learner.c"]
        return build_and_run(sources, glue, len(X), folder, board, "-O2", roomy=True)


def main():
    """Print all; return the exit status."""
    for move in (shift, turn):
        moved, old, moved_after, old_after = accuracies(move)
        print(
            f"{move.__name__}: {moved:.1f} -> {moved_after:.1f} %, old {old:.1f} -> {old_after:.1f}"
        )
    if missing_tools():
        print("not installed:", *missing_tools())
        return 0
    X, y = load_digits(return_X_y=True)
    clf = classifier(0).fit(X[:N_FIT], y[:N_FIT])
    rows, labels = shift(X[N_FIT : N_FIT + N_ROWS]), y[N_FIT : N_FIT + N_ROWS]
    model = to_c(clf, name="learner", trainable=True)
    expected = hash_of(list(dump_weights(copy.deepcopy(clf).partial_fit(rows, labels))))
    different = 0
    print(f"RAM {model.sizes.ram}")
    for board in BOARDS:
        m = measure(model, rows.astype(np.uint8), labels, board)
        different += m.hash != expected
        same = "the state of Python" if m.hash == expected else "ANOTHER STATE"
        sizes = f"flash {m.flash}, stack {m.stack}, {m.instructions} instructions per step"
        print(f"{board}: {sizes}, {same}")
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main())
