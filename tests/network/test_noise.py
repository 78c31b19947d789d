"""Noise in training: updates beside the twin, and what flips depend on."""

import numpy as np
import pytest
import reference
from common import (
    THREADS,
    all_threads,
    dense_deltas,
    random_feedforward,
    random_recurrent,
    random_signs,
)
from hypothesis import given
from hypothesis import strategies as st
from reference_noise import Flips
from strategies import ample, modest, noisy_cases, pack_series

from bepsk.network import ContrastiveRule, PaperRule, Sequences
from bepsk.network.noise import SILENCE, Noise
from bepsk.network.packed import unpack_bits

SHARES = [0, 1, 8, 16, 100, 128]
COUNTS = ("n_triggered", "n_wrong", "n_samples")


def assert_same_update(network, a, b):
    for delta, expected in zip(dense_deltas(network, a), dense_deltas(network, b), strict=True):
        np.testing.assert_array_equal(delta, expected)
    assert [getattr(a, count) for count in COUNTS] == [getattr(b, count) for count in COUNTS]
    for one, other in zip(a.deltas, b.deltas, strict=True):
        assert (one.counts is None) == (other.counts is None)
        if one.counts is not None:
            np.testing.assert_array_equal(one.counts, other.counts)


def arrays_of(inputs):
    return [inputs.bits, inputs.first] if isinstance(inputs, Sequences) else [inputs]


@ample
@given(noisy_cases())
def test_an_update_equals_the_reference_on_any_number_of_threads(case):
    deltas, n_triggered, n_wrong = case.reference_update()
    for n_threads in THREADS:
        network = case.network()
        with all_threads():
            update = case.update(network, n_threads=n_threads)
        for actual, expected in zip(dense_deltas(network, update), deltas, strict=True):
            np.testing.assert_array_equal(actual, expected)
        assert (update.n_triggered, update.n_wrong) == (n_triggered, n_wrong)
        assert update.n_samples == case.weights.sum()


