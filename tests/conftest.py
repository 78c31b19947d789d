import os
import zlib

os.environ.setdefault("MPLBACKEND", "Agg")


def pytest_addoption(parser):
    parser.addoption("--tenth", action="store_true", help="run every tenth test, by its name")


def pytest_configure(config):
    # scikit-learn 1.7 hands its estimator checks to pytest as a generator.
    config.addinivalue_line(
        "filterwarnings", "ignore:Passing a non-Collection iterable to parametrize"
    )


def pytest_collection_modifyitems(config, items):
    if config.getoption("tenth"):
        items[:] = [item for item in items if zlib.crc32(item.nodeid.encode()) % 10 == 0]
