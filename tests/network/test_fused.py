"""The step in one call of a kernel beside the one of readable parts: the same bits."""

import numpy as np
import pytest
from common import THREADS, all_threads
from hypothesis import given
from hypothesis import strategies as st
from strategies import ample, cases, contrastive, noisy

from bepsk.kernels import step
from bepsk.network import (
    ClassTargets,
    ContrastiveRule,
    FeedForwardNetwork,
    PaperRule,
    fused,
)
from bepsk.network.layer import Layer
from bepsk.network.network import BinaryNetwork
from bepsk.network.packed import pack_bits, transpose_panels

case = contrastive(cases())
any_case = case | noisy(case)


def options(case, n_threads):
    return {"key": 5, "n_threads": n_threads, "noise": case.noise_of()}


def batch(case):
    return case.encoded(slice(None)), case.classes, case.weights.astype(np.int32), case.rule()


def prepared(case, centred):
    """Return the network of a case with more of what layers may have."""
    network = case.network()
    network.layers[0].n_bias = min(3, network.layers[0].n_inputs)
    for layer in network.layers:
        layer.limit = 9
        if centred:
            ends = -(2**15), 2**15
            layer.input_means = np.linspace(*ends, layer.n_inputs).astype(np.int32)
    return network


def assert_same_layers(network, expected):
    for a, b in zip(network.layers, expected.layers, strict=True):
        np.testing.assert_array_equal(a.hidden_weights, b.hidden_weights)
        np.testing.assert_array_equal(a.visible_weights, b.visible_weights)
        np.testing.assert_array_equal(a.windows, b.windows)
        if a.columns is not None:
            columns = transpose_panels(b.visible_weights, b.n_neurons, b.n_inputs)
            np.testing.assert_array_equal(a.columns, columns)


@ample
@given(any_case, st.booleans())
def test_one_call_does_what_the_parts_do(case, centred):
    for n_threads in THREADS:
        network, composed = prepared(case, centred), prepared(case, centred)
        if n_threads == 2:
            network.layers[0].transposed(1)
        for _ in range(2):
            with all_threads():
                counts = network.learn(*batch(case), **options(case, n_threads))
            assert counts == BinaryNetwork.learn(composed, *batch(case), **options(case, 1))
            assert_same_layers(network, composed)


@pytest.mark.parametrize("weight", [1, 2])
@pytest.mark.parametrize("n_samples", [1, 3, 64, 65, 200, 8200])
def test_neurons_learn_from_any_number_of_samples(n_samples, weight):
    """Few samples are counted in few planes, many in more, and thousands one by one."""
    rng = np.random.default_rng(n_samples)
    inputs = pack_bits(rng.integers(2, size=(n_samples, 70), dtype=np.uint8))
    y, weights = rng.integers(3, size=n_samples), np.ones(n_samples, np.int32)
    weights[:1] = weight
    targets = ClassTargets.random(3, 20, key=3)
    for means in (None, np.linspace(-(2**15), 2**15 - 1, 70), np.full(70, 2**15)):
        for n_threads in THREADS:
            one, other = (FeedForwardNetwork.random(70, (66, 20), targets, seed=0) for _ in "ab")
            for network in (one, other):
                network.layers[0].input_means = None if means is None else means.astype(np.int32)
                for layer in network.layers:
                    layer.windows = np.full(layer.n_neurons, 2**30, np.int32)
            arguments = inputs, y, weights, ContrastiveRule(1.0, share=0.125)
            with all_threads():
                counts = one.learn(*arguments, key=7, n_threads=n_threads)
            assert counts == BinaryNetwork.learn(other, *arguments, key=7)
            assert_same_layers(one, other)


@given(case)
def test_copies_do_not_learn(case):
    network, expected = case.network(), case.network()
    other = network.copy()
    network.learn(*batch(case))
    assert_same_layers(other, expected)


class OtherRule(ContrastiveRule):
    pass


class OtherTargets(ClassTargets):
    pass


class OtherNetwork(FeedForwardNetwork):
    pass


