import numpy as np
import pytest
import reference
from common import all_threads, random_feedforward
from hypothesis import given
from hypothesis import strategies as st
from strategies import cases, modest, series_cases

from bepsk.network import Rule, Update
from bepsk.training import Progress, Settings, TrainingData, run_epoch


@modest
@given(
    case=cases(batch_sizes=(1, 5, 12), max_classes=10) | series_cases(batch_sizes=(1, 5, 9)),
    seed=st.integers(0, 2**31 - 1),
    batch_size=st.sampled_from([1, 3, 5, 100]),
    reinforcement=st.sampled_from([0, 0.5, 2]),
    shuffle=st.booleans(),
    n_threads=st.sampled_from([1, 2, 3]),
)
def test_whole_epochs_equal_the_reference(
    case, seed, batch_size, reinforcement, shuffle, n_threads
):
    weights = case.weights + np.arange(len(case.weights)) % 4 / 4
    twin = reference.Training(
        list(case.hidden_weights),
        case.prototypes,
        seed,
        case.margin,
        case.gate,
        case.group_sizes,
        reinforcement,
        batch_size,
        shuffle,
        recurrence=case.recurrence,
    )
    network = case.network()
    data = TrainingData(case.encoded(), case.classes, weights)
    rule = case.rule(reinforcement=reinforcement)
    settings = Settings(rule, batch_size, shuffle, n_threads=n_threads)
    progress = Progress(seed, case.group_sizes)
    for _ in range(3):
        with all_threads():
            run_epoch(network, data, settings, progress)
        twin.run_epoch(case.inputs, case.classes, weights)
    for layer, H in zip(network.layers, twin.hidden_weights, strict=True):
        np.testing.assert_array_equal(layer.hidden_weights, H)
    assert progress.losses == pytest.approx(twin.losses)
    assert progress.error == pytest.approx(twin.error)
    assert (progress.n_steps, progress.n_epochs) == (twin.n_steps, 3)
    assert progress.n_seen == 3 * len(weights)


def test_reinforcement_uses_the_error_of_the_previous_epoch(monkeypatch):
    rates = []

    class Network:
        layers = ()

        def compute_update(self, inputs, y, sample_weight, rule, n_threads):
            return Update([], 0, n_wrong=1, n_samples=4)

        def apply_update(self, update, rule, *, error, share, key, n_threads):
            probability = rule.reinforcement_probability(2, error, share)
            rates.append(round(probability * np.pi**0.5, 9))

    data = TrainingData(np.zeros((10, 1), np.uint64), np.zeros(10, int), np.ones(10))
    settings = Settings(Rule(1, 1, (), reinforcement=2.0), batch_size=4)
    progress = Progress(0, [])
    run_epoch(Network(), data, settings, progress)
    run_epoch(Network(), data, settings, progress)
    # The last batch has 2 of 4 samples and reinforces half as often.
    assert rates == [2.0, 2.0, 1.0, 1.0, 1.0, 0.5]
    assert progress.error == 0.25


def test_samples_of_no_weight_teach_nothing():
    inputs = reference.pack(reference.random_signs(0, 6, 20))
    network = random_feedforward(20, [9], 2, seed=0)
    before = network.layers[0].hidden_weights.copy()
    data = TrainingData(inputs, np.arange(6) % 2, np.zeros(6))
    progress = Progress(0, [3])
    run_epoch(network, data, Settings(Rule(1.0, 1.0, ()), 2), progress)
    np.testing.assert_array_equal(network.layers[0].hidden_weights, before)
    assert progress.losses == [0.0]
    assert progress.error == 1.0
