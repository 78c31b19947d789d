"""Check that the code names and paths on README.md, CONTRIBUTING.md and docs/*.md exist.

A span in backticks is a path, a command, a string of our code, or Python. Each name, attribute,
keyword and string in it must be one of our code: a definition, parameter, attribute, import or
string, not a mere local variable; or an estimator of scikit-learn. `Class.name` must be a member of
that class, and `name` in a file must be in that file. The anchor of a link is a heading of its
page, and an address on the web is one of https. Free are the elements of tuples and lists, which
are shapes and symbols, the variables of the page's own blocks, and capitals, which stand for
something else.
"""

import ast
import builtins
import fnmatch
import importlib
import re
import subprocess
import sys
from pathlib import Path

from sklearn.utils import all_estimators

ROOT = Path(__file__).resolve().parent.parent
PAGES = ["README.md", "CONTRIBUTING.md", "docs/*.md"]
OURS = ["bepsk/*", "benchmarks/*", "examples/*", "tests/*.py"]

FENCED = re.compile(r"^```([^`\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`]+)`")
URL = re.compile(r"\w+://[^\s)]+")
HTTPS = re.compile(r"https://([a-z0-9-]+\.)+[a-z]+(/[^\s<>\"]*)?")
FILE = re.compile(r"[\w*./-]*[\w*]\.(?:pyx?|pxd|pyi|[ch]|md|jsonl?|svg|toml|cff|yaml)\b")
FOLDER = re.compile(r"\.?[\w.-]+(?:/[\w.-]+)+/?")
PLACE = re.compile(rf"`([\w.]+)` in (?:\[[^]]*\]\()?({FILE.pattern})")
C_NAME = re.compile(r"\b(\w+)\(|#define (\w+)")
ANCHOR = re.compile(r"\]\(([^)#\s:]*)#([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CAPITALS = re.compile(r"[A-Z]+")


class Code:
    """The names, strings and classes of our code."""

    def __init__(self, paths):
        self.names = set(dir(builtins)) | {name for name, _ in all_estimators()}
        self.strings = set()
        self.members = {}
        self.bases = {}
        self.modules = {}
        for path in paths:
            self.names |= {path.stem, path.parent.name}
            text = (ROOT / path).read_text(encoding="utf-8")
            if path.suffix in (".py", ".pyi"):
                self.read(ast.parse(text))
            elif path.suffix in (".pyx", ".h"):
                self.names |= {name for match in C_NAME.findall(text) for name in match}
        for name in set().union(*self.bases.values()) - set(self.members):
            self.members[name] = foreign_members(self.modules.get(name), name)
            self.names |= self.members[name] or set()

    def read(self, tree):
        """Take in a module."""
        for node in ast.walk(tree):
            names = names_of(node)
            self.names |= names
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                self.strings.add(node.value)
            elif isinstance(node, ast.ImportFrom):
                self.modules |= dict.fromkeys(names, node.module)
            elif isinstance(node, ast.ClassDef):
                inside = set().union(*map(names_of, ast.walk(node)))
                self.members[node.name] = self.members.get(node.name, set()) | inside
                self.bases[node.name] = {ast.unparse(base) for base in node.bases}

    def has_member(self, name, member):
        """Say whether a class has a member; of a stranger, whether anything has it."""
        if self.members.get(name) is None:
            return member in self.names
        bases = self.bases.get(name, ())
        return member in self.members[name] or any(self.has_member(b, member) for b in bases)


def names_of(node):
    """Return the names that a node of a syntax tree brings, those of local variables left out."""
    names = {getattr(node, field, None) for field in ("name", "attr", "arg", "asname")}
    if isinstance(node, ast.Import | ast.ImportFrom):
        names |= {alias.asname or alias.name for alias in node.names}
    if isinstance(node, ast.Module | ast.ClassDef):
        targets = [
            t for s in node.body for t in getattr(s, "targets", [getattr(s, "target", None)])
        ]
        names |= {getattr(target, "id", None) for target in targets}
    return names - {None}


def foreign_members(module, name):
    """Return the members of a class that we import; None if it cannot be had."""
    try:
        return set(dir(getattr(importlib.import_module(module), name)))
    except (AttributeError, ImportError):
        return None


def unknown_in_span(span, code, variables):
    """Yield what a span names and our code does not."""
    span = " ".join(span.split())
    if span in code.strings or span.startswith("pip "):
        return
    if span.startswith(("-", "python ", "bash ")):
        yield from unknown_in_command(span, code)
        return
    tree = parse(span)
    if tree is None:
        yield span
        return
    free = {name.id for node in ast.walk(tree) for name in elements(node)} | variables
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            if not code.has_member(ast.unparse(node.value), node.attr):
                yield ast.unparse(node)
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            yield from (
                k.arg for k in node.keywords if k.arg and not code.has_member(called, k.arg)
            )
        elif isinstance(node, ast.Constant):
            if isinstance(node.value, str) and node.value not in code.strings:
                yield repr(node.value)
        else:
            names = names_of(node) | {getattr(node, "id", None)} - {None}
            strange = names - code.names - code.strings - free
            yield from (name for name in strange if not CAPITALS.fullmatch(name))


def unknown_in_command(span, code):
    """Yield the words of a command that are neither our code nor a number nor a file."""
    known = code.names | code.strings | {"python", "bash", "-m"}
    for word in span.split():
        if not word.isdigit() and not (ROOT / word).is_file():
            parts = re.split(r"(?<=\w)\.(?=\w)", word)
            yield from (p for p in parts if p not in known and not CAPITALS.fullmatch(p))


def parse(span):
    """Return the syntax tree of a span: Python, `name=` or a signature; None if it is neither."""
    for source in (span, span.removesuffix("="), f"def {span}: pass"):
        try:
            return ast.parse(source)
        except SyntaxError:
            continue
    return None


def elements(node):
    """Return names that are free: elements of a tuple or list, the variable of a comprehension."""
    nodes = [*getattr(node, "elts", []), getattr(node, "target", None)]
    return [element for element in nodes if isinstance(element, ast.Name)]


def unknown_on_page(page, code, tracked):
    """Yield what a page names and the checkout does not hold."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = [ast.parse(block) for kind, block in FENCED.findall(text) if kind == "python"]
    nodes = [node for block in blocks for node in ast.walk(block)]
    variables = {node.id for node in nodes if isinstance(node, ast.Name)}
    variables = variables.union(*map(names_of, nodes))
    prose = URL.sub("", FENCED.sub("", text))
    for span in SPAN.findall(prose):
        if FOLDER.fullmatch(span):
            if not (ROOT / span).exists() and not found(span, tracked):
                yield span
        elif not FILE.fullmatch(span):
            yield from unknown_in_span(span, code, variables)
    yield from (path for path in FILE.findall(prose) if not found(path, tracked))
    yield from (url for url in URL.findall(text) if not HTTPS.fullmatch(url))
    for path, anchor in ANCHOR.findall(text):
        if anchor not in anchors((ROOT / page).parent / path if path else ROOT / page):
            yield f"{path}#{anchor}"
    for name, path in PLACE.findall(prose):
        word = re.compile(rf"\b{name.split('.')[-1]}\b")
        files = [(ROOT / file).read_text(encoding="utf-8") for file in found(path, tracked)]
        if not any(map(word.search, files)):
            yield f"{name} in {path}"


def anchors(path):
    """Return the anchors of the headings of a page, as GitHub and the site make them."""
    headings = HEADING.findall(FENCED.sub("", path.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def found(path, tracked):
    """Return the files that end in a path, relative or with capitals or * for anything."""
    pattern = re.sub(r"(?<=-)[A-Z]+(?=\.)", "*", path.removeprefix("../"))
    return [file for file in tracked if fnmatch.fnmatch(f"/{file}", f"*/{pattern}")]


def matches(path, patterns):
    """Say whether a path fits a pattern."""
    return any(fnmatch.fnmatch(str(path), pattern) for pattern in patterns)


def main():
    """Check all pages; return the exit status."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    tracked = [Path(line) for line in listed.stdout.splitlines() if (ROOT / line).exists()]
    code = Code(path for path in tracked if matches(path, OURS))
    pages = [path for path in tracked if matches(path, PAGES)]
    errors = {f"{p}: {unknown}" for p in pages for unknown in unknown_on_page(p, code, tracked)}
    print("\n".join(sorted(errors)), file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
