import fuzz
import pytest


@pytest.mark.once
def test_five_hundred_cases_find_nothing():
    findings, _ = fuzz.fuzz(seed=0, numbers=range(500))
    lines = [
        f"{what}: python tests/fuzz.py --case {numbers[0]}" for what, numbers in findings.items()
    ]
    assert not findings, "\n".join(lines)
