"""The changes that mini-batches ask for: integers that workers can send and add up."""

from dataclasses import dataclass

import numpy as np


@dataclass(slots=True)
class Increments:
    """The change of one layer's H, kept as which inputs are added to which row; changes add up.

    Entries starts[j] .. starts[j + 1] - 1 belong to neuron j: entry i adds row sources[i] of the
    inputs, as +-1, to row j of H, steps[i] times. A pickle leaves out rows that no entry names.

    Parameters
    ----------
    starts : int32 array, shape (K + 1,)
        First entry of each neuron, and the number of entries.
    sources : int32 array, shape (n,)
        Which row of `inputs` each entry adds.
    steps : int32 array, shape (n,)
        How many times; negative to subtract it.
    inputs : packed bits, shape (m, words of N)
        Rows that may be added.
    known : packed bits, shape (m, words of N), or (0, words of N)
        0 where an input adds nothing; no rows if all inputs add.
    counts : int32 array, shape (2, K), or None, default=None
        Weight of each neuron's errors, and of those that it learns from, if the rule asks.
    """

    starts: np.ndarray
    sources: np.ndarray
    steps: np.ndarray
    inputs: np.ndarray
    known: np.ndarray
    counts: np.ndarray | None = None

    def __add__(self, other):
        if not isinstance(other, Increments):
            return NotImplemented
        if (len(self.starts), self.inputs.shape[1]) != (len(other.starts), other.inputs.shape[1]):
            raise ValueError(
                f"Increments must be of one layer to add up; got {len(self.starts) - 1} neurons "
                f"over {self.inputs.shape[1]} words of inputs, and {len(other.starts) - 1} over "
                f"{other.inputs.shape[1]}."
            )
        parts = self.compact(), other.compact()
        masked = any(len(part.known) for part in parts)
        neurons = np.concatenate([part.neurons() for part in parts])
        order = np.argsort(neurons, kind="stable")
        sources = [parts[0].sources, parts[1].sources + np.int32(len(parts[0].inputs))]
        return Increments(
            self.starts + other.starts,
            np.concatenate(sources)[order],
            np.concatenate([part.steps for part in parts])[order],
            np.concatenate([part.inputs for part in parts]),
            np.concatenate([part.every_known() if masked else part.known for part in parts]),
            None if self.counts is None else self.counts + other.counts,
        )

    def __reduce__(self):
        part = self.compact()
        fields = part.starts, part.sources, part.steps, part.inputs, part.known, part.counts
        return Increments, fields

    def compact(self):
        """Return the same change without the inputs that no entry names."""
        rows, sources = np.unique(self.sources, return_inverse=True)
        known = self.known[rows] if len(self.known) else self.known
        return Increments(
            self.starts, sources.astype(np.int32), self.steps, self.inputs[rows], known, self.counts
        )

    def every_known(self):
        """Return `known` with a row for each of the inputs."""
        return self.known if len(self.known) else np.full_like(self.inputs, 2**64 - 1)

    def neurons(self):
        """Return which neuron's row each entry changes, int32 (n,)."""
        every = np.arange(len(self.starts) - 1, dtype=np.int32)
        return np.repeat(every, np.diff(self.starts))


@dataclass(frozen=True)
class Update:
    """The changes that a mini-batch asks for; those of several workers add up, by + or sum.

    Parameters
    ----------
    deltas : list of Increments
        The change of each layer.
    n_triggered, n_wrong, n_samples : int
        Total weight of the samples that triggered, of those misclassified, and of all.

    Examples
    --------
    >>> import numpy as np
    >>> from bepsk.network import ClassTargets, ContrastiveRule, FeedForwardNetwork
    >>> from bepsk.network.packed import pack_bits
    >>> bits, y = np.eye(8, dtype=np.uint8), np.arange(8) % 2
    >>> targets = ClassTargets.random(n_classes=2, n_outputs=16, key=0)
    >>> network = FeedForwardNetwork.random(8, (16, 16), targets, seed=0)
    >>> inputs, weights = pack_bits(bits), np.ones(8, dtype=np.int32)
    >>> halves = [
    ...     network.compute_update(inputs[rows], y[rows], weights[rows], ContrastiveRule(0.5))
    ...     for rows in (slice(0, 4), slice(4, 8))
    ... ]
    >>> sum(halves).n_samples
    8
    """

    deltas: list
    n_triggered: int
    n_wrong: int
    n_samples: int

    def __add__(self, other):
        if not isinstance(other, Update):
            return NotImplemented
        return Update(
            [a + b for a, b in zip(self.deltas, other.deltas, strict=True)],
            self.n_triggered + other.n_triggered,
            self.n_wrong + other.n_wrong,
            self.n_samples + other.n_samples,
        )

    def __radd__(self, other):
        return self if other == 0 else NotImplemented
