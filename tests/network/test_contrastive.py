"""The contrastive rule beside its twin: what is counted, and what windows make of it."""

import pickle
from math import isqrt

import numpy as np
import pytest
import reference
import reference_contrastive as twin
from common import (
    THREADS,
    all_threads,
    dense_deltas,
    random_feedforward,
    random_recurrent,
    random_signs,
    random_targets,
)
from hypothesis import given
from hypothesis import strategies as st
from strategies import SeriesCase, ample, cases, contrastive, modest, noisy, series_cases

from bepsk.kernels.learners import MAX_WINDOW
from bepsk.network import ClassTargets, ContrastiveRule, PaperRule
from bepsk.network.layer import Error, Layer
from bepsk.network.packed import all_ones, unpack_bits

any_case = contrastive(cases() | series_cases())
noisy_case = any_case | noisy(any_case)
RULE = ContrastiveRule(1.0)


def to_integers(error, n_neurons):
    signs, nonzero = (unpack_bits(bits, n_neurons).astype(int) for bits in error)
    return (2 * signs - 1) * nonzero


def counting(case, network, update):
    """Return the layers with windows, their increments and their twins' changes."""
    changes = case.reference_changes()[0]
    rows = list(zip(network.layers, update.deltas, changes, strict=True))
    return rows if case.recurrence is None else rows[1:]


@ample
@given(noisy_case)
def test_counts_equal_the_reference_on_any_number_of_threads(case):
    for n_threads in THREADS:
        network = case.network()
        with all_threads():
            update = case.update(network, n_threads=n_threads)
        for _, increments, change in counting(case, network, update):
            np.testing.assert_array_equal(increments.counts, [change.asked, change.learned])
        if case.recurrence is not None:
            assert update.deltas[0].counts is None


@ample
@given(noisy_case)
def test_windows_adapt_to_the_counts(case):
    network = case.network()
    before = [windows.copy() for windows in case.windows]
    update = case.update(network)
    expected = [
        twin.adapted(windows, change)
        for windows, change in zip(before, case.reference_changes()[0], strict=True)
    ]
    if case.recurrence is not None:
        expected[0] = before[0]
    other = network.copy()
    network.apply_update(update, case.rule())
    for layer, windows in zip(network.layers, expected, strict=True):
        np.testing.assert_array_equal(layer.windows, windows)
        assert layer.windows.dtype == np.int32
    for layer, windows in zip(other.layers, before, strict=True):
        np.testing.assert_array_equal(layer.windows, windows)


@modest
@given(any_case)
def test_without_a_rule_or_under_the_papers_windows_stay(case):
    for rule in (None, PaperRule(1.0, 1.0, ())):
        network = case.network()
        update = case.update(network)
        if rule is not None:
            for increments in update.deltas:
                increments.counts = None
        network.apply_update(update, rule)
        for layer, windows in zip(network.layers, case.windows, strict=True):
            np.testing.assert_array_equal(layer.windows, windows)


@modest
@given(
    contrastive(cases(batch_sizes=(2, 5, 7)) | series_cases(batch_sizes=(2, 5, 9))),
    st.sampled_from([2, 3]),
)
def test_what_workers_add_up_does_what_the_whole_batch_does(case, n_workers):
    rows = [slice(rank, None, n_workers) for rank in range(n_workers)]
    whole, parted = case.network(), case.network()
    update = case.update(whole)
    total = sum(pickle.loads(pickle.dumps(case.update(parted, part))) for part in rows)
    for a, b in zip(dense_deltas(whole, update), dense_deltas(parted, total), strict=True):
        np.testing.assert_array_equal(a, b)
    for network, changes in ((whole, update), (parted, total)):
        n_inputs = network.layers[0].n_inputs
        network.layers[0].input_means = np.linspace(-(2**15), 2**15, n_inputs).astype(np.int32)
        network.apply_update(changes, case.rule(), key=77)
    for a, b in zip(whole.layers, parted.layers, strict=True):
        np.testing.assert_array_equal(a.hidden_weights, b.hidden_weights)
        np.testing.assert_array_equal(a.visible_weights, b.visible_weights)
        np.testing.assert_array_equal(a.windows, b.windows)


