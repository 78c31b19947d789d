import os
import zlib
from collections import Counter, defaultdict

import numpy as np
import pytest

os.environ.setdefault("MPLBACKEND", "Agg")

OUTCOMES = "passed", "xfailed", "skipped", "failed"


def pytest_addoption(parser):
    parser.addoption("--tenth", action="store_true", help="run every tenth test, by its name")


def pytest_configure(config):
    # scikit-learn 1.7 hands its estimator checks to pytest as a generator.
    config.addinivalue_line(
        "filterwarnings", "ignore:Passing a non-Collection iterable to parametrize"
    )


@pytest.fixture(autouse=True)
def seed_numpy(request):
    """Draw what no random_state draws from the test's name: a failure comes back."""
    np.random.seed(zlib.crc32(request.node.nodeid.encode()))  # noqa: NPY002


def pytest_collection_modifyitems(config, items):
    if config.getoption("tenth"):
        items[:] = [item for item in items if zlib.crc32(item.nodeid.encode()) % 10 == 0]


def pytest_terminal_summary(terminalreporter):
    """Count scikit-learn's common checks, for each estimator and configuration."""
    counts = defaultdict(Counter)
    for outcome in OUTCOMES:
        for report in terminalreporter.stats.get(outcome, []):
            *_, check = report.nodeid.partition("test_scikit_learn_finds_no_fault[")
            if check:
                counts[check.rpartition("-check_")[0]][outcome] += 1
    if counts:
        terminalreporter.section("scikit-learn's common checks")
    for estimator, count in counts.items():
        terminalreporter.line(f"{', '.join(f'{count[o]} {o}' for o in OUTCOMES)}: {estimator}")
