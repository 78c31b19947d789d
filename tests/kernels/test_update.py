import ctypes
import mmap
import sys

import numpy as np
import pytest
import reference
from common import ROWS, THREADS, WIDTHS, dirty_words, random_signs

from bepsk.kernels import update as kernels
from bepsk.network.layer import survival_tables


@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("n_neurons", WIDTHS)
@pytest.mark.parametrize("width", [0, 2, 100])
def test_gate_is_open_up_to_its_width(n_rows, n_neurons, width):
    z = np.random.default_rng(0).integers(-4, 5, size=(n_rows, n_neurons), dtype=np.int32)
    for n_threads in THREADS:
        out = dirty_words(n_rows, n_neurons)
        kernels.gate(z, width, out, n_threads)
        np.testing.assert_array_equal(out, reference.pack(reference.gate(z, 1, width)))


def winners_of(z, desired, group_size, n_threads=1):
    z = np.asarray(z)
    wrong = reference.pack(-reference.sign(z) * desired)
    out = np.full((len(z), -(-z.shape[1] // group_size)), -9, dtype=np.int32)
    kernels.winners(z.astype(np.int32), wrong, group_size, out, n_threads)
    return out


@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("n_neurons", WIDTHS)
@pytest.mark.parametrize("group_size", [1, 2, 7, 64, 200])
def test_winners_equal_the_reference(n_rows, n_neurons, group_size):
    rng = np.random.default_rng(1)
    z = rng.integers(-3, 4, size=(n_rows, n_neurons))
    desired = random_signs(rng, n_rows, n_neurons)
    expected = [reference.winners(*row, group_size) for row in zip(z, desired, strict=True)]
    for n_threads in THREADS:
        out = winners_of(z, desired, group_size, n_threads)
        np.testing.assert_array_equal(out, np.array(expected).reshape(out.shape))


@pytest.mark.parametrize(
    ("z", "winner"),
    [
        ([3, 1, 1, 2], 1),  # the first of equals
        ([3, 2, 0, 2], 2),  # z = 0 stands for +1, so it is wrong
        ([-3, -2, -1, -2], -1),  # nobody is wrong
        ([5, -1, 3, -1], 2),  # a right neuron never wins
    ],
)
def test_the_wrong_neuron_nearest_to_zero_wins(z, winner):
    assert winners_of(np.array([z]), [[-1] * 4], 4).tolist() == [[winner]]


@pytest.mark.skipif(sys.platform != "linux", reason="protects memory by a call to Linux's libc")
@pytest.mark.parametrize("group_size", [1, 7, 10, 13, 16, 17])
@pytest.mark.parametrize("n_neurons", [50, 60, 64, 100, 128])
def test_winners_read_nothing_behind_the_arrays(n_neurons, group_size):
    values = before_a_guard_page(np.arange(n_neurons, dtype=np.int32)[np.newaxis])
    marked = before_a_guard_page(reference.pack(np.ones((1, n_neurons))))
    out = np.empty((1, -(-n_neurons // group_size)), dtype=np.int32)
    kernels.winners(values, marked, group_size, out, 1)
    assert out[0].tolist() == list(range(0, n_neurons, group_size))


def before_a_guard_page(array):
    """Copy an array to the end of a page behind which any access is a crash."""
    pages = mmap.mmap(-1, 2 * mmap.PAGESIZE)
    copy = np.frombuffer(pages, array.dtype, array.size, mmap.PAGESIZE - array.nbytes)
    copy = copy.reshape(array.shape)
    copy[:] = array
    guard = ctypes.c_void_p(copy.ctypes.data + copy.nbytes)
    assert ctypes.CDLL(None).mprotect(guard, ctypes.c_size_t(mmap.PAGESIZE), 0) == 0
    return copy


@pytest.mark.parametrize("n_rows", [0, 1, 7, 40])
@pytest.mark.parametrize("n_neurons", [1, 10, 65])
def test_winners_are_sorted_by_neuron_and_then_by_sample(n_rows, n_neurons):
    rng = np.random.default_rng(2)
    winners = rng.integers(-1, n_neurons, size=(n_rows, 3), dtype=np.int32)
    starts = np.full(n_neurons + 1, -9, dtype=np.int32)
    samples, neurons = np.full((2, winners.size), -9, dtype=np.int32)
    kernels.sort_by_neuron(winners, starts, samples, neurons)
    expected = [
        (j, i) for j in range(n_neurons) for i in range(n_rows) for w in winners[i] if w == j
    ]
    n = len(expected)
    assert list(zip(neurons[:n].tolist(), samples[:n].tolist(), strict=True)) == expected
    assert (neurons[n:] == -9).all()
    counts = np.bincount(winners[winners >= 0], minlength=n_neurons)
    assert starts.tolist() == [0, *np.cumsum(counts)]


@pytest.mark.parametrize("n_entries", [0, 1, 30])
@pytest.mark.parametrize("n_inputs", WIDTHS)
@pytest.mark.parametrize("limit", [7, 32767])
@pytest.mark.parametrize("largest_step", [6, 30_000, 10**7])
@pytest.mark.parametrize("masked", [False, True])
def test_apply_adds_saturates_and_packs(n_entries, n_inputs, limit, largest_step, masked):
    rng = np.random.default_rng(3)
    n_neurons = 5
    H = random_signs(rng, n_neurons, n_inputs) * rng.choice([1, limit], size=n_inputs)
    inputs = random_signs(rng, 9, n_inputs)
    known = rng.integers(0, 2, size=inputs.shape) if masked else np.ones_like(inputs)
    neurons = np.sort(rng.choice([0, 2, 3], size=n_entries))  # 1 and 4 stay
    sources = rng.integers(0, 9, size=n_entries, dtype=np.int32)
    steps = rng.choice([-largest_step, -2, 2, largest_step], size=n_entries).astype(np.int32)
    expected = H.copy()
    np.add.at(expected, neurons, steps[:, np.newaxis] * (inputs * known)[sources])
    expected = reference.saturate(expected, limit)
    starts = np.searchsorted(neurons, np.arange(n_neurons + 1)).astype(np.int32)
    for n_threads in THREADS:
        changed, visible = H.astype(np.int16), reference.pack(H)
        visible[np.unique(neurons)] = dirty_words(len(np.unique(neurons)), n_inputs)
        kernels.apply(
            changed,
            starts,
            sources,
            steps,
            reference.pack(inputs),
            reference.pack(2 * known - 1)[: 9 * masked],
            limit,
            visible,
            n_threads,
        )
        np.testing.assert_array_equal(changed, expected)
        np.testing.assert_array_equal(visible, reference.pack(expected))


@pytest.mark.parametrize("n_neurons", [1, 3, 17])
@pytest.mark.parametrize("n_inputs", [*WIDTHS, 1000])
@pytest.mark.parametrize("probability", [1e-10, 1e-3, 0.03, 0.5, 1.0, 2.0])
def test_reinforce_skips_to_the_same_weights(n_neurons, n_inputs, probability):
    rng = np.random.default_rng(4)
    H = (random_signs(rng, n_neurons, n_inputs) * rng.choice([1, 3, 5], size=n_inputs)).astype(
        np.int16
    )
    expected = reference.reinforce(H, probability, key=99, limit=5)
    for n_threads in THREADS:
        changed = H.copy()
        kernels.reinforce(changed, *survival_tables(probability), 99, 5, n_threads)
        np.testing.assert_array_equal(changed, expected)


@pytest.mark.parametrize("probability", [0.001, 0.02, 0.3])
def test_reinforce_meets_each_weight_with_its_probability(probability):
    H = np.ones((500, 1000), dtype=np.int16)
    kernels.reinforce(H, *survival_tables(probability), 5, 32767, 1)
    assert set(np.unique(H)) == {1, 3}
    hits = (H == 3).sum(axis=0)
    spread = np.sqrt(H.size * probability * (1 - probability))
    assert abs(hits.sum() - H.size * probability) < 4 * spread
    assert abs(hits[:500].sum() - H.size / 2 * probability) < 4 * spread
