"""Check the docstrings of all public names with numpydoc, as pyproject.toml selects.

Public is what the package and its rooms list in `__all__`, and the public members of these classes.
The kernels are left out: their arguments have types, shapes and directions in their signatures.
"""

import importlib
import inspect
import pkgutil
import sys
from pathlib import Path

from numpydoc.hooks.validate_docstrings import parse_config
from numpydoc.validate import validate

import bepsk

ROOT = Path(__file__).resolve().parent.parent


def public_names():
    """Yield the full name of everything public, with the object itself."""
    rooms = [module.name for module in pkgutil.iter_modules(bepsk.__path__, "bepsk.")]
    for room in ["bepsk", *rooms]:
        if "._" in room or room == "bepsk.kernels":
            continue
        module = importlib.import_module(room)
        for name in module.__all__:
            value = getattr(module, name)
            yield f"{room}.{name}", value
            for member, inner in inspect.getmembers(value) if inspect.isclass(value) else []:
                if not member.startswith("_") and is_ours(inner):
                    yield f"{room}.{name}.{member}", inner


def is_ours(member):
    """Say whether a member of a class is a method or a property that bepsk defines."""
    function = getattr(member, "fget", member)
    return callable(function) and (getattr(function, "__module__", None) or "").startswith("bepsk")


def main():
    """Check everything once, under the first of its names; return the exit status."""
    checks = parse_config(ROOT)["checks"]
    names = {}
    for name, value in public_names():
        names.setdefault(getattr(value, "__func__", value), name)
    errors = [
        f"{name}: {code} {message}"
        for name in names.values()
        for code, message in validate(name)["errors"]
        if code in checks
    ]
    print(*errors, f"{len(names)} public names, {len(errors)} errors", sep="\n")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
