import sys

import numpy as np
import pytest
import reference
import reference_contrastive
from common import ROWS, THREADS, WIDTHS, before_a_guard_page, dirty_words, random_signs

from bepsk.kernels import learners as kernels


def choose(z, desired, group_size, triggered=None, sample_weight=None, n_threads=1):
    """Return the winners (n, n_groups), and the list of (neuron, sample, step)."""
    z, desired = np.asarray(z, dtype=np.int32), np.asarray(desired)
    triggered = np.arange(len(z), dtype=np.int32) if triggered is None else triggered
    sample_weight = np.ones(len(z), dtype=np.int32) if sample_weight is None else sample_weight
    winners = np.full((len(triggered), -(-z.shape[1] // group_size)), -9, dtype=np.int32)
    starts = np.full(z.shape[1] + 1, -9, dtype=np.int32)
    sources, steps = np.full((2, winners.size), -9, dtype=np.int32)
    kernels.choose_winners(
        z,
        reference.pack(reference.sign(z)),
        triggered,
        reference.pack(desired),
        reference.pack(np.where(desired == 0, -1, 1)),
        sample_weight,
        group_size,
        winners,
        starts,
        sources,
        steps,
        n_threads,
    )
    neurons = np.repeat(np.arange(z.shape[1]), np.diff(starts))
    assert (sources[starts[-1] :] == -9).all()
    return winners, list(zip(neurons.tolist(), sources.tolist(), steps.tolist(), strict=False))


@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("n_neurons", WIDTHS)
@pytest.mark.parametrize("group_size", [1, 2, 7, 64, 200])
@pytest.mark.parametrize("values", [[-1, 1], [-1, 0, 1]])
def test_winners_equal_the_reference(n_rows, n_neurons, group_size, values):
    rng = np.random.default_rng(1)
    z = rng.integers(-3, 4, size=(9, n_neurons))
    triggered = np.sort(rng.choice(9, n_rows, replace=False)).astype(np.int32)
    desired = rng.choice(values, size=(n_rows, n_neurons))
    weights = rng.integers(0, 4, size=9, dtype=np.int32)
    # Where nothing is desired, nothing is wrong.
    expected = [
        reference.winners(z[i], np.where(rho == 0, reference.sign(z[i]), rho), group_size)
        for i, rho in zip(triggered, desired, strict=True)
    ]
    listed = [
        (j, i, 2 * weights[i] * rho[j])
        for i, rho, won in zip(triggered, desired, expected, strict=True)
        for j in won
        if j >= 0
    ]
    for n_threads in THREADS:
        winners, entries = choose(z, desired, group_size, triggered, weights, n_threads)
        np.testing.assert_array_equal(winners, np.array(expected).reshape(winners.shape))
        assert entries == sorted(listed, key=lambda entry: entry[:2])


@pytest.mark.parametrize(
    ("z", "winner"),
    [
        ([3, 1, 1, 2], 1),  # the first of equals
        ([3, 2, 0, 2], 2),  # z = 0 stands for +1, so it is wrong
        ([-3, -2, -1, -2], -1),  # nobody is wrong
        ([5, -1, 3, -1], 2),  # a right neuron never wins
        ([2**31 - 1, -1, -1, -1], 0),  # the largest value there is
        ([9, -(2**31), -1, 8], -1),  # a size out of range names nobody
    ],
)
def test_the_wrong_neuron_nearest_to_zero_wins(z, winner):
    assert choose([z], [[-1] * 4], 4)[0].tolist() == [[winner]]


@pytest.mark.skipif(sys.platform != "linux", reason="protects memory by a call to Linux's libc")
@pytest.mark.parametrize("group_size", [1, 7, 10, 13, 16, 17])
@pytest.mark.parametrize("n_neurons", [50, 60, 64, 100, 128])
def test_winners_read_nothing_past_the_arrays(n_neurons, group_size):
    values = before_a_guard_page(np.arange(n_neurons, dtype=np.int32)[np.newaxis])
    actual = before_a_guard_page(reference.pack(np.ones((1, n_neurons))))
    signs = before_a_guard_page(reference.pack(-np.ones((1, n_neurons))))
    nonzero = before_a_guard_page(reference.pack(np.ones((1, n_neurons))))
    winners = np.empty((1, -(-n_neurons // group_size)), dtype=np.int32)
    starts = np.empty(n_neurons + 1, dtype=np.int32)
    sources, steps = np.empty((2, winners.size), dtype=np.int32)
    one = np.ones(1, dtype=np.int32)
    kernels.choose_winners(
        values,
        actual,
        one - 1,
        signs,
        nonzero,
        one,
        group_size,
        winners,
        starts,
        sources,
        steps,
        1,
    )
    assert winners[0].tolist() == list(range(0, n_neurons, group_size))


def test_one_group_may_be_larger_than_the_layer():
    winners, _ = choose([[-2, -1]], [[1, 1]], 2**62)
    assert winners.tolist() == [[1]]


def choose_learners(z, rows, nonzero, weights, windows, n_threads):
    """Return who learns, unpacked, with the starts and both counts; z and nonzero as bits."""
    n_neurons = z.shape[1]
    learning = dirty_words(len(rows), n_neurons)
    starts, asked, learned = (
        np.full(n, -9, dtype=np.int32) for n in (n_neurons + 1, n_neurons, n_neurons)
    )
    kernels.choose_learners(
        z, rows, nonzero, weights, windows, learning, starts, asked, learned, n_threads
    )
    return learning, starts, asked, learned


def list_learners(learning, signs, rows, weights, starts, n_threads):
    sources, steps = np.full((2, starts[-1]), -9, dtype=np.int32)
    kernels.list_learners(learning, signs, rows, weights, starts, sources, steps, n_threads)
    return sources, steps


def random_errors(rng, n_rows, n_neurons):
    """Return sums of 9 samples, rows of some of them, t, weights and windows."""
    z = rng.integers(-6, 7, size=(9, n_neurons), dtype=np.int32)
    rows = rng.integers(0, 9, size=n_rows, dtype=np.int32)
    t = rng.integers(-1, 2, size=(n_rows, n_neurons))
    weights = rng.integers(0, 4, size=n_rows, dtype=np.int32)
    return z, rows, t, weights, rng.integers(0, 8, size=n_neurons, dtype=np.int32)


@pytest.mark.parametrize("n_rows", [*ROWS, 63, 64, 65, 200])
@pytest.mark.parametrize("n_neurons", [*WIDTHS, 520])
def test_learners_equal_the_reference(n_rows, n_neurons):
    rng = np.random.default_rng(2)
    z, rows, t, weights, windows = random_errors(rng, n_rows, n_neurons)
    within = abs(z[rows]) <= windows
    entries = [
        (j, rows[i], 2 * weights[i] * t[i, j])
        for j in range(n_neurons)
        for i in range(n_rows)
        if t[i, j] != 0 and within[i, j]
    ]
    nonzero = reference.pack(2 * (t != 0) - 1)
    signs = reference.pack(t + (t == 0) * random_signs(rng, *t.shape))  # of 0 they do not matter
    for n_threads in THREADS:
        learning, starts, asked, learned = choose_learners(
            z, rows, nonzero, weights, windows, n_threads
        )
        np.testing.assert_array_equal(learning, reference.pack(2 * ((t != 0) & within) - 1))
        np.testing.assert_array_equal(asked, weights @ (t != 0))
        np.testing.assert_array_equal(learned, weights @ ((t != 0) & within))
        sources, steps = list_learners(learning, signs, rows, weights, starts, n_threads)
        neurons = np.repeat(np.arange(n_neurons), np.diff(starts))
        assert list(zip(neurons, sources, steps, strict=True)) == entries


@pytest.mark.parametrize(
    ("z", "window", "learns"),
    [
        (0, 0, True),
        (-5, 5, True),
        (-6, 5, False),
        (6, 5, False),
        (2**31 - 1, kernels.MAX_WINDOW, False),
        (-(2**31) + 1, kernels.MAX_WINDOW, False),
        (-(2**31), kernels.MAX_WINDOW, False),  # its size is out of range
        (kernels.MAX_WINDOW, kernels.MAX_WINDOW, True),
        (2**31 - 1, 2**31 - 1, True),
    ],
)
def test_learners_are_within_their_windows(z, window, learns):
    zero = np.zeros(1, dtype=np.int32)
    z, window = (np.array([value], dtype=np.int32) for value in (z, window))
    nonzero = np.ones((1, 1), dtype=np.uint64)
    learning, starts, asked, learned = choose_learners(
        z[np.newaxis], zero, nonzero, zero + 3, window, 1
    )
    assert learning.tolist() == [[learns]]
    assert (starts.tolist(), asked.tolist(), learned.tolist()) == ([0, learns], [3], [3 * learns])


def test_counts_add_up_large_weights():
    rows = np.zeros(3, dtype=np.int32)
    weights = np.array([2**30, 2**30 - 1, 0], dtype=np.int32)
    _, starts, asked, learned = choose_learners(
        np.zeros((1, 65), dtype=np.int32),
        rows,
        reference.pack(np.ones((3, 65))),
        weights,
        np.zeros(65, dtype=np.int32),
        1,
    )
    assert starts.tolist() == list(range(0, 3 * 65 + 1, 3))
    assert set(asked) == set(learned) == {2**31 - 1}


def test_a_list_never_outgrows_the_places_of_its_neuron():
    """Starts that leave too few or too many places, though they fit the arrays."""
    ones = reference.pack(np.ones((5, 3)))
    rows, weights = np.arange(5, dtype=np.int32), np.ones(5, dtype=np.int32)
    starts = np.array([0, 2, 9, 9], dtype=np.int32)
    sources, steps = list_learners(ones, ones, rows, weights, starts, 1)
    assert sources.tolist() == [0, 1, 0, 1, 2, 3, 4, -9, -9]
    assert steps.tolist() == [2] * 7 + [-9] * 2


@pytest.mark.skipif(sys.platform != "linux", reason="protects memory by a call to Linux's libc")
@pytest.mark.parametrize("n_rows", [1, 2, 64, 65])
@pytest.mark.parametrize("n_neurons", [1, 3, 50, 60, 64, 65, 100, 127, 128, 520])
def test_learners_read_nothing_past_the_arrays(n_rows, n_neurons):
    z = before_a_guard_page(np.tile(np.arange(n_neurons, dtype=np.int32), (n_rows, 1)))
    rows = before_a_guard_page(np.arange(n_rows, dtype=np.int32))
    weights = before_a_guard_page(np.ones(n_rows, dtype=np.int32))
    ones = before_a_guard_page(reference.pack(np.ones((n_rows, n_neurons))))
    windows = before_a_guard_page(np.full(n_neurons, 40, dtype=np.int32))
    out = before_a_guard_page(np.zeros((n_rows, -(-n_neurons // 64)), dtype=np.uint64))
    starts = before_a_guard_page(np.zeros(n_neurons + 1, dtype=np.int32))
    asked, learned = (before_a_guard_page(np.zeros(n_neurons, dtype=np.int32)) for _ in range(2))
    kernels.choose_learners(z, rows, ones, weights, windows, out, starts, asked, learned, 1)
    sources, steps = (before_a_guard_page(np.zeros(starts[-1], dtype=np.int32)) for _ in range(2))
    kernels.list_learners(out, ones, rows, weights, starts, sources, steps, 1)
    n_learning = min(n_neurons, 41)
    assert sources.tolist() == list(range(n_rows)) * n_learning
    assert set(steps) == {2}
    assert asked.tolist() == [n_rows] * n_neurons
    kernels.adapt_windows(windows, asked, learned, 0.5)
    assert windows.tolist() == [34] * n_learning + [46] * (n_neurons - n_learning)


@pytest.mark.parametrize("share", [0.0, 0.125, 0.3, 1.0])
@pytest.mark.parametrize("n_neurons", WIDTHS)
def test_windows_adapt_as_in_the_reference(share, n_neurons, monkeypatch):
    monkeypatch.setattr(reference_contrastive, "SHARE", share)
    rng = np.random.default_rng(3)
    windows = rng.choice([0, 1, 7, 8, 9, 100, 2**30 - 9, 2**30], size=n_neurons).astype(np.int32)
    asked = rng.choice([0, 1, 8, 16, 17, 2**31 - 1], size=n_neurons).astype(np.int32)
    learned = np.minimum(asked, rng.choice([0, 1, 2, 3, 2**28, 2**31 - 1], size=n_neurons))
    learned = learned.astype(np.int32)
    change = reference_contrastive.Change(None, None, asked.tolist(), learned.tolist())
    expected = reference_contrastive.adapted(windows.tolist(), change)
    kernels.adapt_windows(windows, asked, learned, share)
    np.testing.assert_array_equal(windows, expected)


@pytest.mark.parametrize(
    ("window", "asked", "learned", "expected"),
    [
        (0, 8, 0, 1),
        (0, 8, 1, 0),  # a share of exactly an eighth is enough
        (7, 8, 0, 8),
        (8, 8, 0, 10),
        (8, 9, 1, 10),
        (8, 8, 1, 6),
        (1, 8, 8, 0),
        (8, 0, 0, 8),
        (kernels.MAX_WINDOW, 8, 0, kernels.MAX_WINDOW),
    ],
)
def test_a_window_moves_by_an_eighth_plus_one(window, asked, learned, expected):
    arrays = [np.array([value], dtype=np.int32) for value in (window, asked, learned)]
    kernels.adapt_windows(*arrays, 0.125)
    assert arrays[0].tolist() == [expected]
