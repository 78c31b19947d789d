import numpy as np
import pytest
import reference
from common import WIDTHS, as_increments, random_signs, visible

from bepsk.network import PaperRule
from bepsk.network.layer import MAX_WEIGHT, Error, Layer, random_layers, survival_tables


def test_a_random_layer_has_fair_signs():
    layer = Layer.random(100, 200, key=1)
    assert layer.hidden_weights.dtype == np.int16
    assert set(np.unique(layer.hidden_weights)) == {-1, 1}
    assert abs(layer.hidden_weights.mean()) < 0.03


@pytest.mark.parametrize("n_inputs", WIDTHS)
def test_a_random_layer_equals_the_reference(n_inputs):
    layer = Layer.random(7, n_inputs, key=1)
    np.testing.assert_array_equal(layer.hidden_weights, reference.random_signs(1, 7, n_inputs))
    np.testing.assert_array_equal(visible(layer), reference.pack(layer.hidden_weights))


@pytest.mark.parametrize(("n_inputs", "n_bias"), [(1, 1), (65, 1), (70, 17), (200, 28)])
def test_biases_begin_as_odd_numbers_up_to_63(n_inputs, n_bias):
    layer = Layer.random(9, n_inputs, key=1, n_bias=n_bias)
    signs = reference.random_signs(1, 9, n_inputs)
    sizes_key = reference.derive_key(1, 0)
    sizes = [2 * (reference.random_word(sizes_key, i) >> 59) + 1 for i in range(9 * n_bias)]
    expected = signs.copy()
    expected[:, n_inputs - n_bias :] *= np.reshape(sizes, (9, n_bias))
    np.testing.assert_array_equal(layer.hidden_weights, expected)
    assert layer.hidden_weights.dtype == np.int16
    np.testing.assert_array_equal(visible(layer), reference.pack(signs))


def test_all_sizes_of_biases_are_as_likely():
    biases = Layer.random(500, 70, key=1, n_bias=64).hidden_weights[:, -64:]
    sizes, counts = np.unique(abs(biases), return_counts=True)
    assert sizes.tolist() == list(range(1, 64, 2))
    assert (abs(counts - 1000) < 160).all()
    assert abs((biases > 0).mean() - 0.5) < 0.012


def test_only_the_first_layer_of_a_network_has_biases():
    shapes = [(9, 70), (8, 9), (7, 8)]
    layers = random_layers(shapes, 5, n_bias=3)
    for index, (layer, plain) in enumerate(zip(layers, random_layers(shapes, 5), strict=True)):
        same = slice(0, -3) if index == 0 else slice(None)
        np.testing.assert_array_equal(layer.hidden_weights[:, same], plain.hidden_weights[:, same])
        assert layer.hidden_weights.shape == shapes[index]
    assert abs(layers[0].hidden_weights[:, -3:]).max() > 1


def test_other_weights_leave_all_else_as_it_is():
    layer = Layer.random(5, 70, key=0)
    layer.limit, layer.input_means = 99, np.arange(70, dtype=np.int32)
    layer.windows = np.arange(5, dtype=np.int32)
    error = Error(reference.pack(np.ones((1, 5))), reference.pack(np.ones((1, 5))))
    layer.back_project(error, 1)  # keeps the transposed weights
    H = random_signs(np.random.default_rng(0), 5, 70).astype(np.int16)
    before = layer.hidden_weights.copy()
    other = layer.with_weights(H)
    assert other.hidden_weights is H
    assert (other.limit, other.n_neurons, other.n_inputs) == (99, 5, 70)
    assert other.input_means is layer.input_means
    assert other.windows is layer.windows
    np.testing.assert_array_equal(visible(other), reference.pack(H))
    np.testing.assert_array_equal(other.back_project(error, 1)[0], [H.sum(axis=0)])
    np.testing.assert_array_equal(layer.hidden_weights, before)
    np.testing.assert_array_equal(layer.back_project(error, 1)[0], [before.sum(axis=0)])
    panels = other.visible_weights
    assert layer.with_weights(H, panels).visible_weights is panels


def test_a_copy_of_a_layer_keeps_what_training_needs():
    layer = Layer(np.full((2, 3), 5, dtype=np.int16), limit=7)
    layer.input_means = np.array([2**15, 0, 0], dtype=np.int32)
    assert layer.windows.tolist() == [1, 1]
    twin = layer.copy()
    twin.hidden_weights[:] = 1
    twin.visible_weights[:] = 0
    assert (layer.hidden_weights == 5).all()
    assert visible(layer).tolist() == [[7], [7]]
    assert (twin.limit, twin.windows.tolist()) == (7, [1, 1])
    assert twin.input_means.tolist() == [2**15, 0, 0]


