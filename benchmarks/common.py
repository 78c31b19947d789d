"""What the benchmarks of speed and of the paper share."""

import json
import os
import re
import resource
import subprocess
import sys
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from bepsk import __version__ as bepsk_version
from bepsk.network.packed import unpack_bits

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
RESULTS = ROOT / "benchmarks" / "results"
CODE = ("bepsk", "setup.py", "benchmarks/*.py", "benchmarks/*.c")
STATUS = Path("/proc/self/status")


def start(module, task, *, threads=1, variables=None, tree=None, stderr=None):
    """Start a module in a process of its own, with so many threads in every library.

    Parameters
    ----------
    module : str
        Finds the task in its command line, as JSON.
    task : dict
    threads : int, default=1
    variables : dict or None, default=None
        What the environment holds besides.
    tree : str or None, default=None
        The checkout to run it from, None for this one.
    stderr : int or None, default=None
        Where errors go, as in `subprocess.Popen`.

    Returns
    -------
    process : subprocess.Popen
        Text goes in and comes out through pipes.
    """
    # A forced OpenBLAS kernel would slow the peers.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
    for library in ("OMP", "OPENBLAS", "MKL"):
        environment[f"{library}_NUM_THREADS"] = str(threads)
    return subprocess.Popen(
        [sys.executable, "-m", module, json.dumps(task)],
        cwd=tree or ROOT,
        env=environment | (variables or {}) | ({"PYTHONPATH": tree} if tree else {}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def memory(key):
    """Return a size from Linux's account of this process, such as "VmRSS", in bytes."""
    lines = STATUS.read_text(encoding="ascii").splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(key))


def peak_memory():
    """Return the peak of the resident memory of this process, in bytes."""
    if STATUS.exists():  # ru_maxrss would count the parent's memory too
        return memory("VmHWM")
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def reset_peak_memory():
    """Let the peak begin anew; return whether the system can."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return False
    return True


def versions(packages):
    """Return the version of bepsk and of each package, None without it."""
    return {"bepsk": bepsk_version} | {package: installed(package) for package in packages}


def installed(package):
    """Return the version of a package, None without it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


@cache
def source_digest():
    """Return 12 hex digits that stand for the sources of bepsk, and change with any of them."""
    digest = sha256()
    for path in sorted((ROOT / "bepsk").rglob("*")):
        if path.suffix in (".py", ".pyx", ".pxd", ".h"):
            digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def git_commit():
    """Return the commit of this checkout, with "-dirty" after it if the code has changed since."""
    commit = git("rev-parse", "--short=10", "HEAD") or "unknown"
    return commit + ("-dirty" if git("status", "--porcelain", "--", *CODE) else "")


def git(*command):
    """Return what git answers, nothing outside a checkout."""
    answer = subprocess.run(
        ["git", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return answer.stdout.strip()


def markdown(head, body):
    """Return a Markdown table; numbers are rounded to three digits."""
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(map(text, line)) + " |" for line in lines)


def text(value):
    """Return a cell as text."""
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if value >= 100 or isinstance(value, int) else f"{value:#.3g}"


def write_section(page, name, section):
    """Replace what stands between the markers of a section of a page."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    renewed, n = re.subn(
        f"{re.escape(begin)}.*?{re.escape(end)}",
        lambda _: f"{begin}\n{section}\n{end}",
        page.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    if n != 1:
        raise ValueError(f"{page} must hold the markers of {name!r} once, not {n} times.")
    page.write_text(renewed, encoding="utf-8")


def series_signs(classifier, X):
    """Return what a fitted recurrent classifier reads.

    Returns
    -------
    signs : int8 array of +-1, shape (n_samples, n_steps, n_bits)
    first : int32 array, shape (n_samples,)
        The step at which each series begins.
    """
    sequences, n_bits = classifier.encode(X), classifier.network_.layers[0].n_inputs
    n_samples, n_steps, n_words = sequences.bits.shape
    bits = unpack_bits(sequences.bits.reshape(-1, n_words), n_bits).astype(np.int8)
    return (2 * bits - 1).reshape(n_samples, n_steps, n_bits), sequences.first


def train_tsetlin(X, classes, *, n_clauses, s, threshold, **options):
    """Train a Tsetlin machine of green-tsetlin and return it.

    Parameters
    ----------
    X : array of 0 / 1, shape (n_samples, n_bits)
    classes : array of 0 .. n_classes - 1, shape (n_samples,)
    n_clauses, s, threshold
        See `green_tsetlin.TsetlinMachine`.
    **options
        Of `green_tsetlin.Trainer`.
    """
    import green_tsetlin

    X, classes = X.astype(np.uint8), classes.astype(np.uint32)
    n_classes = int(classes.max()) + 1
    machine = green_tsetlin.TsetlinMachine(
        X.shape[1], n_clauses, n_classes, s=s, threshold=threshold
    )
    trainer = green_tsetlin.Trainer(
        machine, early_exit_acc=2.0, load_best_state=False, progress_bar=False, **options
    )
    trainer.set_train_data(X, classes)
    trainer.set_eval_data(X[:1], classes[:1])
    trainer.train()
    return machine
