"""Run a script in the page, in a Chromium that has no window."""

import html
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

NAMES = ["chromium", "chromium-browser", "google-chrome"]
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=100000"]
RUN = """<script>
started.then(report).then(
  (result) => document.body.replaceChildren(JSON.stringify(result)),
  (error) => document.body.replaceChildren(error.stack),
);
</script></body>"""


def find_browser():
    """Return the program, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def run_in_page(page, script):
    """Return what `report`, a function in the script, returns on the page."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder, "page.html")
        addition = f"<script>\n{script}</script>\n{RUN}"
        file.write_text(page.replace("</body>", addition), encoding="utf-8")
        options = [*OPTIONS, f"--user-data-dir={folder}", "--dump-dom", file.as_uri()]
        command = [find_browser(), *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    body = html.unescape(re.search(r"<body>(.*)</body>", done.stdout, re.DOTALL)[1])
    if not body.startswith(("{", "[")):
        raise RuntimeError(f"the script failed: {body[:1000]}")
    return json.loads(body)
