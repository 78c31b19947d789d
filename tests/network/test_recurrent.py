import tracemalloc

import numpy as np
import pytest
import reference
from common import THREADS, dense, dense_deltas, random_recurrent
from hypothesis import given
from strategies import ample, noisy, pack_series, series_cases, series_cases_of_both_rules

from bepsk.network import Sequences


@ample
@given(series_cases() | noisy(series_cases()))
def test_the_forward_pass_equals_the_reference(case):
    sequences = case.encoded()
    passed = case.network().forward(sequences, n_threads=1, noise=case.noise_of())
    inputs, read, z, states, z_output, s_output, logits = passed
    for row, series in enumerate(case.inputs):
        noise = case.noises()[row] if case.noises() else reference.still
        expected = reference.forward_through_time(
            case.hidden_weights, case.prototypes, series, case.recurrence, noise
        )
        own = slice(sequences.first[row], None)
        np.testing.assert_array_equal(inputs[own, row], reference.pack(expected[1]))
        np.testing.assert_array_equal(z[own, row], expected[0])
        np.testing.assert_array_equal(read[own, row], reference.pack(expected[2]))
        signs = reference.sign(expected[0])
        np.testing.assert_array_equal(states[1:][own, row], reference.pack(signs))
        np.testing.assert_array_equal(z_output[row], expected[3])
        output = reference.sign([expected[3]])
        np.testing.assert_array_equal(s_output[[row]], reference.pack(output))
        np.testing.assert_array_equal(logits[row], expected[4])


@ample
@given(series_cases_of_both_rules())
def test_a_batch_update_equals_the_reference_on_any_number_of_threads(case):
    deltas, n_triggered, n_wrong = case.reference_update()
    for n_threads in THREADS:
        network = case.network()
        update = case.update(network, n_threads=n_threads)
        for actual, expected in zip(dense_deltas(network, update), deltas, strict=True):
            np.testing.assert_array_equal(actual, expected)
        assert (update.n_triggered, update.n_wrong) == (n_triggered, n_wrong)
        assert update.n_samples == case.weights.sum()
        for layer, H in zip(network.layers, case.hidden_weights, strict=True):
            np.testing.assert_array_equal(layer.hidden_weights, H)


@ample
@given(series_cases_of_both_rules(batch_sizes=(2, 5)))
def test_updates_of_two_halves_add_up_whatever_their_padding(case):
    network, half = case.network(), len(case.classes) // 2
    whole = case.update(network)
    first = case.update(network, slice(half), n_steps=11)
    second = case.update(network, slice(half, None))
    parts = zip(network.layers, whole.deltas, first.deltas, second.deltas, strict=True)
    for layer, total, a, b in parts:
        np.testing.assert_array_equal(dense(total, layer.n_inputs), dense(a + b, layer.n_inputs))


def test_the_paper_has_no_inertia_no_clipping_and_positive_ties():
    assert vars(reference.Recurrence()) == {
        "inertia": 0,
        "clip": False,
        "keep_ties": False,
        "horizon": None,
        "single_step": False,
    }


@pytest.mark.parametrize("n_rows", [0, 1, 63, 64, 65, 200])
def test_logits_in_blocks_equal_the_forward_pass(n_rows):
    network = random_recurrent(10, 6, 7, 3, seed=0, inertia=128)
    rng = np.random.default_rng(0)
    bits = rng.integers(2**10, size=(n_rows, 40, 1), dtype=np.uint64)
    sequences = Sequences(bits, rng.integers(0, 40, size=n_rows, dtype=np.int32))
    np.testing.assert_array_equal(network.logits(sequences), network.forward(sequences, 1)[-1])


def test_logits_of_long_series_need_memory_for_a_few_steps_only():
    network = random_recurrent(10, 64, 7, 3, seed=0)
    sequences = Sequences(np.zeros((64, 2000, 1), dtype=np.uint64), np.zeros(64, dtype=np.int32))
    tracemalloc.start()
    try:
        network.logits(sequences)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * 2000 * 64 * 4 / 10  # all sums


@pytest.mark.parametrize("rows", [slice(1, 4), [3, 1], np.array([True, False, False, False])])
def test_some_of_the_series_are_padded_for_the_longest_of_them(rows):
    series = [np.full((length, 70), sign) for length, sign in [(9, 1), (2, -1), (5, 1), (1, -1)]]
    some = pack_series(series, 70)[rows]
    expected = pack_series([series[i] for i in np.arange(4)[rows]], 70)
    np.testing.assert_array_equal(some.first, expected.first)
    assert some.first.dtype == np.int32
    assert some.bits.shape == expected.bits.shape
    live = np.arange(some.bits.shape[1]) >= some.first[:, np.newaxis]
    np.testing.assert_array_equal(some.bits[live], expected.bits[live])
    assert len(pack_series(series, 70)[:0]) == 0


def test_a_random_network_equals_the_reference():
    network = random_recurrent(70, 65, 9, 3, seed=123)
    for index, shape in enumerate([(65, 70), (65, 65), (9, 65)]):
        key = reference.derive_key(123, reference.WEIGHTS, index)
        expected = reference.random_signs(key, *shape)
        np.testing.assert_array_equal(network.layers[index].hidden_weights, expected)
    frame = reference.equiangular_frame(3, 9, reference.derive_key(123, reference.FRAME))
    np.testing.assert_array_equal(network.targets.prototypes, frame)


def test_a_copy_keeps_the_options_and_shares_no_weights():
    options = {"inertia": 100, "single_step": True}
    network = random_recurrent(10, 6, 7, 3, seed=0, **options)
    twin = network.copy()
    assert {name: getattr(twin, name) for name in options} == options
    twin.layers[1].hidden_weights[:] = 9
    assert not (network.layers[1].hidden_weights == 9).any()


def test_carried_sums_keep_the_first_bit_of_a_series():
    """One neuron alone: without inertia the last input decides, with it the majority."""
    series = [np.array([[1] * 5, [1] * 5, [-1] * 5])]
    weights = [np.ones((1, 5), int), np.array([[-1]]), np.array([[1]])]
    recurrence = reference.Recurrence(inertia=255)
    z = reference.forward_through_time(weights, np.array([[1], [-1]]), series[0], recurrence)[0]
    assert [int(step[0]) for step in z] == [4, 7, 0]
    network = random_recurrent(5, 1, 1, 2, seed=0)
    assert pack_series(series, 5).first.tolist() == [0]
    assert network.fan_in == 6
