import numpy as np
import pytest
import reference
from common import (
    THREADS,
    as_update,
    dense,
    dense_deltas,
    random_feedforward,
    random_targets,
    visible,
)
from hypothesis import given
from strategies import ample, cases, cases_of_both_rules, noisy

from bepsk.network import PaperRule


def weights_of(network):
    return [layer.hidden_weights.copy() for layer in network.layers]


def assert_all_equal(actual, expected):
    assert len(actual) == len(expected)
    for a, b in zip(actual, expected, strict=True):
        np.testing.assert_array_equal(a, b)


@ample
@given(cases() | noisy(cases()))
def test_the_forward_pass_equals_the_reference(case):
    passed = case.network().forward(case.encoded(), n_threads=1, noise=case.noise_of())
    zs, read, activations, logits = passed
    for row, a_0 in enumerate(case.inputs):
        noise = case.noises()[row] if case.noises() else reference.still
        expected = reference.forward(case.hidden_weights, case.prototypes, a_0, noise)
        assert_all_equal([z[row] for z in zs], expected[0])
        assert_all_equal([a[row] for a in read], [reference.pack([a])[0] for a in expected[1]])
        assert_all_equal(
            [a[row] for a in activations],
            [reference.pack([z])[0] for z in map(reference.sign, expected[0])],
        )
        np.testing.assert_array_equal(logits[row], expected[2])


@ample
@given(cases_of_both_rules())
def test_a_batch_update_equals_the_reference_on_any_number_of_threads(case):
    deltas, n_triggered, n_wrong = case.reference_update()
    for n_threads in THREADS:
        network = case.network()
        update = case.update(network, n_threads=n_threads)
        assert_all_equal(dense_deltas(network, update), deltas)
        assert (update.n_triggered, update.n_wrong) == (n_triggered, n_wrong)
        assert update.n_samples == case.weights.sum()


@ample
@given(cases_of_both_rules())
def test_apply_update_saturates_and_renews_the_visible_weights(case):
    network = case.network()
    deltas = [2000 * delta for delta in dense_deltas(network, case.update(network))]
    network.apply_update(as_update(deltas))
    expected = [
        reference.saturate(H + delta) for H, delta in zip(case.hidden_weights, deltas, strict=True)
    ]
    assert_all_equal(weights_of(network), expected)
    assert_all_equal(
        [visible(layer) for layer in network.layers],
        [reference.pack(H) for H in expected],
    )


@ample
@given(cases_of_both_rules())
def test_compute_update_does_not_change_the_network(case):
    network = case.network()
    before = [layer.visible_weights.copy() for layer in network.layers]
    case.update(network)
    assert_all_equal(weights_of(network), case.hidden_weights)
    assert_all_equal([layer.visible_weights for layer in network.layers], before)


@ample
@given(cases_of_both_rules(batch_sizes=(2, 5, 7)))
def test_updates_of_two_halves_add_up(case):
    network, half = case.network(), len(case.classes) // 2
    whole = case.update(network)
    first, second = case.update(network, slice(half)), case.update(network, slice(half, None))
    parts = zip(network.layers, whole.deltas, first.deltas, second.deltas, strict=True)
    for layer, total, a, b in parts:
        np.testing.assert_array_equal(dense(total, layer.n_inputs), dense(a + b, layer.n_inputs))
    assert_all_equal(dense_deltas(network, whole), dense_deltas(network, sum([first, second])))
    for count in ("n_triggered", "n_wrong", "n_samples"):
        assert getattr(whole, count) == getattr(first, count) + getattr(second, count)
        assert getattr(whole, count) == getattr(first + second, count)


@ample
@given(cases_of_both_rules(batch_sizes=(3, 7)))
def test_the_order_of_samples_does_not_matter(case):
    network = case.network()
    forwards, backwards = case.update(network), case.update(network, slice(None, None, -1))
    assert_all_equal(dense_deltas(network, forwards), dense_deltas(network, backwards))


@ample
@given(cases_of_both_rules(batch_sizes=(3, 5)))
def test_a_weight_acts_like_as_many_copies_of_the_sample(case):
    network = case.network()
    weighted = case.update(network)
    repeated = np.repeat(np.arange(len(case.classes)), case.weights)
    case.weights = np.ones_like(case.weights)
    copies = case.update(network, repeated)
    assert_all_equal(dense_deltas(network, weighted), dense_deltas(network, copies))
    assert (weighted.n_triggered, weighted.n_wrong) == (copies.n_triggered, copies.n_wrong)


