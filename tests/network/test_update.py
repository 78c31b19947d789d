"""Updates of several workers add up, and travel without what nothing refers to."""

import pickle
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import reference
from common import THREADS, as_increments, dense, dense_deltas, random_feedforward, random_signs
from hypothesis import given
from hypothesis import strategies as st
from strategies import ample, cases_of_both_rules, series_cases_of_both_rules

from bepsk.network import PaperRule, Update
from bepsk.network.layer import Layer
from bepsk.network.update import Increments
from bepsk.training.data import whole_panels

N_NEURONS, N_INPUTS = 20, 70


def increments(seed, n_entries, masked, n_rows=9):
    rng = np.random.default_rng(seed)
    neurons = np.sort(rng.integers(0, N_NEURONS, size=n_entries))
    bits = reference.pack(random_signs(rng, n_rows, N_INPUTS))
    known = reference.pack(random_signs(rng, n_rows, N_INPUTS))
    return Increments(
        np.searchsorted(neurons, np.arange(N_NEURONS + 1)).astype(np.int32),
        rng.integers(0, n_rows, size=n_entries, dtype=np.int32),
        rng.choice([-2, 2, 4], size=n_entries).astype(np.int32),
        bits,
        known if masked else known[:0],
    )


@pytest.mark.parametrize("masked", [(False, False), (False, True), (True, False), (True, True)])
@pytest.mark.parametrize("n_entries", [(0, 0), (0, 5), (30, 0), (30, 7)])
def test_increments_add_up_whichever_are_masked(masked, n_entries):
    parts = [increments(i, n_entries[i], masked[i]) for i in range(2)]
    expected = sum(dense(part, N_INPUTS) for part in parts)
    total = parts[0] + parts[1]
    np.testing.assert_array_equal(dense(total, N_INPUTS), expected)
    assert len(total.known) in (0, len(total.inputs))
    for n_threads in THREADS:
        layer = Layer.random(N_NEURONS, N_INPUTS, key=0)
        H = layer.hidden_weights.copy()
        layer.apply_update(total, n_threads)
        np.testing.assert_array_equal(layer.hidden_weights, H + expected)


def test_a_sum_drops_inputs_that_nothing_refers_to():
    total = increments(0, 3, masked=False, n_rows=1000) + increments(1, 2, masked=True)
    assert len(total.inputs) <= 5


def test_increments_of_different_layers_do_not_add_up():
    with pytest.raises(ValueError, match="20 neurons over 2 words of inputs, and 3 over 1"):
        increments(0, 3, masked=False) + as_increments(np.ones((3, 5)))


@ample
@given(case=cases_of_both_rules(batch_sizes=(0, 1, 5)) | series_cases_of_both_rules())
def test_an_update_comes_back_from_a_pickle(case):
    network = case.network()
    update = case.update(network)
    returned = pickle.loads(pickle.dumps(update))
    for a, b in zip(dense_deltas(network, update), dense_deltas(network, returned), strict=True):
        np.testing.assert_array_equal(a, b)
    counts = ("n_triggered", "n_wrong", "n_samples")
    assert [getattr(update, c) for c in counts] == [getattr(returned, c) for c in counts]


@pytest.mark.parametrize("masked", [False, True])
def test_increments_pickle_small(masked):
    part = increments(0, 400, masked, n_rows=10_000)
    n_rows = len(np.unique(part.sources)) * (1 + masked)
    lists = part.starts.nbytes + part.sources.nbytes + part.steps.nbytes
    assert len(pickle.dumps(part)) <= 1.3 * (n_rows * part.inputs[0].nbytes + lists)


def test_an_update_pickles_small():
    network = random_feedforward(300, [100, 100], 10, seed=0)
    rng = np.random.default_rng(0)
    inputs = reference.pack(random_signs(rng, 400, 300))
    ones = np.ones(400, dtype=np.int32)
    update = network.compute_update(
        inputs, rng.integers(0, 10, 400), ones, PaperRule(0.01, 1.0, (100, 100))
    )
    assert 0 < update.n_triggered < 400
    expected = sum(
        d.starts.nbytes
        + d.sources.nbytes
        + d.steps.nbytes
        + len(np.unique(d.sources)) * d.inputs[0].nbytes
        for d in update.deltas
    )
    assert len(pickle.dumps(update)) <= 1.3 * expected


@ample
@given(
    case=cases_of_both_rules() | series_cases_of_both_rules(),
    n_parts=st.integers(1, 4),
    centred=st.booleans(),
)
def test_rows_that_are_updated_apart_equal_those_updated_at_once(case, n_parts, centred):
    network, rule = case.network(), case.rule()
    if isinstance(rule, PaperRule):
        rule = replace(rule, reinforcement=1.0)
    elif centred:
        layer = network.layers[0]
        layer.input_means = np.linspace(-30_000, 30_000, layer.n_inputs).astype(np.int32)
    update = case.update(network)
    whole, apart = network.copy(), network.copy()
    whole.apply_update(update, rule, key=5)
    heights = [layer.n_neurons for layer in network.layers]
    for rows in zip(*[whole_panels(height, n_parts) for height in heights], strict=True):
        part = apart.of_rows(rows)
        part.apply_update(update.of_rows(rows), rule, key=5)
        for layer, these, expected in zip(part.layers, rows, whole.layers, strict=True):
            np.testing.assert_array_equal(layer.windows, expected.windows[these])
    for layer, expected in zip(apart.layers, whole.layers, strict=True):
        np.testing.assert_array_equal(layer.hidden_weights, expected.hidden_weights)
        np.testing.assert_array_equal(layer.visible_weights, expected.visible_weights)


@pytest.mark.parametrize("n_rows", [0, 1, 16, 17, 100])
@pytest.mark.parametrize("n_parts", [1, 2, 3, 8])
def test_rows_are_cut_at_panels(n_rows, n_parts):
    parts = whole_panels(n_rows, n_parts)
    assert len(parts) == n_parts
    assert [parts[0].start, parts[-1].stop] == [0, n_rows]
    assert all(a.stop == b.start and b.start % 16 in (0, n_rows % 16) for a, b in pairwise(parts))


def test_only_updates_add_up():
    update = Update([], 1, 2, 3)
    assert sum([update, update]) == Update([], 2, 4, 6)
    with pytest.raises(TypeError):
        update + 1
    with pytest.raises(TypeError):
        increments(0, 1, masked=False) + 1
