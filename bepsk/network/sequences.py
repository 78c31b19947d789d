"""Encoded series, and the code of a place in them."""

from dataclasses import dataclass

import numpy as np

from bepsk.network.packed import pack_bits
from bepsk.network.randomness import derive_key, random_bits


@dataclass(frozen=True)
class Sequences:
    """Encoded series; all end at the last step.

    Parameters
    ----------
    bits : packed bits, shape (n_samples, n_steps, words)
        The encoded steps.
    first : int32 array, shape (n_samples,)
        The step at which each series begins; what comes before is padding.

    Examples
    --------
    >>> import numpy as np
    >>> from bepsk.network import Sequences
    >>> first = np.array([0, 1], dtype=np.int32)
    >>> series = Sequences(np.zeros((2, 3, 1), dtype=np.uint64), first)
    >>> len(series), len(series[:1])
    (2, 1)
    """

    bits: np.ndarray
    first: np.ndarray

    def __len__(self):
        return len(self.bits)

    def take(self, rows, axis=0):
        """Return some of the series, as `ndarray.take` does of the rows of an array.

        Parameters
        ----------
        rows : int array, shape (n,)
            Which series.
        axis : int, default=0
            That of the series, 0.

        Returns
        -------
        series : Sequences
            These series, no longer padded than the longest of them needs.
        """
        first = self.first.take(rows)
        start = first.min(initial=self.bits.shape[1] - 1)
        return Sequences(self.bits[:, start:].take(rows, axis), first - start)

    def __getitem__(self, rows):
        """Return a slice of the series, as `take` does."""
        return self.take(np.arange(len(self))[rows])


def place_patterns(seed, n_bits, places):
    """Return which input bits are flipped at each place in a series, packed (n_places, words).

    About half of the bits are flipped at no place.
    """
    seeds = [seed, *(derive_key(seed, place) for place in places)]
    patterns = np.concatenate([random_bits(key, 1, n_bits) for key in seeds])
    return pack_bits(patterns[1:] & patterns[0])
