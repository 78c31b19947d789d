"""One counter-based generator for everything random in training.

A draw depends on (seed, stream, counters, index) alone, so that threads, workers and a
resumed run see the same bits.
"""

from enum import IntEnum

import numpy as np

from bepsk.kernels.random import fill_random


class Stream(IntEnum):
    """What a random stream is for."""

    WEIGHTS = 0
    FRAME = 1
    SHUFFLE = 2
    REINFORCEMENT = 3
    ROUNDING = 4
    PLACES = 5


def random_words(key, n):
    """Return `n` random 64-bit words of the stream `key`, uint64 (n,)."""
    words = np.empty(n, dtype=np.uint64)
    fill_random(key, words)
    return words


def derive_key(seed, *counters):
    """Derive the 64-bit key of a stream from a seed and any non-negative integers.

    Examples
    --------
    >>> derive_key(0, Stream.SHUFFLE, 7) == derive_key(0, Stream.SHUFFLE, 8)
    False
    """
    key = np.uint64(seed)
    for counter in counters:
        (key,) = random_words(random_words(key, 1)[0] ^ np.uint64(counter), 1)
    return int(key)


def random_bits(key, n_rows, n_bits):
    """Return fair random bits, uint8 (n_rows, n_bits)."""
    words = random_words(key, (n_rows * n_bits + 63) // 64)
    bits = np.unpackbits(words.astype("<u8").view(np.uint8), bitorder="little")
    return bits[: n_rows * n_bits].reshape(n_rows, n_bits)


def random_permutation(key, n):
    """Return a random order of range(n), int64 (n,)."""
    return np.argsort(random_words(key, n), kind="stable")


def stochastic_round(values, key):
    """Round each value up with the probability of its fraction, down otherwise, to int32."""
    whole = np.floor(values)
    uniform = random_words(key, len(values)) / 2.0**64
    return (whole + (uniform < values - whole)).astype(np.int32)
