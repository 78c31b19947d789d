"""Where results go: JSON with all runs, and the table in docs/speed.md."""

import datetime
import json
import os
import platform
import re
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.speed.contest import call
from bepsk import __version__ as bepsk_version

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "speed.md"
RESULTS = ROOT / "benchmarks" / "results"
PACKAGES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "torch",
    "faiss-cpu",
    "onnx",
    "onnxruntime",
    "threadpoolctl",
    "green-tsetlin",
)


@dataclass(frozen=True)
class Table:
    """What a command measured.

    Attributes
    ----------
    head : list of str
    body : list of lists of str or float
    figures : dict of str to float or str
        What the table comes to, such as ratios of medians; None where a peer is missing.
    records : list of dict
        All that was measured, for the JSON file.
    """

    head: list
    body: list
    figures: dict
    records: list

    def markdown(self):
        """Return the table and its figures."""
        figures = [[name, value] for name, value in self.figures.items() if value is not None]
        return grid(self.head, self.body) + "\n\n" + grid(["figure", "value"], figures)


def grid(head, body):
    """Return a Markdown table; numbers are rounded to three digits."""
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(map(text, line)) + " |" for line in lines)


def text(value):
    """Return a cell as text."""
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if value >= 100 or isinstance(value, int) else f"{value:#.3g}"


def environment():
    """Describe the machine and the software, the load of the moment included."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": git_commit(),
        "cpu": cpu_model(),
        "n_cpus": os.cpu_count(),
        "load": list(os.getloadavg()),
        "python": platform.python_version(),
        "versions": {"bepsk": bepsk_version}
        | {package: installed(package) for package in PACKAGES},
        **call(libraries, {}),
    }


def libraries():
    """Return the CPU path and the kernel of the BLAS that a worker gets."""
    import numpy  # noqa: F401
    from threadpoolctl import threadpool_info

    from bepsk.kernels.cpu import simd_path

    blas = [lib for lib in threadpool_info() if lib["user_api"] == "blas"]
    names = [f"{b['internal_api']} {b['version']} {b.get('architecture', '')}" for b in blas]
    return {"simd": simd_path(), "blas": ", ".join(names)}


def installed(package):
    """Return the version of a package, None without it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def git_commit():
    """Return the commit of this checkout, marked if the code has changed since."""
    commit = git("rev-parse", "--short=10", "HEAD")
    changed = git("status", "--porcelain", "--", "bepsk", "benchmarks/speed", "setup.py")
    return (commit or "unknown") + (" with changes" if changed else "")


def git(*command):
    """Return what git answers, nothing outside a checkout."""
    answer = subprocess.run(
        ["git", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return answer.stdout.strip()


def cpu_model():
    """Return the name of the CPU."""
    try:
        info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor()
    models = re.findall(r"^model name\s*:\s*(.*)$", info, re.MULTILINE)
    return models[0] if models else platform.machine()


def into_page(page, name, table, where):
    """Return the page with the table of this name renewed."""
    start, end = f"<!-- TABLE {name} -->", "<!-- END -->"
    before, found, rest = page.partition(start)
    if not found or end not in rest:
        raise ValueError(f"{PAGE} has no place for the table {name}.")
    caption = "{cpu}, {simd}; {date}, commit {commit}.".format(**where)
    renewed = f"{start}\n\n{table.markdown()}\n\n{caption}\n\n{end}"
    return before + renewed + rest.partition(end)[2]


def write(name, table, where):
    """Write the JSON file and renew the page."""
    RESULTS.mkdir(exist_ok=True)
    content = {"table": name, **where, "figures": table.figures, "records": table.records}
    results = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    (RESULTS / f"speed-{name}.json").write_text(results, encoding="utf-8")
    page = into_page(PAGE.read_text(encoding="utf-8"), name, table, where)
    PAGE.write_text(page, encoding="utf-8")