@pytest.mark.parametrize("n_threads", THREADS)
def test_reinforcement_of_the_network_equals_the_reference(n_threads):
    network = random_feedforward(70, [65, 5], 3, seed=1)
    expected = [
        reference.reinforce(H, 0.8 * np.sqrt(2 / (np.pi * len(H))), reference.derive_key(12, index))
        for index, H in enumerate(weights_of(network))
    ]
    nothing = as_update([np.zeros_like(H) for H in weights_of(network)])
    rule = PaperRule(1.0, 1.0, (1, 1), reinforcement=0.8)
    network.apply_update(nothing, rule, key=12, n_threads=n_threads)
    assert_all_equal(weights_of(network), expected)


@pytest.mark.parametrize("shape", [(1, [1], 2), (65, [63], 3), (10, [127, 2, 64], 5)])
def test_a_random_network_equals_the_reference(shape):
    n_inputs, hidden_layer_sizes, n_classes = shape
    network = random_feedforward(*shape, seed=123)
    fan_ins = [n_inputs, *hidden_layer_sizes[:-1]]
    for index, (n_out, n_in) in enumerate(zip(hidden_layer_sizes, fan_ins, strict=True)):
        key = reference.derive_key(123, reference.WEIGHTS, index)
        expected = reference.random_signs(key, n_out, n_in)
        np.testing.assert_array_equal(network.layers[index].hidden_weights, expected)
    frame = reference.equiangular_frame(
        n_classes, hidden_layer_sizes[-1], reference.derive_key(123, reference.FRAME)
    )
    np.testing.assert_array_equal(network.targets.prototypes, frame)


@pytest.mark.parametrize("n_rows", [0, 1, 1023, 1024, 1025, 2050])
def test_logits_in_blocks_equal_the_forward_pass(n_rows):
    network = random_feedforward(10, [6, 7], 3, seed=0)
    inputs = np.random.default_rng(0).integers(2**10, size=(n_rows, 1), dtype=np.uint64)
    np.testing.assert_array_equal(network.logits(inputs), network.forward(inputs, 1)[-1])


def test_a_copy_is_independent():
    network = random_feedforward(10, [6], 2, seed=0)
    before, copy = weights_of(network), network.copy()
    copy.apply_update(as_update([np.full((6, 10), 100)]))
    assert_all_equal(weights_of(network), before)
    packed = [reference.pack(H) for H in before]
    assert_all_equal([visible(layer) for layer in network.layers], packed)


@pytest.mark.parametrize(
    ("margin", "rows"), [(0.01, [1, 2]), (0.5, [1, 2]), (0.51, [0, 1, 2]), (1.0, [0, 1, 2])]
)
def test_a_sample_triggers_while_its_lead_is_below_the_margin(margin, rows):
    targets = random_targets(3, 4, seed=0)
    logits = np.array([[4, 2, 0], [4, 4, 0], [-4, 0, 2], [-2, 0, 4], [4, 0, 0]], dtype=np.int32)
    classes, weights = np.array([0, 1, 0, 0, 0]), np.array([1, 2, 3, 0, 1], dtype=np.int32)
    found, error, counts = targets.trigger(logits, classes, weights, margin)
    assert found.tolist() == rows
    np.testing.assert_array_equal(error.signs, targets.packed_prototypes[classes[rows]])
    np.testing.assert_array_equal(error.nonzero, np.full((len(rows), 1), 0b1111))
    # The second is wrong, since the first largest logit decides; the fourth has no weight.
    assert counts == [weights[rows].sum(), 5, 7]


def test_a_single_class_has_no_rival_and_triggers_never():
    network = random_feedforward(10, [6], 1, seed=0)
    update = network.compute_update(
        np.zeros((3, 1), dtype=np.uint64),
        np.zeros(3, dtype=int),
        np.ones(3, dtype=np.int32),
        PaperRule(margin=1.0, gate=1.0, group_sizes=(1,)),
    )
    assert (update.n_triggered, update.n_wrong) == (0, 0)
    assert len(update.deltas[0].sources) == 0
