"""The stress scripts of this folder, in small."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import bepsk

HERE = Path(__file__).parent
LINUX = sys.platform == "linux"


@pytest.mark.parametrize(
    ("script", "n"),
    [
        ("interrupts.py", 5),
        ("forks.py", 1),
        pytest.param(
            "leaks.py", 5, marks=pytest.mark.skipif(not LINUX, reason="memory as Linux tells it")
        ),
    ],
)
def test_nothing_is_found(script, n):
    package = str(Path(bepsk.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, HERE / script, str(n)],
        env=os.environ | {"PYTHONPATH": package},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
