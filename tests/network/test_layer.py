import numpy as np
import pytest
import reference
from common import WIDTHS, as_increments, random_signs

from bepsk.network.layer import MAX_WEIGHT, Layer, survival_tables


def test_a_random_layer_has_fair_signs():
    layer = Layer.random(100, 200, key=1)
    assert layer.hidden_weights.dtype == np.int16
    assert set(np.unique(layer.hidden_weights)) == {-1, 1}
    assert abs(layer.hidden_weights.mean()) < 0.03


@pytest.mark.parametrize("n_inputs", WIDTHS)
def test_a_random_layer_equals_the_reference(n_inputs):
    layer = Layer.random(7, n_inputs, key=1)
    np.testing.assert_array_equal(layer.hidden_weights, reference.random_signs(1, 7, n_inputs))
    np.testing.assert_array_equal(layer.visible_weights, reference.pack(layer.hidden_weights))


def test_hidden_weights_saturate_at_16_bits_and_stay_odd():
    layer = Layer(np.array([[32765, -32765, 1, -1]], dtype=np.int16))
    layer.apply_update(as_increments([[10, -10, -2, 2]]), n_threads=1)
    assert MAX_WEIGHT == reference.MAX_WEIGHT
    assert layer.hidden_weights.tolist() == [[32767, -32767, -1, 1]]
    assert layer.visible_weights.tolist() == [[0b1001]]


@pytest.mark.parametrize("nu", [0.01, 0.05, 0.1, 1 / 3, 0.5, 1.0])
def test_the_gate_is_as_wide_as_a_share_of_the_fan_in(nu):
    n_inputs = 60
    z = np.arange(-60, 61, dtype=np.int32)[np.newaxis]
    layer = Layer(np.ones((z.size, n_inputs), dtype=np.int16))
    expected = reference.pack(reference.gate(z, nu, n_inputs))
    np.testing.assert_array_equal(layer.gate(z, nu, 1), expected)


@pytest.mark.parametrize("probability", [1e-12, 1e-3, 0.1, 0.5, 0.999, 1.0, 3.0])
def test_survival_tables_draw_the_gaps_of_the_reference(probability):
    survival, at_least = survival_tables(probability)
    assert (survival.shape, at_least.shape) == ((255,), (256,))
    assert not survival.flags.writeable
    assert not at_least.flags.writeable
    for u in [*range(0, 2**32, 2**24 + 12345), 2**32 - 1]:
        assert int((u < survival).sum()) == reference.draw_gap(u, probability)
    for byte in range(256):
        assert at_least[byte] == reference.draw_gap((byte + 1) * 2**24 - 1, probability)


def test_no_reinforcement_at_probability_zero():
    layer = Layer.random(3, 5, key=0)
    before = layer.hidden_weights.copy()
    layer.reinforce(0.0, key=1, n_threads=1)
    np.testing.assert_array_equal(layer.hidden_weights, before)


def test_desired_activation_goes_back_through_the_layer():
    rng = np.random.default_rng(0)
    H = (random_signs(rng, 65, 70) * 3).astype(np.int16)
    desired, gates = random_signs(rng, 2, 65), rng.integers(0, 2, size=(2, 65))
    below = Layer(H).desired_activation(reference.pack(desired), reference.pack(gates), 2)
    expected = [
        reference.desired_activation(reference.sign(H), g, rho)
        for g, rho in zip(gates, desired, strict=True)
    ]
    np.testing.assert_array_equal(below, reference.pack(expected))
