"""Run the Python blocks of README.md and docs/*.md, and check that their relative links resolve.

What a block prints stands in a block of text right after it. Numbers there may be rounded, and
`...` stands for anything.
"""

import contextlib
import io
import re
import sys
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"-?\d+(?:\.\d*)?(?:e[+-]?\d+)?")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)|(?:src|href)=\"([^\"#]+)")


def run_blocks(page):
    """Run the blocks of a page in one namespace; return the errors, the first one at most."""
    text = page.read_text(encoding="utf-8")
    namespace = {"__name__": page.stem}
    for block in BLOCK.finditer(text):
        # Blank lines in front make the line numbers of a traceback those of the page.
        line = text.count("\n", 0, block.start(1))
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(compile("\n" * line + block[1], str(page), "exec"), namespace)
        except Exception:
            return [traceback.format_exc()]
        if not agrees(block[2] or "", printed.getvalue()):
            where = f"{page.relative_to(ROOT)}:{line + 1}"
            return [f"{where}: shows\n{block[2] or ''}but prints\n{printed.getvalue()}"]
    return []


def agrees(shown, printed):
    """Say whether a page shows what its block prints, as far as its numbers are written out."""
    shape, found = (NUMBER.sub("#", " ".join(text.split())) for text in (shown, printed))
    if "..." in shape:
        return bool(re.fullmatch(re.escape(shape).replace(re.escape("..."), ".*"), found))
    pairs = zip(NUMBER.findall(shown), NUMBER.findall(printed), strict=False)
    return shape == found and all(
        round(float(number), len(rounded.partition(".")[2])) == float(rounded)
        for rounded, number in pairs
    )


def broken_links(page):
    """Return a message for each relative link that leads nowhere."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    targets = (markdown or html for markdown, html in LINK.findall(text))
    return [
        f"{page.relative_to(ROOT)}: {target} does not exist"
        for target in targets
        if "://" not in target and not (page.parent / target).exists()
    ]


def main():
    """Check all pages; return the exit status."""
    errors = []
    for page in PAGES:
        print(f"-- {page.relative_to(ROOT)}", flush=True)
        errors += run_blocks(page) + broken_links(page)
    print("\n".join(errors), file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
