import sys

import numpy as np
import pytest
import reference
from common import ROWS, THREADS, WIDTHS, before_a_guard_page, dirty_words, random_signs

from bepsk.kernels import update as kernels
from bepsk.network.layer import survival_tables
from bepsk.network.packed import interleave

WIDTH = 5
"""Of the gate: about there it closes."""


@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("n_neurons", WIDTHS)
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("spread", [0, 3])
def test_gate_equals_equation_5(n_rows, n_neurons, masked, spread):
    rng = np.random.default_rng(0)
    z = rng.integers(-2 * WIDTH, 2 * WIDTH + 1, size=(9, n_neurons), dtype=np.int32)
    widths = rng.integers(WIDTH - spread, WIDTH + spread + 1, size=n_neurons, dtype=np.int32)
    triggered = rng.choice(9, n_rows, replace=False).astype(np.int32)
    nonzero = rng.integers(2, size=(n_rows, n_neurons)) if masked else 1
    expected = reference.pack(2 * reference.gate(z[triggered], widths, 1) * nonzero - 1)
    for n_threads in THREADS:
        out = dirty_words(n_rows, n_neurons)
        packed = reference.pack(2 * nonzero - 1) if masked else out[:0]
        kernels.gate(z, triggered, widths, packed, out, n_threads)
        np.testing.assert_array_equal(out, expected)


NEVER = survival_tables(0.0)
NO_CENTRING = np.empty((0, 0), dtype=np.uint16)


@pytest.mark.parametrize("n_entries", [0, 1, 3, 30, 200])
@pytest.mark.parametrize("n_inputs", [*WIDTHS, 520])
@pytest.mark.parametrize("limit", [7, 32767])
@pytest.mark.parametrize("steps", [[2], [-2, 2, 4, 10], [6, -30_000], [-2, 10**7]])
@pytest.mark.parametrize("masked", [False, True])
def test_update_adds_saturates_and_packs(n_entries, n_inputs, limit, steps, masked):
    rng = np.random.default_rng(3)
    n_neurons = 20
    H = random_signs(rng, n_neurons, n_inputs) * rng.choice([1, limit], size=n_inputs)
    inputs = random_signs(rng, 9, n_inputs)
    known = rng.integers(0, 2, size=inputs.shape) if masked else np.ones_like(inputs)
    neurons = np.sort(rng.choice([0, 2, 3, 17], size=n_entries))  # the others stay
    sources = rng.integers(0, 9, size=n_entries, dtype=np.int32)
    steps = rng.choice(steps, size=n_entries).astype(np.int32)
    expected = H.copy()
    np.add.at(expected, neurons, steps[:, np.newaxis] * (inputs * known)[sources])
    expected = reference.saturate(expected, limit)
    starts = np.searchsorted(neurons, np.arange(n_neurons + 1)).astype(np.int32)
    for n_threads in THREADS:
        changed, panels = H.astype(np.int16), interleave(reference.pack(H))
        for j in neurons:
            panels[j // 16, :, j % 16] = 2**64 - 1
        kernels.update_weights(
            changed,
            panels,
            starts,
            sources,
            steps,
            reference.pack(inputs),
            reference.pack(2 * known - 1)[: 9 * masked],
            NO_CENTRING,
            limit,
            *NEVER,
            0,
            n_threads,
        )
        np.testing.assert_array_equal(changed, expected)
        np.testing.assert_array_equal(panels, interleave(reference.pack(expected)))


@pytest.mark.skipif(sys.platform != "linux", reason="protects memory by a call to Linux's libc")
@pytest.mark.parametrize("n_inputs", [1, 64, 100, 512, 513, 800])
def test_update_touches_nothing_past_the_arrays(n_inputs):
    inputs = random_signs(np.random.default_rng(0), 3, n_inputs)
    H = before_a_guard_page(np.ones((1, n_inputs), dtype=np.int16))
    ones = before_a_guard_page(reference.pack(np.ones((3, n_inputs))))
    for known in (ones, ones[:0]):
        kernels.update_weights(
            H,
            np.zeros((1, -(-n_inputs // 64), 16), dtype=np.uint64),
            np.array([0, 3], dtype=np.int32),
            np.array([0, 1, 2], dtype=np.int32),
            np.full(3, 2, dtype=np.int32),
            before_a_guard_page(reference.pack(inputs)),
            known,
            NO_CENTRING,
            32767,
            *NEVER,
            0,
            1,
        )
    np.testing.assert_array_equal(H[0], 1 + 4 * inputs.sum(axis=0))


def reinforce(H, probability, key, limit=32767, n_threads=1):
    """Update without any increments."""
    nothing = np.zeros(0, dtype=np.int32)
    bits = reference.pack(H[:0])
    kernels.update_weights(
        H,
        interleave(reference.pack(H)),
        np.zeros(len(H) + 1, dtype=np.int32),
        nothing,
        nothing,
        bits,
        bits,
        NO_CENTRING,
        limit,
        *survival_tables(probability),
        key,
        n_threads,
    )


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
        reinforce(changed, probability, 99, limit=5, n_threads=n_threads)
        np.testing.assert_array_equal(changed, expected)


@pytest.mark.parametrize("probability", [0.001, 0.02, 0.3])
def test_reinforce_meets_each_weight_with_its_probability(probability):
    H = np.ones((500, 1000), dtype=np.int16)
    reinforce(H, probability, 5)
    assert set(np.unique(H)) == {1, 3}
    hits = (H == 3).sum(axis=0)
    spread = np.sqrt(H.size * probability * (1 - probability))
    assert abs(hits.sum() - H.size * probability) < 4 * spread
    assert abs(hits[:500].sum() - H.size / 2 * probability) < 4 * spread


@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("n_neurons", WIDTHS)
@pytest.mark.parametrize("with_activations", [True, False])
def test_ties_become_the_present_activation_or_plus_one(n_rows, n_neurons, with_activations):
    rng = np.random.default_rng(5)
    v = rng.integers(-1, 2, size=(n_rows, n_neurons))
    present = random_signs(rng, 9, n_neurons)
    triggered = rng.integers(0, 9, size=n_rows, dtype=np.int32)
    signs, nonzero = reference.pack(reference.sign(v)), reference.pack(2 * (v != 0) - 1)
    activations = reference.pack(present)[: 9 * with_activations]
    kernels.settle_ties(signs, nonzero, n_neurons, activations, triggered)
    ties = present[triggered] if with_activations else 1
    np.testing.assert_array_equal(signs, reference.pack(np.where(v == 0, ties, v)))
    np.testing.assert_array_equal(nonzero, reference.pack(np.ones(v.shape)))
