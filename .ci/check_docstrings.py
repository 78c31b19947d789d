"""Check the docstrings of all public names with numpydoc, as pyproject.toml selects.

Public is what the package and its rooms list in `__all__`, and the public members of these classes.
A method that overrides another of bepsk may leave parameters and results to the other's docstring.
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
LEFT_TO_BASE = {"PR01", "RT01"}


def public_names():
    """Yield the full name of everything public, the object itself, and whether it overrides."""
    rooms = [module.name for module in pkgutil.iter_modules(bepsk.__path__, "bepsk.")]
    for room in ["bepsk", *rooms]:
        if "._" in room or room == "bepsk.kernels":
            continue
        module = importlib.import_module(room)
        for name in module.__all__:
            value = getattr(module, name)
            yield f"{room}.{name}", value, False
            for base in inspect.getmro(value) if inspect.isclass(value) else []:
                yield from public_members(base)


def public_members(cls):
    """Yield the same for the public methods and properties that a class itself defines."""
    for name in vars(cls):
        if not name.startswith("_") and is_ours(getattr(cls, name)):
            overrides = any(is_ours(vars(base).get(name)) for base in cls.__mro__[1:])
            yield f"{cls.__module__}.{cls.__name__}.{name}", getattr(cls, name), overrides


def is_ours(member):
    """Say whether a member of a class is a method or a property that bepsk defines."""
    function = getattr(member, "fget", member)
    return callable(function) and (getattr(function, "__module__", None) or "").startswith("bepsk")


def main():
    """Check everything once, under the first of its names; return the exit status."""
    checks = parse_config(ROOT)["checks"]
    names = {}
    for name, value, overrides in public_names():
        names.setdefault(getattr(value, "__func__", value), (name, overrides))
    errors = [
        f"{name}: {code} {message}"
        for name, overrides in names.values()
        for code, message in validate(name)["errors"]
        if code in checks and not (overrides and code in LEFT_TO_BASE)
    ]
    print(*errors, f"{len(names)} public names, {len(errors)} errors", sep="\n")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
