"""Targets that are numbers or several labels, beside their twins."""

import pickle

import numpy as np
import pytest
import reference
import reference_targets as twin
from common import THREADS, all_threads, dense_deltas, random_signs
from hypothesis import given
from hypothesis import strategies as st
from strategies import ample, cases, contrastive, modest, noisy

from bepsk.network import FeedForwardNetwork, LabelTargets, NumberTargets
from bepsk.network.number_targets import LARGEST_SUM, place_thresholds


class TargetCase:
    """A case of either rule, whose classes are replaced."""

    def __init__(self, case, targets, slow, ys):
        self.case, self.targets, self.slow, self.ys = case, targets, slow, ys

    def network(self):
        return FeedForwardNetwork(self.case.layers(), self.targets)

    def update(self, network, rows=slice(None), n_threads=1):
        case = self.case
        return network.compute_update(
            case.encoded(rows),
            self.ys[rows],
            case.weights[rows].astype(np.int32),
            case.rule(),
            n_threads,
            case.noise_of(rows),
        )

    def reference_update(self):
        case = self.case
        paper = (case.gate, case.group_sizes) if case.windows is None else case.windows
        return twin.update_of_batch(
            case.hidden_weights,
            self.slow,
            case.inputs,
            self.ys,
            case.weights,
            case.margin,
            paper=paper,
            noises=case.noises(),
        )


