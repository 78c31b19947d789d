"""Cython kernels: pure functions over arrays that fill what the caller allocates."""

import os
from importlib.machinery import EXTENSION_SUFFIXES


def _check_build(folder):
    """Raise ImportError if a kernel beside its source is older, or is not compiled at all.

    That is what git leaves after a pull; an installed package has no sources. The rule is that of
    setup.py: a kernel depends on its .pyx and on every .h and .pxd.
    """
    times = {entry.name: entry.stat().st_mtime for entry in os.scandir(folder)}
    shared = max((times[name] for name in times if name.endswith((".h", ".pxd"))), default=0)
    for kernel in (name[:-4] for name in times if name.endswith(".pyx")):
        built = times.get(kernel + EXTENSION_SUFFIXES[0], 0)
        if built < max(times[f"{kernel}.pyx"], shared):
            state = "older than its source" if built else "not compiled"
            raise ImportError(
                f"The kernel {kernel} in {folder} is {state}; run `pip install .` there, or "
                "`pip install -e .` again."
            )


_check_build(os.path.dirname(__file__))
