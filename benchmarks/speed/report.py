"""Where results go: JSON with all runs, and the table in docs/speed.md."""

import datetime
import json
import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

from benchmarks.common import DOCS, RESULTS, git_commit, markdown, versions, write_section
from benchmarks.speed.contest import call

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
        return markdown(self.head, self.body) + "\n\n" + markdown(["figure", "value"], figures)


def environment():
    """Describe the machine and the software, the load of the moment included."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": git_commit(),
        "cpu": cpu_model(),
        "n_cpus": os.cpu_count(),
        "load": list(os.getloadavg()),
        "python": platform.python_version(),
        "versions": versions(PACKAGES),
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


def cpu_model():
    """Return the name of the CPU."""
    try:
        info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor()
    models = re.findall(r"^model name\s*:\s*(.*)$", info, re.MULTILINE)
    return models[0] if models else platform.machine()


def write(name, table, where):
    """Write the JSON file and renew the page."""
    RESULTS.mkdir(exist_ok=True)
    content = {"table": name, **where, "figures": table.figures, "records": table.records}
    results = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    (RESULTS / f"speed-{name}.json").write_text(results, encoding="utf-8")
    caption = "{cpu}, {simd}; {date}, commit {commit}.".format(**where)
    write_section(DOCS / "speed.md", name, f"{table.markdown()}\n\n{caption}")