@pytest.mark.parametrize(
    ("logits", "c", "rival"),
    [
        ([9, 1, 5, 5], 0, 2),  # the first of equals
        ([5, 5, 5, 5], 0, 1),
        ([5, 5, 5, 5], 1, 0),
        ([1, 2, 3, 9], 3, 2),
        ([-9, -9, -9, -9], 2, 0),
    ],
)
def test_the_error_at_the_top_is_what_sets_the_class_apart(logits, c, rival):
    targets = random_targets(4, 70, seed=0)
    rows = np.array([[70, -70, -70, -70], logits], dtype=np.int32)
    ones = np.ones(2, dtype=np.int32)
    triggered, error, counts = RULE.trigger(targets, rows, np.array([0, c]), ones)
    assert triggered.tolist() == [1]
    P = targets.prototypes.astype(int)
    np.testing.assert_array_equal(to_integers(error, 70), [(P[c] - P[rival]) // 2])
    assert counts[0] == 1


def test_classes_of_one_prototype_have_nothing_to_learn():
    targets = ClassTargets(np.ones((2, 5), dtype=np.int8))
    ones = np.ones(1, dtype=np.int32)
    triggered, error, _ = RULE.trigger(
        targets, np.array([[5, 5]], np.int32), np.zeros(1, int), ones
    )
    assert triggered.tolist() == [0]
    assert not error.nonzero.any()


def test_one_class_alone_never_triggers():
    network = random_feedforward(10, [6], 1, seed=0)
    one = np.ones(3, dtype=np.int32)
    update = network.compute_update(np.zeros((3, 1), np.uint64), np.zeros(3, int), one, RULE)
    assert (update.n_triggered, update.n_wrong) == (0, 0)
    network.apply_update(update, RULE)
    np.testing.assert_array_equal(network.layers[0].windows, isqrt(10))


@pytest.mark.parametrize("fan_in", [1, 2, 63, 64, 65, 200])
def test_an_error_of_zero_and_a_tie_stay_zero(fan_in):
    rng = np.random.default_rng(0)
    W = random_signs(rng, 6, fan_in).astype(np.int16)
    t = rng.integers(-1, 2, size=(4, 6))
    error = Error(reference.pack(reference.sign(t)), reference.pack(2 * (t != 0) - 1))
    rows = np.arange(4, dtype=np.int32)
    z = np.full((4, 6), 2**31 - 1, dtype=np.int32)  # no gate is so wide
    below = RULE.propagate(Layer(W), error, z, all_ones(4, fan_in), rows, 1)
    np.testing.assert_array_equal(to_integers(below, fan_in), np.sign(t @ W))


@pytest.mark.parametrize("inertia", [0, 1, 5])
@pytest.mark.parametrize("window", [0, 31, 32, 100])
def test_through_time_gates_close_but_not_for_what_inertia_carries(inertia, window):
    """Of K = 100 inputs the gates are isqrt(1000) = 31 wide, or as the window."""
    W = np.ones((1, 1), dtype=np.int16)
    layer = Layer(W)
    layer.windows = np.array([window], dtype=np.int32)
    z = np.array([[31], [32], [-32], [101]], dtype=np.int32)
    error = Error(np.zeros((4, 1), dtype=np.uint64), all_ones(4, 1))
    rows = np.arange(4, dtype=np.int32)
    below = RULE.propagate_through_time(
        layer, error, z, all_ones(4, 1), rows, 1, fan_in=100, inertia=inertia
    )
    passed = -(abs(z) <= max(31, window)).astype(int)
    np.testing.assert_array_equal(to_integers(below, 1), np.sign(passed - inertia))


@pytest.mark.parametrize(("window", "learns"), [(0, 4), (3, 4), (4, 4), (5, 5), (MAX_WINDOW, 9)])
def test_all_neurons_within_their_window_learn_right_or_wrong(window, learns):
    """Of 16 inputs, the window is 4 wide at least."""
    layer = Layer.random(9, 16, key=0)
    layer.windows = np.full(9, window, dtype=np.int32)
    z = np.arange(1, 10, dtype=np.int32)[np.newaxis] * np.array([[1], [-1]], dtype=np.int32)
    error = Error(all_ones(2, 9), all_ones(2, 9))
    rows, weights = np.arange(2, dtype=np.int32), np.array([3, 2], dtype=np.int32)
    inputs = all_ones(2, 16)
    changes = RULE.increments(0, layer, z, inputs, error, inputs, rows, weights, 1)
    assert np.diff(changes.starts).tolist() == [2] * learns + [0] * (9 - learns)
    assert changes.sources.tolist() == [0, 1] * learns
    assert changes.steps.tolist() == [6, 4] * learns
    assert changes.counts.tolist() == [[5] * 9, [5] * learns + [0] * (9 - learns)]


def test_windows_begin_at_the_square_root_of_the_fan_in():
    network = random_recurrent(70, 65, 9, 3, seed=0)
    expected = twin.first_windows([layer.hidden_weights for layer in network.layers])
    for layer, windows in zip(network.layers, expected, strict=True):
        np.testing.assert_array_equal(layer.windows, windows)
        assert layer.windows.dtype == np.int32


def test_the_rule_has_no_groups_and_no_reinforcement():
    rule = ContrastiveRule(0.5, horizon=3)
    assert rule.with_group_sizes([]) is rule
    assert rule.with_group_sizes([3, 4]) is rule
    assert rule.reinforcement_probability(100, 1.0) == 0.0
    assert (rule.share, rule.carry) == (twin.SHARE, twin.CARRY)
    paper = PaperRule(0.5, 0.1, (1,), horizon=3, clip=True)
    assert paper.with_group_sizes([3, 4]) == PaperRule(0.5, 0.1, (3, 4), horizon=3, clip=True)
    assert paper.group_sizes == (1,)
    assert paper.carry == 1.0


@pytest.mark.parametrize("inertia", [0, 64, 192, 240])
@pytest.mark.parametrize("horizon", [None, 6])
def test_long_series_equal_the_reference(inertia, horizon):
    """Sums large enough that gates close and that the size of what is carried decides."""
    rng = np.random.default_rng(inertia)
    shapes = [(65, 70), (65, 65), (20, 65)]
    case = SeriesCase(
        hidden_weights=[random_signs(rng, *shape) for shape in shapes],
        prototypes=random_signs(rng, 3, 20),
        inputs=[random_signs(rng, length, 70) for length in (12, 9, 12, 5, 11, 12)],
        classes=rng.integers(0, 3, size=6),
        weights=np.array([1, 2, 1, 1, 3, 1]),
        margin=1.0,
        gate=1.0,
        group_sizes=[],
        recurrence=reference.Recurrence(inertia=inertia, horizon=horizon),
    )
    case.windows = twin.first_windows(case.hidden_weights)
    network, (changes, *counts) = case.network(), case.reference_changes()
    update = case.update(network, n_threads=2)
    for delta, change in zip(dense_deltas(network, update), changes, strict=True):
        np.testing.assert_array_equal(delta, change.delta)
    np.testing.assert_array_equal(update.deltas[1].counts, [changes[1].asked, changes[1].learned])
    assert [update.n_triggered, update.n_wrong] == counts
    assert 0 < changes[1].learned.sum() < changes[1].asked.sum()


@pytest.mark.parametrize("inertia", [0, 1, 128, 192, 255])
@pytest.mark.parametrize("share", [1.0, 0.75])
def test_a_share_of_inertia_flows_back(inertia, share):
    network = random_recurrent(100, 44, 9, 2, seed=0, inertia=inertia)
    q = inertia / 256
    assert network.backward_inertia(share) == round(share * q * 12 / (1 - q * q) ** 0.5)
