"""The changes that mini-batches ask for: integers that workers can send and add up."""

from dataclasses import dataclass, replace
from pickle import PickleBuffer

import numpy as np

from bepsk.kernels.merge import append_entries, number_named

PER_INPUT = 8
"""So many entries per input leave hardly any unnamed."""


@dataclass(slots=True)
class Increments:
    """The change of one layer's H, kept as which inputs are added to which row; changes add up.

    Entries starts[j] .. starts[j + 1] - 1 belong to neuron j: entry i adds row sources[i] of the
    inputs, as +-1, to row j of H, steps[i] times. A pickle leaves out rows that no entry names,
    where these may be many.

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
        return Increments.sum([self.compact(), other.compact()])

    @classmethod
    def sum(cls, parts):
        """Add up the increments of several workers at once, inputs that nothing names included."""
        starts = sum_all([part.starts for part in parts])
        sources, steps = np.empty((2, starts[-1]), dtype=np.int32)
        ends, n_inputs = starts[:-1].copy(), 0  # of what each neuron has got so far
        for part in parts:
            entries = part.starts, part.sources, part.steps
            append_entries(*entries, n_inputs, ends, sources, steps)
            n_inputs += len(part.inputs)
        masked = any(len(part.known) for part in parts)
        return cls(
            starts,
            sources,
            steps,
            np.concatenate([part.inputs for part in parts]),
            np.concatenate([part.every_known() if masked else part.known for part in parts]),
            None if parts[0].counts is None else sum_all([part.counts for part in parts]),
        )

    def __reduce_ex__(self, protocol):
        some_unnamed = len(self.sources) < PER_INPUT * len(self.inputs)
        part = self.compact() if some_unnamed else self
        sources = part.sources.astype(np.min_scalar_type(~len(part.inputs)))
        least, most = part.steps.min(initial=0), part.steps.max(initial=0)
        steps = part.steps.astype(np.min_scalar_type(min(least, ~most)))
        counts = [] if part.counts is None else [np.ascontiguousarray(part.counts)]
        arrays = [part.inputs, part.known, part.starts, *counts, sources, steps]
        joined = b"".join(array.data for array in arrays)  # widest first, so that all are aligned
        types = [(array.shape, array.dtype.char) for array in arrays]
        return restore, (types, joined if protocol < 5 else PickleBuffer(joined))

    def compact(self):
        """Return the same change without the inputs that no entry names."""
        numbers, sources = np.empty(len(self.inputs), np.int32), np.empty_like(self.sources)
        number_named(self.sources, numbers, sources)
        named = numbers >= 0
        known = self.known[named] if len(self.known) else self.known
        return Increments(self.starts, sources, self.steps, self.inputs[named], known, self.counts)

    def of_rows(self, rows):
        """Return the change of some rows of H, a slice."""
        first, end = self.starts[rows.start], self.starts[rows.stop]
        return Increments(
            self.starts[rows.start : rows.stop + 1] - first,
            self.sources[first:end],
            self.steps[first:end],
            self.inputs,
            self.known,
            None if self.counts is None else self.counts[:, rows],
        )

    def every_known(self):
        """Return `known` with a row for each of the inputs."""
        return self.known if len(self.known) else np.full_like(self.inputs, 2**64 - 1)

    def neurons(self):
        """Return which neuron's row each entry changes, int32 (n,)."""
        every = np.arange(len(self.starts) - 1, dtype=np.int32)
        return np.repeat(every, np.diff(self.starts))


def sum_all(arrays):
    """Return the sum of int32 arrays of one shape, of a single one itself."""
    return sum(arrays[1:], arrays[0])


def restore(types, joined):
    """Return the increments of a pickle: arrays that are joined, entries in the narrowest types."""
    arrays, start = [], 0
    for shape, kind in types:
        arrays.append(np.ndarray(shape, kind, joined, start))
        start += arrays[-1].nbytes
    inputs, known, starts, *counts, sources, steps = arrays
    entries = sources.astype(np.int32), steps.astype(np.int32)
    return Increments(starts, *entries, inputs, known, *counts)


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

    @classmethod
    def sum(cls, updates):
        """Add up the updates of several workers at once.

        Parameters
        ----------
        updates : sequence of Update
            At least one.

        Returns
        -------
        update : Update
            As by `+`.
        """
        return cls(
            [Increments.sum(deltas) for deltas in zip(*(u.deltas for u in updates), strict=True)],
            sum(update.n_triggered for update in updates),
            sum(update.n_wrong for update in updates),
            sum(update.n_samples for update in updates),
        )

    def of_rows(self, rows):
        """Return the changes of some rows of each layer.

        Parameters
        ----------
        rows : sequence of slice
            Which, for each layer.

        Returns
        -------
        update : Update
            Of as many samples.
        """
        deltas = list(map(Increments.of_rows, self.deltas, rows))
        return replace(self, deltas=deltas)

    def __radd__(self, other):
        return self if other == 0 else NotImplemented