@pytest.mark.parametrize("other", ["rule", "targets", "network", "combine", "paper"])
def test_what_is_changed_is_composed_of_its_parts(monkeypatch, other):
    monkeypatch.setattr(fused, "learn", None)
    targets = (OtherTargets if other == "targets" else ClassTargets).random(2, 8, key=0)
    kind = OtherNetwork if other == "network" else FeedForwardNetwork
    rule = {"rule": OtherRule(1.0), "paper": PaperRule(1.0, gate=1.0, group_sizes=(2,))}
    network = kind.random(5, (8,), targets, seed=0)
    arguments = np.ones((3, 1), np.uint64), np.arange(3) % 2, np.ones(3, np.int32)
    combine = {"combine": lambda update: update} if other == "combine" else {}
    counts = network.learn(*arguments, rule.get(other, ContrastiveRule(1.0)), **combine)
    assert counts[2] == 3


def arguments(**changes):
    """Return what the kernel takes: 4 samples, layers of 70 and 20 neurons over 130 inputs."""
    first, second = Layer.random(70, 130, key=1), Layer.random(20, 70, key=2)
    targets = ClassTargets.random(3, 20, key=3)
    layers = [
        {
            "hidden_weights": layer.hidden_weights,
            "panels": layer.visible_weights,
            "columns": layer.transposed(1),
            "windows": layer.windows,
            "means": None,
            "least_window": 0,
            "limit": 99,
            "n_bias": 0,
        }
        for layer in (first, second)
    ]
    values = {
        "inputs": np.zeros((4, 3), np.uint64),
        "classes": np.array([0, 2, 1, 0]),
        "sample_weight": np.ones(4, np.int32),
        "layers": layers,
        "prototype_panels": targets.panels,
        "prototypes": targets.packed_prototypes,
        "bound": 20.0,
        "share": 0.125,
        "noise": 16,
        "noise_key": 2,
        "numbers": np.arange(4),
        "key": 1,
        "n_threads": 2,
    }
    for name, value in changes.items():
        (values if name in values else layers[1])[name] = value
    return values | {"layers": [tuple(layer.values()) for layer in layers]}


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("inputs", np.zeros((4, 2), np.uint64)),
        ("inputs", np.zeros((4, 3), np.int64)),
        ("classes", np.array([0, 3, 1, 0])),
        ("classes", np.array([0, -1, 1, 0])),
        ("classes", np.zeros(3, int)),
        ("sample_weight", np.ones(3, np.int32)),
        ("sample_weight", np.ones(4)),
        ("prototype_panels", np.zeros((2, 1, 16), np.uint64)),
        ("prototypes", np.zeros((3, 2), np.uint64)),
        ("numbers", np.arange(3)),
        ("hidden_weights", np.ones((20, 69), np.int16)),
        ("hidden_weights", np.ones((20, 70), np.int32)),
        ("hidden_weights", np.ones((70, 20), np.int16).T),
        ("panels", np.zeros((1, 2, 16), np.uint64)),
        ("panels", np.zeros((2, 1, 16), np.uint64)),
        ("columns", np.zeros((4, 1, 16), np.uint64)),
        ("columns", np.zeros((5, 2, 16), np.uint64)),
        ("columns", None),
        ("windows", np.zeros(19, np.int32)),
        ("means", np.zeros(69, np.int32)),
        ("means", np.zeros(70)),
        ("means", np.full(70, 2**15 + 1, np.int32)),
        ("n_bias", 71),
        ("n_bias", -1),
    ],
)
def test_what_does_not_fit_is_refused(name, bad):
    with pytest.raises(ValueError, match=f"^{name} "):
        step.contrastive_step(**arguments(**{name: bad}))
    assert step.contrastive_step(**arguments())[2] == 4


@pytest.mark.parametrize("bad", [{"noise": 256}, {"noise": -1}, {"n_threads": 0}])
def test_numbers_outside_of_their_range_are_refused(bad):
    with pytest.raises(ValueError, match="outside"):
        step.contrastive_step(**arguments(**bad))
    with pytest.raises(ValueError, match="outside"):
        step.contrastive_step(**arguments() | {"layers": []})


@pytest.mark.parametrize("name", ["hidden_weights", "panels", "windows"])
def test_what_is_no_array_is_refused(name):
    for bad in (None, [[1]]):
        with pytest.raises(TypeError):
            step.contrastive_step(**arguments(**{name: bad}))