@ample
@given(noisy_cases(batch_sizes=(5, 7)), st.data())
def test_parts_of_a_batch_add_up_whatever_the_split(case, data):
    network, n = case.network(), len(case.classes)
    whole = case.update(network)
    part_of = np.array(data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    order = np.array(data.draw(st.permutations(range(n))))
    parts = [order[part_of == part] for part in range(3)]
    paddings = [{}] * 3 if case.recurrence is None else [{"n_steps": s} for s in (None, 8, 11)]
    total = sum(
        case.update(network, rows, **padding)
        for rows, padding in zip(parts, paddings, strict=True)
        if len(rows)
    )
    assert_same_update(network, total, whole)


@ample
@given(noisy_cases(batch_sizes=(3, 5)))
def test_a_weight_acts_like_as_many_copies_of_the_sample(case):
    network = case.network()
    weighted = case.update(network)
    repeated = np.repeat(np.arange(len(case.classes)), case.weights)
    case.weights = np.ones_like(case.weights)
    assert_same_update(network, case.update(network, repeated), weighted)


@modest
@given(noisy_cases())
def test_a_share_of_0_is_silence(case):
    case.noise, network = 0, case.network()
    noisy = case.update(network)
    case.numbers = None
    assert case.noise_of() is SILENCE
    assert_same_update(network, noisy, case.update(network))


@modest
@given(noisy_cases())
def test_nothing_given_changes(case):
    network, inputs = case.network(), case.encoded()
    before = [array.copy() for array in arrays_of(inputs)]
    for array in arrays_of(inputs):
        array.flags.writeable = False
    weights = case.weights.astype(np.int32)
    noise = case.noise_of()
    network.compute_update(inputs, case.classes, weights, case.rule(), 1, noise)
    network.forward(inputs, 1, noise)
    for array, expected in zip(arrays_of(inputs), before, strict=True):
        np.testing.assert_array_equal(array, expected)
    np.testing.assert_array_equal(noise.rows, case.numbers)
    for layer, H in zip(network.layers, case.hidden_weights, strict=True):
        np.testing.assert_array_equal(layer.hidden_weights, H)


@modest
@given(noisy_cases(batch_sizes=(3, 5)))
def test_logits_are_without_noise(case):
    network, inputs = case.network(), case.encoded()
    np.testing.assert_array_equal(network.logits(inputs), network.forward(inputs, 1)[-1])


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize(("n_bits", "n_bias"), [(1, 0), (64, 1), (65, 1), (65, 64), (130, 70)])
def test_flips_equal_the_reference(share, n_bits, n_bias):
    signs = random_signs(np.random.default_rng(share), 5, n_bits)
    numbers = [0, 1, 7, 10**6, 2**40]
    bits = reference.pack(signs)
    noise = Noise(share, 99, np.array(numbers))
    for place in [(0, 0), (0, 1), (0, 300)]:
        expected = [
            Flips(share, 99, number, n_bias)(row, *place)
            for number, row in zip(numbers, signs, strict=True)
        ]
        flipped = noise.flip(bits, n_bits - n_bias, *place)
        np.testing.assert_array_equal(flipped, reference.pack(expected))
        np.testing.assert_array_equal(bits, reference.pack(signs))
        assert SILENCE.flip(bits, n_bits, *place) is bits


def flips_of(key, number, *place):
    noise = Noise(100, key, np.array([number]))
    return noise.flip(np.zeros((1, 16), np.uint64), 1024, *place)


def test_flips_differ_by_sample_epoch_layer_and_place():
    """All 16 pairs of streams agree in about as many bits as unrelated ones."""
    streams = [
        unpack_bits(flips_of(key, number, layer, place), 1024)[0].astype(float)
        for key in (3, 4)
        for number in (0, 1)
        for layer in (0, 1)
        for place in (0, 1)
    ]
    correlation = np.corrcoef(streams) - np.eye(len(streams))
    assert abs(correlation).max() < 0.15


@pytest.mark.parametrize("n_bias", [1, 6, 70])
@pytest.mark.parametrize("make", ["mlp", "rnn"])
def test_biases_of_the_first_layer_never_flip(make, n_bias):
    """With all of a step biases, an input is read as it is; the layers above are not."""
    n_inputs, n = 70, 40
    ones = np.ones((n, n_inputs), dtype=int)
    noise = Noise(128, 5, np.arange(n))
    if make == "mlp":
        network = random_feedforward(n_inputs, [33, 20], 3, seed=0)
        network.layers[0].n_bias = n_bias
        _, (first, above), activations, _ = network.forward(reference.pack(ones), 1, noise)
        own, rows = activations[0], first
    else:
        network = random_recurrent(n_inputs, 33, 20, 3, seed=0)
        network.layers[0].n_bias = n_bias
        series = pack_series([ones[:6]] * n, n_inputs)
        bits, read, _, states, *_ = network.forward(series, 1, noise)
        rows, above, own = np.concatenate(bits), np.concatenate(read), np.concatenate(states[:-1])
    read = unpack_bits(rows, n_inputs)
    assert read[:, n_inputs - n_bias :].all()
    assert n_bias == n_inputs or abs(read[:, : n_inputs - n_bias].mean() - 0.5) < 0.1
    assert 0.4 < unpack_bits(above ^ own, 33).mean() < 0.6


@pytest.mark.parametrize("rule", [PaperRule(1.0, 1.0, (1, 1)), ContrastiveRule(1.0)])
def test_the_output_layer_reads_the_last_state_as_it_is(rule):
    network = random_recurrent(70, 33, 20, 3, seed=0)
    rng = np.random.default_rng(0)
    inputs = pack_series(list(random_signs(rng, 9, 4, 70)), 70)
    noise = Noise(100, 1, np.arange(9))
    states, z_output = network.forward(inputs, 1, noise)[3:5]
    expected, _ = network.output_layer.forward(states[-1], 1)
    np.testing.assert_array_equal(z_output, expected)
    ones = np.ones(9, dtype=np.int32)
    update = network.compute_update(inputs, np.arange(9) % 3, ones, rule, 1, noise)
    np.testing.assert_array_equal(update.deltas[2].inputs, states[-1])


@pytest.mark.parametrize("n_steps", [4, 5, 20])
def test_places_count_from_the_end_so_that_padding_changes_no_flip(n_steps):
    network = random_recurrent(70, 33, 20, 3, seed=0, inertia=128)
    series = list(random_signs(np.random.default_rng(0), 9, 4, 70))
    noise = Noise(16, 1, np.arange(9))
    plain = network.forward(pack_series(series, 70), 1, noise)
    padded = network.forward(pack_series(series, 70, n_steps), 1, noise)
    for a, b in zip(plain[:3], padded[:3], strict=True):
        np.testing.assert_array_equal(a, b[-4:])
    for a, b in zip(plain[4:], padded[4:], strict=True):
        np.testing.assert_array_equal(a, b)
