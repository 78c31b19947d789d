import numpy as np
import pytest
import reference

from bepsk.kernels import random as kernels


@pytest.mark.parametrize("n", [0, 1, 5, 64])
@pytest.mark.parametrize("key", [0, 1, 2**63, 2**64 - 1])
def test_fill_random_equals_the_reference(key, n):
    out = np.zeros(n, dtype=np.uint64)
    kernels.fill_random(key, out)
    assert out.tolist() == [reference.random_word(key, i) for i in range(n)]


def test_fill_random_begins_anywhere_in_the_stream():
    out = np.zeros(3, dtype=np.uint64)
    kernels.fill_random(7, out, 5)
    assert out.tolist() == [reference.random_word(7, i) for i in (5, 6, 7)]


@pytest.mark.parametrize("counter", [0, 1, 2**40])
def test_mix_equals_the_reference(counter):
    assert kernels.mix(2**63, counter) == reference.derive_key(2**63, counter)


def test_the_reference_is_splitmix64():
    published = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert [reference.random_word(0, i) for i in range(3)] == published
