import numpy as np
import pytest
import reference
from common import random_signs
from reference_online import Generator, OnlineNetwork

from bepsk.network import ClassTargets, ContrastiveRule, FeedForwardNetwork
from bepsk.network.layer import Layer
from bepsk.network.online import OnlineLearner, background_means, first_random, shrink
from bepsk.network.packed import append_ones, unpack_bits


@pytest.mark.parametrize(
    ("n_bits", "sizes", "n_classes", "limit"),
    [
        (1, [1, 1], 2, 127),
        (31, [33], 3, 127),
        (64, [65, 32], 2, 32767),
        (100, [63, 64, 31], 5, 127),
        (130, [40, 70], 10, 3),
    ],
)
@pytest.mark.parametrize("n_bias", [0, 7])
@pytest.mark.parametrize("centred", [False, True])
def test_rows_are_learned_from_as_by_the_reference(
    n_bits, sizes, n_classes, limit, n_bias, centred
):
    rng = np.random.default_rng(n_bits)
    targets = ClassTargets.random(n_classes, sizes[-1], 3)
    network = FeedForwardNetwork.random(n_bits + n_bias, sizes, targets, 5, n_bias=n_bias)
    sixteenths = counts = None
    if centred:
        counts = rng.integers(301, size=n_bits + n_bias + 1)
        counts[-1] = 300
        sixteenths = np.minimum((32 * counts[:-1] + 300) // 600, 15)
    for layer in network.layers:
        layer.limit = limit
        layer.windows[:] = rng.integers(0, 2 * layer.windows[0] + 2, size=layer.n_neurons)
        np.clip(layer.hidden_weights, -limit, limit, out=layer.hidden_weights)
    twin = OnlineNetwork(
        [layer.hidden_weights.astype(int) for layer in network.layers],
        targets.prototypes,
        [layer.windows.copy() for layer in network.layers],
        0.75,
        sixteenths,
        n_bias,
        limit,
        Generator(77),
    )
    rows, y = random_signs(rng, 60, n_bits), rng.integers(n_classes, size=60)
    inputs = append_ones(reference.pack(rows), n_bits, n_bias) if n_bias else reference.pack(rows)
    means = background_means(counts, n_bits + n_bias)
    learner = OnlineLearner(network, ContrastiveRule(0.75), means, 77)
    for i, row in enumerate(rows):
        learner.learn(inputs[i : i + 1], y[i : i + 1])
        twin.learn(np.append(row, np.ones(n_bias, dtype=int)), y[i])
        assert learner.random == twin.generator.state
        for index, layer in enumerate(network.layers):
            np.testing.assert_array_equal(layer.hidden_weights, twin.hidden_weights[index])
            np.testing.assert_array_equal(layer.windows, twin.windows[index])
            fresh = Layer(layer.hidden_weights).visible_weights
            np.testing.assert_array_equal(layer.visible_weights, fresh)
    assert learner.random != 77


@pytest.mark.parametrize(("size", "largest"), [(1, 2), (9, 9), (300, 16), (32767, 16)])
def test_shrunk_weights_are_small_and_odd_and_keep_their_signs(size, largest):
    rng = np.random.default_rng(0)
    H = (rng.integers(0, size, size=(70, 65)) | 1).astype(np.int16) * random_signs(rng, 70, 65)
    layer = Layer(H.astype(np.int16))
    layer.limit = 31
    smaller = shrink(layer, 31)
    assert (np.sign(smaller.hidden_weights) == np.sign(H)).all()
    assert (smaller.hidden_weights & 1).all()
    assert np.abs(smaller.hidden_weights).mean() <= largest
    assert np.abs(smaller.hidden_weights).max() <= 31
    np.testing.assert_array_equal(smaller.visible_weights, layer.visible_weights)
    assert not np.shares_memory(smaller.hidden_weights, H)


def test_background_means_are_rounded_to_sixteenths():
    means = background_means(np.array([0, 3, 4, 50, 93, 94, 100, 100]), 7)
    digits = unpack_bits(means, 7)
    assert (2 ** np.arange(4) @ digits).tolist() == [0, 0, 1, 8, 15, 15, 15]
    assert len(background_means(None, 7)) == 0


def test_a_first_random_state_is_never_0():
    states = {first_random(seed) for seed in range(1000)}
    assert len(states) == 1000
    assert all(0 < state < 2**32 for state in states)