@st.composite
def target_cases(draw):
    case = draw(cases() | contrastive(cases()))
    case = draw(st.just(case) | noisy(st.just(case)))
    case.margin = draw(st.sampled_from([0.0, 0.02, 0.1, 0.5, 1.0]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    width, n = len(case.hidden_weights[-1]), len(case.classes)
    if draw(st.booleans()):
        # Few values, so that targets meet thresholds.
        thresholds = rng.integers(-5, 6, width) / 2
        targets = NumberTargets(thresholds, rng.integers(0, 999, width, dtype=np.int32), 0.5, 2.0)
        slow = twin.Numbers(thresholds, targets.widths)
        return TargetCase(case, targets, slow, rng.integers(-6, 7, n) / 2)
    n_labels = draw(st.integers(1, min(width, 9)))
    prototypes = random_signs(rng, width).astype(np.int8)
    slow = twin.Labels(prototypes, n_labels)
    ys = rng.random((n, n_labels)) < 0.4
    return TargetCase(case, LabelTargets(prototypes, n_labels), slow, ys)


@ample
@given(target_cases())
def test_updates_equal_the_reference_on_any_number_of_threads(case):
    expected, *counts = case.reference_update()
    for n_threads in THREADS:
        network = case.network()
        with all_threads():
            update = case.update(network, n_threads=n_threads)
        assert [update.n_triggered, update.n_wrong, update.n_samples] == counts
        for a, b in zip(dense_deltas(network, update), expected, strict=True):
            np.testing.assert_array_equal(a, b)


@modest
@given(target_cases(), st.sampled_from([2, 3]))
def test_what_workers_add_up_is_the_update_of_the_whole_batch(case, n_workers):
    network = case.network()
    rows = [slice(rank, None, n_workers) for rank in range(n_workers)]
    whole = case.update(network)
    total = sum(pickle.loads(pickle.dumps(case.update(network, part))) for part in rows)
    assert total.n_wrong == whole.n_wrong
    for a, b in zip(dense_deltas(network, whole), dense_deltas(network, total), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("n_outputs", [1, 63, 64, 65, 130])
@pytest.mark.parametrize("n_labels", [1, 2, 7])
def test_labels_are_read_as_by_the_reference(n_outputs, n_labels):
    rng = np.random.default_rng(n_outputs)
    targets = LabelTargets.random(min(n_labels, n_outputs), n_outputs, key=5)
    slow = twin.Labels(targets.prototypes.astype(int), targets.n_labels)
    activations = random_signs(rng, 9, n_outputs)
    logits = targets.read(reference.pack(activations), 1)
    assert logits.dtype == np.int32
    np.testing.assert_array_equal(logits, [slow.read(a) for a in activations])
    assert targets.read(reference.pack(activations)[:0], 1).shape == (0, targets.n_labels)


def test_labels_score_by_the_share_that_is_right():
    targets = LabelTargets(np.ones(4, dtype=np.int8), 2)
    logits = np.array([[2, -2], [2, 2], [-2, 0]], dtype=np.int32)
    y = np.array([[True, False], [True, False], [True, True]])
    assert targets.score(logits, y, np.array([1, 2, 1])) == (1 + 2 / 2 + 0) / 4


@pytest.mark.parametrize("n_inputs", [1, 8, 9, 10, 512, 100_000])
@pytest.mark.parametrize("n_outputs", [1, 64, 65, 130])
def test_sums_are_decoded_exactly(n_outputs, n_inputs):
    rng = np.random.default_rng(n_outputs)
    widths = rng.integers(0, 2**31 // n_outputs, n_outputs, dtype=np.int32)
    targets = NumberTargets(np.zeros(n_outputs), widths, 3.0, 0.25)
    z = 2 * rng.binomial(n_inputs, 0.5, (9, n_outputs)).astype(np.int32) - n_inputs
    slow = twin.Numbers(targets.thresholds, widths)
    expected = [float(slow.decode(row, n_inputs)) for row in z.tolist()]
    levels = targets.read(z, n_inputs)
    np.testing.assert_array_equal(levels >= 0, z >= 0)
    np.testing.assert_array_equal(targets.decode(levels), expected)
    np.testing.assert_array_equal(targets.predict(levels), 3 + 0.25 * np.array(expected))
    n = np.int32(n_inputs)
    np.testing.assert_array_equal(targets.read(np.array([-n, n]), n_inputs), [-256, 256])


@modest
@given(
    st.lists(st.integers(-20, 20), min_size=1, max_size=40)
    | st.lists(st.floats(-100, 100), min_size=1, max_size=40),
    st.sampled_from([1, 2, 3, 7, 64]),
)
def test_thresholds_are_those_of_the_reference(y, n):
    y = np.array(y, dtype=np.float64)
    expected_thresholds, expected_worths = twin.place_thresholds(y, n)
    thresholds, worths = place_thresholds(y, n)
    np.testing.assert_allclose(worths, list(map(float, expected_worths)), rtol=0, atol=1e-9)
    above = y[:, np.newaxis] > thresholds
    np.testing.assert_array_equal(above, [[v > t for t in expected_thresholds] for v in y.tolist()])


def test_the_right_bits_of_a_sample_mean_what_its_cell_is_worth():
    y = np.random.default_rng(0).exponential(size=200)
    targets = NumberTargets.from_sample(y, 300, key=1)
    assert targets.widths.min() >= 0
    assert targets.widths.sum() == LARGEST_SUM
    levels = np.where(y[:, np.newaxis] > targets.thresholds, 256, -256)
    np.testing.assert_allclose(targets.predict(levels), y, atol=1e-8 * np.ptp(y))
    assert targets.score(levels, y, np.ones(200)) == pytest.approx(1)
    assert (np.diff(targets.thresholds) < 0).any()


@pytest.mark.parametrize("scale", [1, 1e-300, 1e300])
def test_the_score_is_r2_whatever_the_unit(scale):
    y = np.array([0.0, 1, 2, 3])
    targets = NumberTargets.from_sample(scale * y, 3, key=0)
    above = np.array([0.0, 1, 2, 2])[:, np.newaxis] * scale > targets.thresholds
    levels = np.where(above, 256, -256)
    weights = np.array([1.0, 1, 1, 2])
    mean = 9 / 5
    spread = mean**2 + (1 - mean) ** 2 + (2 - mean) ** 2 + 2 * (3 - mean) ** 2
    assert targets.score(levels, scale * y, weights) == pytest.approx(1 - 2 / spread)


def test_one_value_alone_is_predicted_always():
    y = np.full(5, 7.0)
    targets = NumberTargets.from_sample(y, 10, key=0)
    for level in (-256, 0, 256):
        levels = np.full((5, 10), level)
        assert (targets.predict(levels) == 7).all()
        assert targets.score(levels, y, np.ones(5)) == 1
