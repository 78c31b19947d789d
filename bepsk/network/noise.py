"""Noise in training: bits of what layers read are flipped at random, anew in each epoch."""

from dataclasses import dataclass

import numpy as np

from bepsk.kernels.random import flip_bits
from bepsk.network.randomness import derive_key


@dataclass(frozen=True)
class Noise:
    """Which bits are flipped depends on the sample, the place and the key alone.

    Parameters
    ----------
    share : int
        Probability that a bit is flipped, in 256ths.
    key : int
        Key of the random streams, another one in each epoch.
    rows : int64 array, shape (n_samples,)
        Numbers of the samples of the mini-batch.
    """

    share: int
    key: int
    rows: np.ndarray

    def flip(self, bits, n_bits, *place):
        """Return packed bits, some of the first `n_bits` of each row flipped.

        `place` is a pair of numbers that tells where in the network they are read.
        """
        flipped = np.empty_like(bits)
        key, rows = derive_key(self.key, *place), np.ascontiguousarray(self.rows)
        flip_bits(bits, rows, n_bits, self.share, key, flipped)
        return flipped


class Silence:
    """No noise."""

    share = key = 0
    rows = np.empty(0, dtype=np.int64)

    def flip(self, bits, n_bits, *place):
        """Return the bits themselves."""
        return bits


SILENCE = Silence()
