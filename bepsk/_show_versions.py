"""Versions and machine, for bug reports."""

import platform
import sys
from importlib.metadata import version

from bepsk.kernels.cpu import max_threads, simd_path


def show_versions():
    """Print the versions of bepsk and its dependencies, the threads and the CPU path.

    Examples
    --------
    >>> import bepsk
    >>> bepsk.show_versions()  # doctest: +ELLIPSIS
    bepsk: ...
    """
    for package in ("bepsk", "numpy", "scipy", "scikit-learn", "joblib"):
        print(f"{package}: {version(package)}")
    print(f"python: {sys.version.split()[0]} ({platform.platform()})")
    print(f"OpenMP threads: {max_threads()}")
    print(f"CPU path: {simd_path()} (BEPSK_SIMD chooses another)")
