import numpy as np
import pytest
import reference

from bepsk.network import randomness
from bepsk.network.randomness import Stream


def test_the_streams_have_the_numbers_of_the_reference():
    assert {name: getattr(reference, name) for name in Stream.__members__} == dict(
        Stream.__members__
    )


@pytest.mark.parametrize("seed", [0, 7, 2**31 - 1, 2**64 - 1])
@pytest.mark.parametrize("counters", [(), (0,), (Stream.ROUNDING, 10**12), (1, 2, 3)])
def test_derive_key_equals_the_reference(seed, counters):
    assert randomness.derive_key(seed, *counters) == reference.derive_key(seed, *counters)


@pytest.mark.parametrize("shape", [(1, 1), (3, 21), (1, 64), (5, 13), (2, 64)])
def test_random_bits_equal_the_reference(shape):
    signs = reference.random_signs(11, *shape)
    np.testing.assert_array_equal(randomness.random_bits(11, *shape), signs > 0)


@pytest.mark.parametrize("n", [0, 1, 2, 100])
def test_random_permutation_equals_the_reference(n):
    assert randomness.random_permutation(3, n).tolist() == reference.random_permutation(3, n)


def test_stochastic_round_equals_the_reference():
    values = np.array([0.0, 1.0, 0.5, 2.25, 1e-9, 3.999999, 10_000.0] * 20)
    rounded = randomness.stochastic_round(values, 5)
    assert rounded.dtype == np.int32
    assert rounded.tolist() == reference.stochastic_round(values, 5)


@pytest.mark.parametrize("value", [0.1, 0.5, 1.75])
def test_stochastic_round_is_right_on_average(value):
    rounded = randomness.stochastic_round(np.full(40_000, value), 1)
    assert set(rounded) == {int(value), int(value) + 1}
    assert abs(rounded.mean() - value) < 0.01


def test_streams_of_neighbouring_counters_are_unrelated():
    words = [randomness.random_words(randomness.derive_key(0, i), 64) for i in range(50)]
    bits = np.unpackbits(np.array(words).view(np.uint8), axis=1) * 2.0 - 1
    correlation = np.corrcoef(bits) - np.eye(50)
    assert abs(correlation).max() < 0.08
