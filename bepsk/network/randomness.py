"""One counter-based generator for everything random in training.

A draw depends on (seed, stream, counters, index) alone, so that threads, workers and a
resumed run see the same bits.
"""

from enum import IntEnum

import numpy as np

from bepsk.kernels.random import fill_random, mix

BLOCK = 2**16


class Stream(IntEnum):
    """What a random stream is for."""

    WEIGHTS = 0
    FRAME = 1
    SHUFFLE = 2
    REINFORCEMENT = 3
    ROUNDING = 4
    PLACES = 5
    CALIBRATION = 6
    NOISE = 7
    HOLD_OUT = 8
    ONLINE = 9


def random_words(key, n, first=0):
    """Return `n` random 64-bit words of the stream `key` from number `first` on, uint64 (n,)."""
    words = np.empty(n, dtype=np.uint64)
    fill_random(key, words, first)
    return words


def derive_key(seed, *counters):
    """Derive the 64-bit key of a stream from a seed and any non-negative integers.

    Examples
    --------
    >>> derive_key(0, Stream.SHUFFLE, 7) == derive_key(0, Stream.SHUFFLE, 8)
    False
    """
    for counter in counters:
        seed = mix(seed, counter)
    return seed


def random_bits(key, n_rows, n_bits):
    """Return fair random bits, uint8 (n_rows, n_bits)."""
    return unpack_words(random_words(key, (n_rows * n_bits + 63) // 64), n_rows * n_bits).reshape(
        n_rows, n_bits
    )


def random_signs(key, n_rows, n_columns):
    """Return the bits of `random_bits` as +-1, int16 (n_rows, n_columns), in little memory."""
    signs = np.empty(n_rows * n_columns, dtype=np.int16)
    for start in range(0, len(signs), BLOCK):
        block = signs[start : start + BLOCK]
        words = random_words(key, (len(block) + 63) // 64, start // 64)
        block[:] = unpack_words(words, len(block))
        block *= 2
        block -= 1
    return signs.reshape(n_rows, n_columns)


def unpack_words(words, n_bits):
    """Return the first `n_bits` bits of the words, uint8 (n_bits,)."""
    return np.unpackbits(words.astype("<u8").view(np.uint8), count=n_bits, bitorder="little")


def random_permutation(key, n):
    """Return a random order of range(n), int64 (n,)."""
    return np.argsort(random_words(key, n))  # no two words of a stream are equal


def stochastic_round(values, key):
    """Round each value up with the probability of its fraction, down otherwise, to int32."""
    whole = np.floor(values)
    fractions = values - whole
    if fractions.any():
        whole += random_words(key, len(values)) / 2.0**64 < fractions
    return whole.astype(np.int32)
