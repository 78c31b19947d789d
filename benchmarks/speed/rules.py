"""An epoch of FashionMNIST and one of PenDigits under both rules, with batches of the same size."""

from benchmarks.speed import ours
from benchmarks.speed.contest import Contender, contest
from benchmarks.speed.report import Table

RULES = {"paper": "the paper's rule", "contrastive": "the contrastive rule"}
ROUNDS = 7


def measure(quick):
    """Return the table."""
    contenders = [
        Contender(column, task, ours.epochs, {"task": task, "quick": quick, "rule": rule})
        for task in ours.TASKS
        for rule, column in RULES.items()
    ]
    results = contest(contenders, 2 if quick else ROUNDS)
    figures = {
        f"{task}: times the seconds of the paper's rule": results.ratio(
            RULES["contrastive"], RULES["paper"], task
        )
        for task in ours.TASKS
    }
    return Table(*results.pivot("seconds per epoch"), figures, results)
