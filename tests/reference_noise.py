"""Noise again, slow and obvious: one bit of one sample at a time, in Python's integers.

A sample reads every signal through `Flips`, which is called with the signal and its place: the
number of the layer and 0, or for series 0 for inputs and 1 for states, and how many steps are left,
this one included.
"""

from dataclasses import dataclass

import numpy as np
from reference import NOISE, derive_key, random_word


@dataclass
class Flips:
    """What noise does to the sample of this number in an epoch of this key.

    Each bit has a draw of 8 bits of its own, and flips if this and the share reach 256 together.
    Biases, the last inputs of the first layer, never flip.
    """

    share: int
    key: int
    number: int
    n_bias: int = 0

    def __call__(self, signs, layer, place):
        key, n_words = derive_key(self.key, layer, place), -(-len(signs) // 64)
        noisy = np.array(signs)
        for k in range(len(signs) - (self.n_bias if layer == 0 else 0)):
            word = self.number * n_words + k // 64
            draw = sum((random_word(key, 8 * word + d) >> k % 64 & 1) << d for d in range(8))
            if draw + self.share >= 256:
                noisy[k] = -noisy[k]
        return noisy


def key_of_epoch(seed, epoch):
    return derive_key(seed, NOISE, epoch)
