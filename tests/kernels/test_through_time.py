import numpy as np
import pytest
import reference
from common import ROWS, THREADS, WIDTHS, random_signs

from bepsk.kernels import through_time as kernels

STEPS = [1, 2, 5]


def pack_steps(signs):
    return np.stack([reference.pack(step) for step in signs])


def random_series(rng, n_steps, n_rows, n_neurons, n_inputs=1):
    """Return z, desired states, inputs and first steps, some of them the last step."""
    z = rng.integers(-3, 4, size=(n_steps, n_rows, n_neurons), dtype=np.int32)
    desired = random_signs(rng, n_steps, n_rows, n_neurons)
    inputs = random_signs(rng, n_steps, n_rows, n_inputs)
    return z, desired, inputs, rng.integers(0, n_steps, size=n_rows, dtype=np.int32)


@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("inertia", [0, 1, 100, 255])
def test_carry_adds_a_share_rounded_down(n_rows, inertia):
    rng = np.random.default_rng(0)
    previous, z = rng.integers(-3000, 3000, size=(2, n_rows, 65), dtype=np.int32)
    for n_threads in THREADS:
        out = z.copy()
        kernels.carry(previous, inertia, out, n_threads)
        np.testing.assert_array_equal(out, z + inertia * previous // 256)


@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("n_neurons", WIDTHS)
@pytest.mark.parametrize("n_steps", STEPS)
def test_stability_sums_from_the_first_step_of_each_series(n_rows, n_neurons, n_steps):
    z, desired, _, first = random_series(np.random.default_rng(1), n_steps, n_rows, n_neurons)
    live = np.arange(n_steps)[:, np.newaxis] >= first
    expected = (desired * z * live[..., np.newaxis]).sum(axis=0)
    for n_threads in THREADS:
        out = np.full((n_rows, n_neurons), -9, dtype=np.int32)
        kernels.stability(z, pack_steps(desired), first, out, n_threads)
        np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("n_neurons", WIDTHS)
@pytest.mark.parametrize("group_size", [1, 2, 7, 64, 200])
def test_winners_equal_the_reference(n_rows, n_neurons, group_size):
    stability = np.random.default_rng(2).integers(-3, 4, size=(n_rows, n_neurons), dtype=np.int32)
    for n_threads in THREADS:
        out = np.full((n_rows, -(-n_neurons // group_size)), -9, dtype=np.int32)
        kernels.winners(stability, group_size, out, n_threads)
        for row, expected in zip(out, stability, strict=True):
            chosen = reference.unstable_winners(expected, group_size)
            assert row[row >= 0].tolist() == chosen


def test_the_unstable_neuron_nearest_to_zero_wins_the_first_of_equals():
    out = np.empty((1, 2), dtype=np.int32)
    stability = np.array([[-3, -1, -1, 0, 5, 0]], dtype=np.int32)
    kernels.winners(stability, 3, out, 1)
    assert out.tolist() == [[1, -1]]


@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("n_inputs", WIDTHS)
@pytest.mark.parametrize("n_steps", STEPS)
@pytest.mark.parametrize("clip", [False, True])
def test_accumulate_sums_through_time(n_rows, n_inputs, n_steps, clip):
    rng, n_neurons, group_size = np.random.default_rng(3), 10, 4
    _, desired, inputs, first = random_series(rng, n_steps, n_rows, n_neurons, n_inputs)
    winners = np.array([0, 4, 8]) + rng.integers(0, [4, 4, 2], size=(n_rows, 3))
    winners[rng.random(winners.shape) < 0.2] = -1
    weights = rng.integers(0, 4, size=n_rows, dtype=np.int32)
    rows = np.unique(winners[winners >= 0])
    slots = np.full(n_neurons, -1, dtype=np.int32)
    slots[rows] = np.arange(len(rows))
    expected = np.zeros((len(rows), n_inputs), dtype=int)
    for i in range(n_rows):
        for j in winners[i][winners[i] >= 0]:
            change = (desired[first[i] :, i, j, np.newaxis] * inputs[first[i] :, i]).sum(axis=0)
            expected[slots[j]] += 2 * weights[i] * (np.sign(change) if clip else change)
    for n_threads in THREADS:
        delta = np.full((len(rows), n_inputs), -9, dtype=np.int32)
        kernels.accumulate(
            winners.astype(np.int32),
            pack_steps(desired),
            pack_steps(inputs),
            first,
            weights,
            slots,
            group_size,
            clip,
            delta,
            n_threads,
        )
        np.testing.assert_array_equal(delta, expected)