def test_hidden_weights_saturate_at_16_bits_and_stay_odd():
    layer = Layer(np.array([[32765, -32765, 1, -1]], dtype=np.int16))
    layer.apply_update(as_increments([[10, -10, -2, 2]]), n_threads=1)
    assert MAX_WEIGHT == reference.MAX_WEIGHT
    assert layer.hidden_weights.tolist() == [[32767, -32767, -1, 1]]
    assert visible(layer).tolist() == [[0b1001]]


def test_annealing_triples_hidden_weights_and_keeps_their_signs():
    layer = Layer(np.array([[1, -7, 10923], [-10921, 32767, -32767]], dtype=np.int16))
    before = visible(layer).copy()
    layer.anneal()
    assert layer.hidden_weights.dtype == np.int16
    assert layer.hidden_weights.tolist() == [[3, -21, 32767], [-32763, 32767, -32767]]
    np.testing.assert_array_equal(visible(layer), before)


@pytest.mark.parametrize("nu", [0.01, 0.05, 0.1, 1 / 3, 0.5, 1.0])
@pytest.mark.parametrize("fan_in", [60, 200])
def test_the_gate_is_as_wide_as_a_share_of_the_fan_in(nu, fan_in):
    rng = np.random.default_rng(0)
    H = random_signs(rng, 121, 60).astype(np.int16)
    z = np.stack([np.arange(-60, 61), 3 * np.arange(-60, 61)]).astype(np.int32)
    rows = np.array([1, 0, 0], dtype=np.int32)
    desired = random_signs(rng, 3, 121)
    error = Error(reference.pack(desired), reference.pack(np.ones((3, 121))))
    rule = PaperRule(1.0, nu, ())
    passed = Layer(H), error, z, reference.pack(H), rows, 1
    propagated = [rule.propagate_through_time(*passed, fan_in=fan_in, inertia=0)]
    if fan_in == 60:
        propagated.append(rule.propagate(*passed))
    expected = [
        reference.desired_activation(H, reference.gate(z[i], nu, fan_in), rho)
        for i, rho in zip(rows, desired, strict=True)
    ]
    for below in propagated:
        np.testing.assert_array_equal(below.signs, reference.pack(expected))
        np.testing.assert_array_equal(below.nonzero, reference.pack(np.ones((3, 60))))


@pytest.mark.parametrize("probability", [1e-12, 1e-3, 0.1, 0.5, 0.999, 1.0, 3.0])
def test_survival_tables_draw_the_gaps_of_the_reference(probability):
    survival, at_least = survival_tables(probability)
    assert (survival.shape, at_least.shape) == ((256,), (4096,))
    assert survival[-1] == 0
    assert not survival.flags.writeable
    assert not at_least.flags.writeable
    for u in [*range(0, 2**32, 2**24 + 12345), 2**32 - 1]:
        assert int((u < survival).sum()) == reference.draw_gap(u, probability)
    for cell in range(0, 4096, 5):
        assert at_least[cell] == reference.draw_gap((cell + 1) * 2**20 - 1, probability)


@pytest.mark.parametrize("probability", [0.0, 0.5])
def test_reinforcement_comes_after_the_increments(probability):
    layer = Layer.random(3, 5, key=0)
    delta = np.full((3, 5), 4)
    expected = layer.hidden_weights + delta
    if probability:
        expected = reference.reinforce(expected, probability, key=1)
    layer.apply_update(as_increments(delta), 1, probability, key=1)
    np.testing.assert_array_equal(layer.hidden_weights, expected)
    np.testing.assert_array_equal(visible(layer), reference.pack(expected))


@pytest.mark.parametrize("n_rows", [0, 1, 5])
def test_sums_or_signs_may_be_left_out(n_rows):
    layer = Layer.random(70, 65, key=0)
    inputs = reference.pack(random_signs(np.random.default_rng(0), n_rows, 65))
    z, signs = layer.forward(inputs, 1)
    np.testing.assert_array_equal(signs, reference.pack(reference.sign(z)))
    alone = layer.forward(inputs, 1, sums=False)
    assert alone[0].shape == (0, 70)
    np.testing.assert_array_equal(alone[1], signs)
    alone = layer.forward(inputs, 1, signs=False)
    assert alone[1].shape == (0, 2)
    np.testing.assert_array_equal(alone[0], z)
