"""Learning row by row again, slow and obvious: on lists of +-1, one input at a time."""

from dataclasses import dataclass
from math import isqrt

import numpy as np
from reference import forward, is_triggered, sign
from reference_contrastive import top_error


@dataclass
class Generator:
    """Xorshift on 32 bits; a draw is its new state, as bits, the lowest first."""

    state: int

    def bits(self):
        for shift in (13, -17, 5):
            moved = self.state << shift if shift > 0 else self.state >> -shift
            self.state = (self.state ^ moved) % 2**32
        return [self.state >> k & 1 for k in range(32)]


def draw_changes(generator, row, sixteenths, n_bits):
    """Return which inputs take part, as 0 and 1; `sixteenths` is None for a fair background."""
    changes = np.zeros(len(row), dtype=int)
    for start in range(0, n_bits, 32):
        draws = [generator.bits() for _ in range(1 if sixteenths is None else 4)]
        chosen = generator.bits()
        for k in range(start, min(start + 32, n_bits)):
            number = sum(2**d * bits[k - start] for d, bits in enumerate(draws))
            background = number if sixteenths is None else number < sixteenths[k]
            changes[k] = background != (row[k] == 1) and chosen[k - start]
    return changes


@dataclass
class OnlineNetwork:
    """A network that learns row by row; its hidden weights are matrices of odd integers."""

    hidden_weights: list
    prototypes: np.ndarray
    windows: list
    margin: float
    sixteenths: list | None
    n_bias: int
    limit: int
    generator: Generator

    def learn(self, a_0, c):
        zs, read, logits = forward(self.hidden_weights, self.prototypes, a_0)
        if not is_triggered(logits, c, self.margin, self.prototypes.shape[1]):
            return
        t = top_error(self.prototypes, logits, c)
        for index in reversed(range(len(zs))):
            H, z, a = self.hidden_weights[index], zs[index], read[index]
            below = np.sign(sign(H).T @ t)
            n_bits, sixteenths = (
                (len(a), None) if index else (len(a) - self.n_bias, self.sixteenths)
            )
            changes = draw_changes(self.generator, a, sixteenths, n_bits)
            for j in np.flatnonzero(t):
                window = self.windows[index][j]
                step = (window >> 3) + 1
                if abs(z[j]) <= max(isqrt(len(a)), window):
                    H[j] = np.clip(H[j] + 2 * t[j] * a * changes, -self.limit, self.limit)
                    self.windows[index][j] = max(window - step, 0)
                else:
                    self.windows[index][j] = window + step
            t = below
