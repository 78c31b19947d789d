import math

import pytest

from bepsk.training.schedules import Patience, nearest_divisor, next_divisor


@pytest.mark.parametrize("n", [1, 7, 12, 64, 525])
def test_next_divisor_climbs_through_all_divisors(n):
    climbed = [1]
    while climbed[-1] < n:
        climbed.append(next_divisor(n, climbed[-1]))
    assert climbed == [d for d in range(1, n + 1) if n % d == 0]


@pytest.mark.parametrize(
    ("n", "size", "expected"), [(12, 5, 6), (12, 12, 12), (7, 2, 7), (1, 1, 1)]
)
def test_next_divisor_also_starts_between_divisors(n, size, expected):
    assert next_divisor(n, size) == expected


@pytest.mark.parametrize("n", [1, 2, 12, 97, 512, 525, 1024])
@pytest.mark.parametrize("size", [1, 5, 15, 31.7, 2000])
def test_the_nearest_divisor_divides_and_no_other_is_nearer(n, size):
    nearest = nearest_divisor(n, size)
    assert n % nearest == 0
    distances = [abs(math.log(d / size)) for d in range(1, n + 1) if n % d == 0]
    assert abs(math.log(nearest / size)) == min(distances)


@pytest.mark.parametrize(
    ("n", "size", "expected"), [(12, 5, 6), (512, 15, 16), (97, 10, 97), (97, 9, 1)]
)
def test_near_means_a_small_ratio(n, size, expected):
    assert nearest_divisor(n, size) == expected


def test_patience_counts_epochs_since_the_last_improvement():
    patience = Patience()
    improved = [patience.improved(score) for score in [0.1, 0.1, 0.05, 0.2, 0.2]]
    assert improved == [True, False, False, True, False]
    assert (patience.best, patience.stale) == (0.2, 1)


def test_patience_ignores_gains_within_the_tolerance():
    patience = Patience()
    assert [patience.improved(score, tol=0.1) for score in [0.5, 0.6, 0.61]] == [True, False, True]
