import numpy as np
import pytest
import reference
from common import all_threads, random_feedforward, visible
from hypothesis import given
from hypothesis import strategies as st
from reference_training import Training, means_of
from strategies import ample, cases_of_both_rules, series_cases_of_both_rules

from bepsk.network import PaperRule, Sequences, Update
from bepsk.network.network import BinaryNetwork
from bepsk.network.packed import bit_means, count_ones
from bepsk.training import Progress, Settings, TrainingData, run_epoch

any_case = cases_of_both_rules(batch_sizes=(1, 5, 12), max_classes=10) | series_cases_of_both_rules(
    batch_sizes=(1, 5, 9)
)

NOISES = st.sampled_from([0, 1, 8, 16, 100, 128])


def live_rows(case):
    """Return the inputs of all samples, or of all steps of all series."""
    return case.inputs if case.recurrence is None else np.concatenate(case.inputs)


def live_bits(encoded):
    """Return the same, packed."""
    if not isinstance(encoded, Sequences):
        return encoded
    steps = np.arange(encoded.bits.shape[1])
    return encoded.bits[steps >= encoded.first[:, np.newaxis]]


def centre(case, network, n_bias, noise):
    """Centre the first layer of the network, and return the means that it should have."""
    rows, bits = live_rows(case), live_bits(case.encoded())
    counts = np.append(count_ones(bits, network.layers[0].n_inputs), len(bits))
    network.layers[0].input_means = bit_means(counts, n_bias, noise)
    expected = means_of(rows, n_bias, noise)
    assert network.layers[0].input_means.tolist() == expected
    return expected


def check_epochs(case, seed, batch_size, reinforcement, shuffle, n_threads, n_bias=None, noise=0):
    """Train three epochs beside the reference; with `n_bias`, the first layer is centred."""
    weights = case.weights + np.arange(len(case.weights)) % 4 / 4
    network = case.network()
    twin = Training(
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
        windows=case.windows and list(case.windows),
        means=None if n_bias is None else centre(case, network, n_bias, noise),
        noise=noise,
        n_bias=case.n_bias,
    )
    data = TrainingData(case.encoded(), case.classes, weights)
    rule = case.rule(reinforcement=reinforcement)
    settings = Settings(rule, batch_size, shuffle, noise, n_threads=n_threads)
    progress = Progress(seed, case.group_sizes)
    for _ in range(3):
        with all_threads():
            run_epoch(network, data, settings, progress)
        twin.run_epoch(case.inputs, case.classes, weights)
    for index, (layer, H) in enumerate(zip(network.layers, twin.hidden_weights, strict=True)):
        np.testing.assert_array_equal(layer.hidden_weights, H)
        np.testing.assert_array_equal(visible(layer), reference.pack(H))
        if case.windows is not None:
            np.testing.assert_array_equal(layer.windows, twin.windows[index])
    assert progress.losses == pytest.approx(twin.losses)
    assert progress.error == pytest.approx(twin.error)
    assert (progress.n_steps, progress.n_epochs) == (twin.n_steps, 3)
    assert progress.n_seen == 3 * len(weights)


@ample
@given(
    case=any_case,
    seed=st.integers(0, 2**31 - 1),
    batch_size=st.sampled_from([1, 3, 5, 100]),
    reinforcement=st.sampled_from([0, 0.5, 2]),
    shuffle=st.booleans(),
    n_threads=st.sampled_from([1, 2, 3]),
    noise=NOISES,
)
def test_whole_epochs_equal_the_reference(
    case, seed, batch_size, reinforcement, shuffle, n_threads, noise
):
    check_epochs(case, seed, batch_size, reinforcement, shuffle, n_threads, noise=noise)


@ample
@given(
    case=any_case,
    seed=st.integers(0, 2**31 - 1),
    batch_size=st.sampled_from([1, 3, 100]),
    reinforcement=st.sampled_from([0, 0.5]),
    n_bias=st.sampled_from([0, 1, 3, 20]),
    n_threads=st.sampled_from([1, 2, 3]),
    noise=NOISES,
)
def test_whole_epochs_of_centred_inputs_equal_the_reference(
    case, seed, batch_size, reinforcement, n_bias, n_threads, noise
):
    if case.windows is None:
        n_bias = max(n_bias, 1)
        if case.recurrence is not None:
            case.recurrence.clip = False
    case.set_biases(n_bias)
    check_epochs(case, seed, batch_size, reinforcement, True, n_threads, case.n_bias, noise)


def test_reinforcement_uses_the_error_of_the_previous_epoch(monkeypatch):
    rates = []

    class Network(BinaryNetwork):
        layers = ()

        def __init__(self):
            pass

        def compute_update(self, inputs, y, sample_weight, rule, n_threads, noise):
            return Update([], 0, n_wrong=1, n_samples=4)

        def apply_update(self, update, rule, *, error, share, key, n_threads):
            probability = rule.reinforcement_probability(2, error, share)
            rates.append(round(probability * np.pi**0.5, 9))

    data = TrainingData(np.zeros((10, 1), np.uint64), np.zeros(10, int), np.ones(10))
    settings = Settings(PaperRule(1, 1, (), reinforcement=2.0), batch_size=4)
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
    run_epoch(network, data, Settings(PaperRule(1.0, 1.0, ()), 2), progress)
    np.testing.assert_array_equal(network.layers[0].hidden_weights, before)
    assert progress.losses == [0.0]
    assert progress.error == 1.0
