import numpy as np
import pytest
import reference
from common import ROWS, THREADS, WIDTHS, dirty_words, random_signs

from bepsk.kernels import update as kernels
from bepsk.network.layer import survival_table


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
    out = np.full((len(z), -(-z.shape[1] // group_size)), -9, dtype=np.int32)
    kernels.winners(z.astype(np.int32), reference.pack(desired), group_size, out, n_threads)
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


@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("n_inputs", WIDTHS)
@pytest.mark.parametrize("group_size", [1, 3, 10])
def test_accumulate_adds_the_updates_of_all_winners(n_rows, n_inputs, group_size):
    rng = np.random.default_rng(2)
    n_neurons = 10
    z = rng.integers(-3, 4, size=(n_rows, n_neurons))
    desired, a = random_signs(rng, n_rows, n_neurons), random_signs(rng, n_rows, n_inputs)
    weights = rng.integers(0, 4, size=n_rows, dtype=np.int32)
    expected = np.zeros((n_neurons, n_inputs), dtype=int)
    for row in range(n_rows):
        delta = reference.update_of_layer(z[row], desired[row], a[row], group_size)
        expected = expected + weights[row] * delta
    chosen = winners_of(z, desired, group_size)
    rows = np.unique(chosen[chosen >= 0])
    slots = np.full(n_neurons, -1, dtype=np.int32)
    slots[rows] = np.arange(len(rows))[::-1]
    for n_threads in THREADS:
        delta = rng.integers(-9, 10, size=(len(rows), n_inputs), dtype=np.int32)
        kernels.accumulate(
            chosen,
            reference.pack(desired),
            reference.pack(a),
            weights,
            slots,
            group_size,
            delta,
            n_threads,
        )
        np.testing.assert_array_equal(delta[::-1], expected[rows])
        assert not np.delete(expected, rows, axis=0).any()


@pytest.mark.parametrize("n_neurons", [1, 3, 17])
@pytest.mark.parametrize("n_inputs", WIDTHS)
@pytest.mark.parametrize("limit", [1, 7, 32767])
def test_apply_adds_saturates_and_packs(n_neurons, n_inputs, limit):
    rng = np.random.default_rng(3)
    shape = n_neurons, n_inputs
    H = (random_signs(rng, *shape) * rng.choice([1, limit], size=shape)).astype(np.int16)
    delta = (2 * rng.choice([-(10**9), -limit, -1, 0, 1, limit, 10**9], size=shape)).astype(
        np.int32
    )
    rows = rng.permutation(n_neurons)[: (n_neurons + 1) // 2].astype(np.int32)
    expected = H.astype(int)
    expected[rows] = reference.saturate(H[rows] + delta[rows].astype(int), limit)
    for n_threads in THREADS:
        changed, visible = H.copy(), reference.pack(H)
        visible[rows] = dirty_words(len(rows), n_inputs)
        kernels.apply(changed, rows, delta[rows], limit, visible, n_threads)
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
        kernels.reinforce(changed, survival_table(probability), 99, 5, n_threads)
        np.testing.assert_array_equal(changed, expected)


@pytest.mark.parametrize("probability", [0.001, 0.02, 0.3])
def test_reinforce_meets_each_weight_with_its_probability(probability):
    H = np.ones((500, 1000), dtype=np.int16)
    kernels.reinforce(H, survival_table(probability), 5, 32767, 1)
    assert set(np.unique(H)) == {1, 3}
    hits = (H == 3).sum(axis=0)
    spread = np.sqrt(H.size * probability * (1 - probability))
    assert abs(hits.sum() - H.size * probability) < 4 * spread
    assert abs(hits[:500].sum() - H.size / 2 * probability) < 4 * spread
