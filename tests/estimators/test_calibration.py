import numpy as np
import pytest
from scipy.special import softmax

from bepsk.estimators._calibration import fit_temperature


@pytest.mark.parametrize("temperature", [4.0, 20.0, 100.0])
def test_the_temperature_that_made_the_labels_is_found(temperature):
    rng = np.random.default_rng(0)
    logits = rng.integers(-60, 61, size=(20_000, 3))
    cumulated = softmax(logits / temperature, axis=1).cumsum(axis=1)
    classes = (rng.random((20_000, 1)) > cumulated[:, :2]).sum(axis=1)
    found = fit_temperature(logits, classes, np.ones(20_000), 40)
    assert found == pytest.approx(temperature, rel=0.05)


def test_a_weight_counts_like_copies():
    rng = np.random.default_rng(0)
    logits, classes = rng.integers(-60, 61, size=(200, 4)), rng.integers(0, 4, size=200)
    logits[np.arange(200), classes] += 40
    heavy = np.where(logits.argmax(axis=1) == classes, 1.0, 5.0)
    even = fit_temperature(logits, classes, np.ones(200), 100)
    assert fit_temperature(logits, classes, heavy, 100) > 1.2 * even


@pytest.mark.parametrize("n_samples", [1, 5, 1000])
def test_a_perfect_training_set_gives_a_finite_temperature(n_samples):
    logits = np.tile([50, -50], (n_samples, 1))
    classes = np.zeros(n_samples, dtype=int)
    temperature = fit_temperature(logits, classes, np.ones(n_samples), 50)
    assert 0.049 * 100 < temperature < 1001
    proba = softmax(logits / temperature, axis=1)
    assert 0.5 < proba[0, 0] < 1
