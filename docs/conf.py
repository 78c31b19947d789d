"""Settings of the documentation site: ``sphinx-build -W --keep-going docs docs/_build``."""

import inspect
import os
import re
import sys
from pathlib import Path

from sphinx.ext import autosummary

import bepsk

DOCS = Path(__file__).parent
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)#\s:]+)(#[^)\s]*)?\)")
LITERAL = re.compile(r"(`+[^`]*`+)")
MARKUP = re.compile(r"(?<=\w)_(?![\w*])|\|")

project = "bepsk"
copyright = "the bepsk developers"  # noqa: A001
version = release = bepsk.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "_static", "_templates"]
templates_path = ["_templates"]
default_role = "literal"
html_theme = "pydata_sphinx_theme"
html_theme_options = {
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": False,
    "show_toc_level": 2,
}
html_sidebars = {page: [] for page in ("index", "changelog", "contributing")}
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]

autosummary.WELL_KNOWN_ABBREVIATIONS += ("Sec.", "Eq.")  # no ends of sentences
autosummary_generate = True
autosummary_ignore_module_all = False
autodoc_typehints = "none"
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    "within_subsection_order": "FileNameSortKey",
    "backreferences_dir": "api/backreferences",
    "doc_module": ("bepsk",),
    "remove_config_comments": True,
    "show_memory": False,
    "write_computation_times": False,
}


def skip_what_is_not_ours(app, what, name, obj, skip, options):
    """Leave out the members that a class has from scikit-learn."""
    function = inspect.unwrap(getattr(obj, "fget", obj))
    return skip or not (getattr(function, "__module__", None) or "").startswith("bepsk")


def escape_names(app, what, name, obj, options, lines):
    """Let names_ and |z| outside of backticks and examples stand for themselves."""
    in_example = False
    for i, line in enumerate(lines):
        in_example = bool(line) and (in_example or line.lstrip().startswith(">>> "))
        if not in_example:
            parts = LITERAL.split(line)
            parts[::2] = [MARKUP.sub(r"\\\g<0>", part) for part in parts[::2]]
            lines[i] = "".join(parts)


def adapt_links(app, docname, source):
    """Fetch pages that live at the top of the checkout, and adapt links for the site.

    Links to examples lead into the gallery; those to other files outside of docs become their text.
    """
    at_top = DOCS.parent / f"{docname.upper()}.md"
    if docname in ("changelog", "contributing"):
        source[0] = at_top.read_text(encoding="utf-8")
    base = DOCS.parent if docname in ("changelog", "contributing") else DOCS

    def adapt(link):
        text, target, anchor = link.groups()
        path = Path(os.path.relpath(base / target, DOCS))
        if path.parts[:2] == ("..", "examples") and path.suffix == ".py":
            path = Path("gallery", f"{path.stem}.rst")
        elif path == Path("..", "examples"):
            path = Path("gallery", "index.rst")
        elif path.parts[0] == ".." and path.name == "CONTRIBUTING.md":
            path = Path("contributing.md")
        return text if path.parts[0] == ".." else f"[{text}]({path.as_posix()}{anchor or ''})"

    source[0] = LINK.sub(adapt, source[0])


def add_page_that_learns(app, exception):
    """Add browser.html to the site, where there is a compiler for it."""
    if exception or app.builder.format != "html":
        return
    sys.path.append(str(DOCS.parent / "examples" / "browser"))
    import make_page

    if make_page.missing_tools():
        print(f"browser.html is left out; not installed: {', '.join(make_page.missing_tools())}")
    else:
        make_page.main(["-o", str(Path(app.outdir, "browser.html"))])


def setup(app):
    """Connect the hooks."""
    app.connect("build-finished", add_page_that_learns)
    app.connect("autodoc-skip-member", skip_what_is_not_ours)
    app.connect("autodoc-process-docstring", escape_names, priority=900)  # after numpydoc
    app.connect("source-read", adapt_links)
