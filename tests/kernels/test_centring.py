"""Updates of centred inputs, on every way through the kernel, against the twin."""

import sys

import numpy as np
import pytest
import reference
from common import THREADS, before_a_guard_page, random_signs
from reference_training import centre

from bepsk.kernels import update as kernels
from bepsk.network.layer import Layer, survival_tables
from bepsk.network.packed import interleave
from bepsk.network.randomness import derive_key
from bepsk.network.update import Increments

N_NEURONS = 20
KEY = 2**64 - 3
SIZES = {
    "ones": [2],
    "both signs": [2, -2],
    "weights": [2, -2, 4, -10],
    "odd": [1, -3],
    "up to the limit of the fast way": [16_382],
    "just within it": [16_383],
    "just past it": [16_384],
    "past it": [-16_384],
    "past the int16 of the slow way": [2, 32_766],
    "large": [-10_000_000, 9_999_998],
}
"""Steps, by what they try. The fast way takes sums of their sizes up to 16,383."""


def centring_of(means, key=KEY):
    """Return what the kernel takes, as `Layer.apply_update` makes it."""
    centring = np.full((-(-len(means) // 64), 3, 64), 999, dtype=np.uint16)
    kernels.draw_centring(np.asarray(means, dtype=np.int32), derive_key(key, 0), centring)
    return centring


def some_means(rng, n_inputs):
    """Means of all sizes, the largest and 0 among them."""
    return rng.choice([-(2**15), 1 - 2**15, -12_345, -1, 0, 1, 20_000, 2**15], size=n_inputs)


def update(H, starts, sources, steps, inputs, means, limit=32767, n_threads=1):
    """Return the new hidden weights and the rows of the new visible ones."""
    changed, panels = H.astype(np.int16), interleave(reference.pack(H))
    for j in np.flatnonzero(np.diff(starts)):
        panels[j // 16, :, j % 16] = 2**64 - 1
    kernels.update_weights(
        changed,
        panels,
        starts,
        sources,
        steps,
        reference.pack(inputs),
        reference.pack(inputs[:0]),
        centring_of(means),
        limit,
        *survival_tables(0.0),
        KEY,
        n_threads,
    )
    return changed, panels


def check(rng, n_inputs, steps, neurons, limit=32767):
    """Compare an update of H, one step for each of the neurons, with the twin's."""
    H = random_signs(rng, N_NEURONS, n_inputs) * rng.choice([1, limit], size=n_inputs)
    inputs, means = random_signs(rng, 9, n_inputs), some_means(rng, n_inputs)
    sources = rng.integers(0, 9, size=len(steps), dtype=np.int32)
    delta, total = np.zeros(H.shape, dtype=int), np.zeros(N_NEURONS, dtype=int)
    np.add.at(delta, neurons, steps[:, np.newaxis] * inputs[sources])
    np.add.at(total, neurons, steps)
    # A step is 2 t w; the odd steps of some cases take half a t.
    halves = [half if half % 1 else int(half) for half in (total / 2).tolist()]
    expected = reference.saturate(H + centre(delta, halves, means.tolist(), KEY), limit)
    starts = np.searchsorted(neurons, np.arange(N_NEURONS + 1)).astype(np.int32)
    for n_threads in THREADS:
        changed, panels = update(H, starts, sources, steps, inputs, means, limit, n_threads)
        np.testing.assert_array_equal(changed, expected)
        np.testing.assert_array_equal(panels, interleave(reference.pack(reference.sign(expected))))


@pytest.mark.parametrize("n_entries", [0, 1, 3, 30, 200])
@pytest.mark.parametrize("n_inputs", [1, 63, 64, 65, 128, 129, 520])
@pytest.mark.parametrize("kind", SIZES)
def test_a_centred_update_equals_the_reference(n_entries, n_inputs, kind):
    rng = np.random.default_rng(3)
    neurons = np.sort(rng.choice([0, 2, 3, 17], size=n_entries))  # the others stay
    steps = rng.choice(SIZES[kind], size=n_entries).astype(np.int32)
    check(rng, n_inputs, steps, neurons, limit=[7, 32767][n_entries % 2])


@pytest.mark.parametrize("size", [2, 254, 8190, 16_380, 16_382, 16_384, 16_386, 32_766, 65_534])
@pytest.mark.parametrize("n_entries", [1, 2, 3, 7, 64, 130])
def test_sums_of_steps_near_the_limits_of_16_bits(size, n_entries):
    """Steps of one sign, or of both, that together are as large as this, of one neuron."""
    rng = np.random.default_rng(n_entries)
    n = min(n_entries, size // 2)
    shares = np.full(n, 2)
    shares[0] += size - shares.sum()
    for signs in (np.ones(n, int), -np.ones(n, int), random_signs(rng, n)):
        check(rng, 130, (signs * shares).astype(np.int32), np.zeros(n, dtype=int))


@pytest.mark.parametrize("mean", [-(2**15), -20_000, -1, 0, 1, 3, 16_384, 2**15])
def test_the_mean_of_many_centred_updates_is_that_of_exact_ones(mean):
    """One step of +2 of one input that is +1: rounded to even, 2 - 2 mean on average."""
    n_neurons = 4000
    H = np.ones((n_neurons, 1), dtype=int)
    starts = np.arange(n_neurons + 1, dtype=np.int32)
    sources, steps = np.zeros(n_neurons, dtype=np.int32), np.full(n_neurons, 2, dtype=np.int32)
    changed, _ = update(H, starts, sources, steps, np.ones((1, 1), int), np.array([mean]))
    gained = changed - 1.0
    assert set(np.unique(gained)) <= {0.0, 2.0, 4.0}
    assert abs(gained.mean() - 2 * (1 - mean / 2**15)) < 4 / n_neurons**0.5
    if mean % 2**15 == 0:
        assert len(np.unique(gained)) == 1


def test_an_input_of_mean_zero_is_not_centred():
    rng = np.random.default_rng(0)
    H, inputs = random_signs(rng, N_NEURONS, 70), random_signs(rng, 9, 70)
    starts = np.arange(N_NEURONS + 1, dtype=np.int32)
    sources = rng.integers(0, 9, size=N_NEURONS, dtype=np.int32)
    steps = np.full(N_NEURONS, -6, dtype=np.int32)
    changed, _ = update(H, starts, sources, steps, inputs, np.zeros(70, dtype=int))
    np.testing.assert_array_equal(changed, H - 6 * inputs[sources])


@pytest.mark.skipif(sys.platform != "linux", reason="protects memory by a call to Linux's libc")
@pytest.mark.parametrize("n_inputs", [1, 64, 100, 512, 513, 800])
@pytest.mark.parametrize("step", [2, 20_000])
def test_a_centred_update_touches_nothing_past_the_arrays(n_inputs, step):
    inputs = random_signs(np.random.default_rng(0), 3, n_inputs)
    H = before_a_guard_page(np.ones((1, n_inputs), dtype=np.int16))
    bits = reference.pack(inputs)
    kernels.update_weights(
        H,
        np.zeros((1, bits.shape[1], 16), dtype=np.uint64),
        np.array([0, 3], dtype=np.int32),
        np.array([0, 1, 2], dtype=np.int32),
        np.array([step, 2, 2], dtype=np.int32),
        before_a_guard_page(bits),
        bits[:0],
        before_a_guard_page(centring_of(np.full(n_inputs, 2**15))),
        32767,
        *survival_tables(0.0),
        KEY,
        1,
    )
    delta = (np.array([[step], [2], [2]]) * (inputs - 1)).sum(axis=0)
    np.testing.assert_array_equal(H[0], reference.saturate(1 + delta))


@pytest.mark.parametrize("n_inputs", [1, 64, 65, 130])
@pytest.mark.parametrize("probability", [0.0, 0.5])
def test_a_layer_centres_its_inputs_and_then_reinforces(n_inputs, probability):
    rng = np.random.default_rng(1)
    layer, inputs = Layer.random(5, n_inputs, key=1), random_signs(rng, 6, n_inputs)
    layer.input_means = some_means(rng, n_inputs).astype(np.int32)
    steps = np.array([2, -4, 2, 2, -2, 10], dtype=np.int32)
    starts = np.array([0, 0, 1, 4, 4, 6], dtype=np.int32)
    bits = reference.pack(inputs)
    increments = Increments(starts, np.arange(6, dtype=np.int32), steps, bits, bits[:0])
    delta, moves = np.zeros((5, n_inputs), dtype=int), np.zeros(5, dtype=int)
    for j in range(5):
        for i in range(starts[j], starts[j + 1]):
            delta[j] += steps[i] * inputs[i]
            moves[j] += steps[i] // 2
    expected = layer.hidden_weights + centre(delta, moves, layer.input_means.tolist(), key=9)
    if probability:
        expected = reference.reinforce(expected, probability, key=9)
    layer.apply_update(increments, 1, probability, key=9)
    np.testing.assert_array_equal(layer.hidden_weights, expected)
    assert (layer.hidden_weights % 2 == 1).all()
