"""
A model in C
============

Train on digits, write the model in C, compile it, and compare its answers with those of Python.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from bepsk import BEPMLPClassifier
from bepsk.encoders import SparseSumEncoder
from bepsk.export import to_c

PROGRAM = """
#include <stdio.h>
#include "digits.h"

int main(void)
{
    digits_input x[DIGITS_N_FEATURES];
    while (fread(x, sizeof x, 1, stdin) == 1)
        printf("%d\\n", (int)digits_labels[digits_predict(x)]);
    return digits_self_test();
}
"""


def run(model, X):
    """Compile a model on this machine, and return what it predicts."""
    with tempfile.TemporaryDirectory() as folder:
        model.write(folder)
        Path(folder, "main.c").write_text(PROGRAM)
        sources = ["main.c", "digits.c"]
        flags = ["-std=c99", "-O2", "-DBEPSK_SELF_TEST"]
        subprocess.run(["cc", *flags, *sources, "-o", "main"], cwd=folder, check=True)
        program = str(Path(folder, "main"))
        done = subprocess.run([program], input=X.tobytes(), capture_output=True, check=True)
    return np.array(done.stdout.split(), dtype=int)


def main():
    """Print the sizes of the model, and how often C and Python agree."""
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
    encoder = SparseSumEncoder(512, max_features=3)
    clf = BEPMLPClassifier((64,), encoder=encoder, random_state=0).fit(X_train, y_train)

    model = to_c(clf, name="digits", input_type="uint8", max_flash=8192)
    print(model.header[: model.header.index("#ifndef")])
    print(f"accuracy {clf.score(X_test, y_test):.3f}, {model.sizes}")
    if not shutil.which("cc"):
        print("no C compiler here")
        return
    same = run(model, X_test.astype(np.uint8)) == clf.predict(X_test)
    print(f"same labels in C: {same.sum()} of {len(same)}")


if __name__ == "__main__":
    main()
