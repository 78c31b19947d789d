import os
import subprocess
import sys

import pytest

from bepsk.kernels import cpu

SHORT_FIT = """
import hashlib
import itertools
import numpy as np
from bepsk import BEPMLPClassifier, BEPRNNClassifier
from bepsk.kernels import cpu

rng = np.random.default_rng(0)
y = np.arange(150) % 3
X = rng.standard_normal((3, 6))[y] + rng.standard_normal((150, 6))
digest = hashlib.sha256()
for rule, noise in itertools.product(("contrastive", "paper"), (0, 0.1)):
    settings = {"rule": rule, "noise": noise, "max_iter": 3, "random_state": 0}
    for clf in (BEPMLPClassifier((70, 65), **settings), BEPRNNClassifier(70, **settings)):
        clf.fit(X, y, 1 + y / 2)
        for H in clf.hidden_weights_:
            digest.update(H.tobytes())
        digest.update(clf.decision_function(X).tobytes())
print(cpu.simd_path(), digest.hexdigest())
"""


def run(path, program):
    return subprocess.run(
        [sys.executable, "-P", "-c", program],
        env={**os.environ, "BEPSK_SIMD": path},
        capture_output=True,
        text=True,
    )


def test_the_path_in_use_is_a_known_one():
    assert cpu.simd_path() == cpu.PATHS[cpu.PATH]


def test_there_is_a_thread():
    assert cpu.max_threads() >= 1


@pytest.fixture(scope="module")
def portable_fit():
    result = run("portable", SHORT_FIT)
    assert result.returncode == 0, result.stderr
    return result.stdout.split()


def test_the_portable_path_can_be_forced(portable_fit):
    assert portable_fit[0] == "portable"


@pytest.mark.parametrize("path", cpu.PATHS[1:])
def test_every_path_trains_the_same_network(path, portable_fit):
    result = run(path, SHORT_FIT)
    if "this CPU offers" in result.stderr:
        pytest.skip(f"this CPU has no {path}")
    assert result.stdout.split() == [path, portable_fit[1]], result.stderr


def test_an_unknown_path_is_a_clear_error():
    result = run("mmx", "import bepsk.kernels.cpu")
    assert result.returncode != 0
    assert "ImportError: BEPSK_SIMD='mmx': this CPU offers portable" in result.stderr
