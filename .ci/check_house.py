"""Check the plan of the house: short files, rooms that rest on lower ones alone, closed doors.

A door is closed if an underscore begins its name: of a module or anything else that a room of bepsk
defines. It is open to the room itself, and to the tests that mirror it.
"""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOMS = [
    "kernels",
    "network",
    "_sklearn_compat",
    "training",
    "_all_or_nothing",
    "_quick_checks",
    "_state",
    "_numbers",
    "encoders",
    "estimators",
    "inspection",
    "export",
    "distributed",
    "plotting",
    "_show_versions",
    "__init__",
    "__main__",
]
"""From the ground up; a room imports only from those before it."""
WITHOUT_SKLEARN = ["kernels", "network"]
MAX_LINES = 400

PRIVATE = re.compile(r"\b_(?!_)\w+")
PYTHON_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CYTHON_IMPORT = re.compile(r"^[ \t]*((?:from \S+ )?c?import (?:\([^)]*\)|.*))$", re.MULTILINE)
PARTS = {".md": PYTHON_BLOCK, ".pyx": CYTHON_IMPORT, ".pxd": CYTHON_IMPORT}
EVERYTHING = re.compile(r"\A(.*)\Z", re.DOTALL)
SELF = {"self", "cls", "super"}


def main():
    """Check all files that git tracks; return the exit status."""
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True)
    paths = [path for path in map(Path, listed.stdout.splitlines()) if path.exists()]
    trees = {p: parse(p) for p in paths if p.suffix in (".py", ".pyi", ".pyx", ".pxd", ".md")}
    counts = {
        f"files of over {MAX_LINES} lines": report(long_files(paths)),
        "imports that the plan forbids": report(forbidden_imports(trees)),
        "doors forced": report(forced_doors(trees)),
    }
    print(*(f"{what}: {count}" for what, count in counts.items()), sep="\n")
    return int(any(counts.values()))


def report(problems):
    """Print all problems; return how many there are."""
    problems = list(problems)
    print(*problems, sep="\n", end="\n" if problems else "")
    return len(problems)


def parse(path):
    """Return the syntax tree of a module, of a page's blocks, or of a Cython file's imports."""
    text = path.read_text(encoding="utf-8")
    body = []
    for part in PARTS.get(path.suffix, EVERYTHING).finditer(text):
        above = "\n" * text.count("\n", 0, part.start(1))  # so that line numbers are the file's
        body += ast.parse(above + part.group(1).replace("cimport", "import")).body
    return ast.Module(body, [])


def room_of(path):
    """Return the room of a file: a folder or a module of bepsk; None outside."""
    top, *rest = path.parts
    return Path(rest[0]).stem if top == "bepsk" else None


def doors_of(path):
    """Return the package whose private names a file may use, as parts of its dotted name."""
    top, *rest = path.parts
    return ["bepsk", *rest[:-1]] if top == "bepsk" or (top == "tests" and rest[1:]) else []


def long_files(paths):
    """Yield a message for each file of code that is too long."""
    for path in paths:
        if path.suffix in (".py", ".pyx", ".pxd", ".pyi", ".h", ".c"):
            n_lines = len(path.read_text(encoding="utf-8").splitlines())
            if n_lines > MAX_LINES:
                yield f"{path}: {n_lines} lines"


def imports(tree):
    """Yield the line and the full dotted name, in parts, of everything that is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            for name in node.names:
                yield node.lineno, ".".join([*module, name.name]).split(".")


def forbidden_imports(trees):
    """Yield a message for each import from a room that is not lower, or of what is closed."""
    for path, tree in trees.items():
        room = room_of(path)
        if room and room not in ROOMS:
            yield f"{path}: the plan has no room {room}"
            continue
        for line, name in imports(tree):
            problem = why_forbidden(room, name)
            if problem:
                yield f"{path}:{line}: {'.'.join(name)}, {problem}"


def why_forbidden(room, name):
    """Say what is wrong about importing a name into a room; None if nothing is."""
    top, *rest = name
    if top == "sklearn" and room in WITHOUT_SKLEARN:
        return "no room for scikit-learn"
    closed = any(map(PRIVATE.fullmatch, rest)) or (room and "experimental" in rest)
    if top == "sklearn" and closed and room != "_sklearn_compat":
        return "not public in scikit-learn"
    if top == "bepsk" and room:
        other = rest[0] if rest and rest[0] in ROOMS else "__init__"
        if ROOMS.index(other) > ROOMS.index(room):
            return "a higher room"
    return None


def private_names(path, tree):
    """Return the names with an underscore that a file defines."""
    if path.suffix in PARTS:
        return set(PRIVATE.findall(path.read_text(encoding="utf-8")))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            names |= {node.id} if isinstance(node, ast.Name) else own_attribute(node, SELF)
    return {name for name in names if PRIVATE.fullmatch(name)}


def own_attribute(node, owners):
    """Return {y} for a node x.y or x().y with x among the owners, and an empty set for others."""
    value = node.value.func if isinstance(node.value, ast.Call) else node.value
    return {node.attr} if isinstance(value, ast.Name) and value.id in owners else set()


def forced_doors(trees):
    """Yield a message for each private name of a room that is used from outside of it."""
    names = defaultdict(set)
    for path, tree in trees.items():
        if room_of(path):
            names[tuple(doors_of(path))] |= private_names(path, tree)
    ours = set().union(*names.values())
    for path, tree in trees.items():
        home = doors_of(path)
        for line, name in imports(tree):
            closed = (i for i, part in enumerate(name) if PRIVATE.fullmatch(part))
            if name[0] == "bepsk" and any(home[:i] != name[:i] for i in closed):
                yield f"{path}:{line}: {'.'.join(name)}"
        owners = SELF | {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
        for node in ast.walk(tree):
            strange = isinstance(node, ast.Attribute) and node.attr in ours - names[tuple(home)]
            if strange and not own_attribute(node, owners) & private_names(path, tree):
                yield f"{path}:{node.lineno}: {ast.unparse(node)}"


if __name__ == "__main__":
    sys.exit(main())
