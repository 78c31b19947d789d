"""Run the Python blocks of README.md and docs/*.md, and check that their relative links resolve."""

import re
import sys
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)|(?:src|href)=\"([^\"#]+)")


def run_blocks(page):
    """Run the blocks of a page in one namespace; return the errors, the first one at most."""
    text = page.read_text(encoding="utf-8")
    namespace = {"__name__": page.stem}
    for block in BLOCK.finditer(text):
        # Blank lines in front make the line numbers of a traceback those of the page.
        source = "\n" * text.count("\n", 0, block.start(1)) + block.group(1)
        try:
            exec(compile(source, str(page), "exec"), namespace)
        except Exception:
            return [traceback.format_exc()]
    return []


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
