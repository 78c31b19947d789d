"""Run cells in processes of their own, a thread each, and append a line for each that is done."""

import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict

from benchmarks.common import source_digest, start
from benchmarks.paper.cells import read


def run(cells, path, jobs, *, force=False):
    """Run the cells that have no line in the file yet, and say how many of the others are stale.

    Parameters
    ----------
    cells : list of Cell
    path : Path
        The JSONL file of their results.
    jobs : int
        Processes at once.
    force : bool, default=False
        Whether to run all cells; the new line of a cell then counts.

    Returns
    -------
    n_failed : int
    """
    finished = {} if force else read(path)
    todo = [cell for cell in cells if cell.key() not in finished]
    done = [finished[cell.key()] for cell in cells if cell.key() in finished]
    print(f"{len(done)} cells are finished, {len(todo)} to run.", flush=True)
    stale = [record for record in done if record.get("sources") != source_digest()]
    if stale:
        commits = ", ".join(sorted({record["commit"][:10] for record in stale}))
        print(
            f"{len(stale)} of the finished cells are stale: bepsk has changed since {commits}; "
            "--force runs cells again.",
            flush=True,
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    start, n_failed = time.perf_counter(), 0
    with ThreadPoolExecutor(jobs) as pool, path.open("a") as file:
        futures = {pool.submit(measure_apart, cell): cell for cell in todo}
        try:
            for count, future in enumerate(as_completed(futures), start=1):
                cell, record = futures[future], future.result()
                left = (time.perf_counter() - start) / count * (len(todo) - count)
                progress = f"[{count}/{len(todo)}, {left / 60:.0f} min left] {cell.table}"
                if isinstance(record, str):
                    n_failed += 1
                    print(progress, cell.setting, cell.method, "FAILED:\n" + record, flush=True)
                    continue
                file.write(json.dumps(record) + "\n")
                file.flush()
                print(progress, told(record), flush=True)
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise
    return n_failed


def measure_apart(cell):
    """Measure a cell in a new process; return its record, or the error as text."""
    process = start("benchmarks.paper.measure", asdict(cell), stderr=subprocess.PIPE)
    output, errors = process.communicate()
    if process.returncode:
        return errors or f"exit status {process.returncode}"
    return json.loads(output.splitlines()[-1])


def told(record):
    """Return a record in a few words."""
    return (
        f"{record['setting']}, {record['method']}, seed {record['seed']}: "
        f"{record['accuracy']:.2f} %, {record['seconds']:.1f} s, {record['peak_mb']} MB"
    )
