"""Damaged files of fitted estimators; tests/damage.py does more of the same."""

import pytest

pytest.importorskip("skops")
import damage


@pytest.mark.once
def test_damaged_files_are_refused_or_work():
    n_cuts = len(damage.cuts())
    findings, counts = damage.damage(0, [*range(0, n_cuts, 20), *range(n_cuts, n_cuts + 500)])
    lines = [f"{what}: python tests/damage.py --case {n[0]}" for what, n in findings.items()]
    assert not findings, "\n".join(lines)
    endings = {ending.split(": ")[1] for ending in counts}
    assert endings >= {"refused by the format", "refused by us", "loads and works"}
