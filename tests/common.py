"""Shapes at the word boundaries, and random material for them."""

import ctypes
import mmap
from contextlib import contextmanager
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from bepsk.network import ClassTargets, FeedForwardNetwork, RecurrentNetwork, Update, threads
from bepsk.network.packed import pack_bits, unpack_bits
from bepsk.network.randomness import Stream, derive_key
from bepsk.network.update import Increments

WIDTHS = [1, 63, 64, 65, 127, 128, 129]
ROWS = [0, 1, 3, 4, 5, 7]
THREADS = [1, 2, 3]


@contextmanager
def all_threads():
    """Give all work as many threads as it asks for, even if fewer are faster."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threads, "n_cpus", lambda: 8)
        patch.setattr(
            threads, "pace_of", lambda most, *_: SimpleNamespace(n_threads=most, record=max)
        )
        yield


def random_signs(rng, *shape):
    return rng.choice(np.array([-1, 1]), size=shape)


def dirty_words(n_rows, n_bits):
    """Allocate words full of ones, so that a bit a kernel forgets to write shows."""
    return np.full((n_rows, -(-n_bits // 64)), 2**64 - 1, dtype=np.uint64)


def before_a_guard_page(array):
    """Copy an array to the end of a page past which any access is a crash."""
    n_pages = -(-array.nbytes // mmap.PAGESIZE)
    pages = mmap.mmap(-1, (n_pages + 1) * mmap.PAGESIZE)
    start = n_pages * mmap.PAGESIZE - array.nbytes
    copy = np.frombuffer(pages, array.dtype, array.size, start).reshape(array.shape)
    copy[:] = array
    guard = ctypes.c_void_p(copy.ctypes.data + copy.nbytes)
    assert ctypes.CDLL(None).mprotect(guard, ctypes.c_size_t(mmap.PAGESIZE), 0) == 0
    return copy


def rows_of(panels, n_rows):
    """Undo the interleaving of the rows of visible weights."""
    return panels.transpose(0, 2, 1).reshape(-1, panels.shape[1])[:n_rows]


def visible(layer):
    """Return the visible weights of a layer as rows of packed bits."""
    return rows_of(layer.visible_weights, layer.n_neurons)


def dense(increments, n_inputs):
    """Write out the changes of all rows as a matrix."""
    delta = np.zeros((len(increments.starts) - 1, n_inputs), dtype=int)
    signs = 2 * unpack_bits(increments.inputs, n_inputs).astype(int) - 1
    if len(increments.known):
        signs *= unpack_bits(increments.known, n_inputs)
    for j, (start, end) in enumerate(pairwise(increments.starts)):
        for source, step in zip(
            increments.sources[start:end], increments.steps[start:end], strict=True
        ):
            delta[j] += step * signs[source]
    return delta


def dense_deltas(network, update):
    """Write out the changes of all layers."""
    return [
        dense(increments, layer.n_inputs)
        for layer, increments in zip(network.layers, update.deltas, strict=True)
    ]


def as_increments(delta):
    """Take any matrix as a change: an increment for each weight, all other inputs unknown."""
    delta = np.asarray(delta)
    n_neurons, n_inputs = delta.shape
    return Increments(
        np.arange(n_neurons + 1, dtype=np.int32) * np.int32(n_inputs),
        np.tile(np.arange(n_inputs, dtype=np.int32), n_neurons),
        delta.ravel().astype(np.int32),
        pack_bits(np.ones((n_inputs, n_inputs), dtype=np.uint8)),
        pack_bits(np.eye(n_inputs, dtype=np.uint8)),
    )


def as_update(deltas):
    """Take any matrices, one per layer, as an update."""
    return Update(list(map(as_increments, deltas)), 0, 0, 0)


def random_targets(n_classes, n_outputs, seed):
    return ClassTargets.random(n_classes, n_outputs, derive_key(seed, Stream.FRAME))


def random_feedforward(n_inputs, hidden_layer_sizes, n_classes, seed):
    targets = random_targets(n_classes, hidden_layer_sizes[-1], seed)
    return FeedForwardNetwork.random(n_inputs, hidden_layer_sizes, targets, seed)


def random_recurrent(n_inputs, n_states, n_outputs, n_classes, seed, **options):
    targets = random_targets(n_classes, n_outputs, seed)
    return RecurrentNetwork.random(n_inputs, n_states, targets, seed, **options)


def blobs(n_samples=90, n_features=4, n_classes=3, seed=0):
    """Make well separated classes in order 0, 1, 2, 0, 1, 2, ..."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_samples) % n_classes
    centres = 4 * rng.standard_normal((n_classes, n_features))
    return centres[y] + rng.standard_normal((n_samples, n_features)), y


SMALL = {
    "hidden_layer_sizes": (32, 16),
    "max_iter": 5,
    "random_state": 0,
}
"""Parameters of a classifier that trains at once."""


def waves(n_samples=60, n_timesteps=24, n_classes=3, phases=1.0, seed=0):
    """Make noisy waves of a pitch for each class, in order 0, 1, 2, 0, 1, 2, ...

    Values are multiples of 1/64, so that sums over them are exact in any order.
    """
    rng = np.random.default_rng(seed)
    y = np.arange(n_samples) % n_classes
    phase = phases * rng.random((n_samples, 1))
    X = np.sin(np.arange(n_timesteps) / (1 + y[:, np.newaxis]) + phase)
    return np.rint(64 * (X + rng.normal(0, 0.2, X.shape))) / 64, y


def unequal_waves(n_samples=60, n_timesteps=24, n_features=2):
    """Make a list of series (n_timesteps_i, n_features); the first is the longest."""
    features = [waves(n_samples, n_timesteps, seed=seed)[0] for seed in range(n_features)]
    lengths = np.random.default_rng(0).integers(n_timesteps // 2, n_timesteps, n_samples)
    lengths[0] = n_timesteps
    series = zip(np.stack(features, axis=2), lengths, strict=True)
    return [x[:length] for x, length in series], np.arange(n_samples) % 3


SMALL_RNN = {
    "hidden_size": 32,
    "max_iter": 5,
    "random_state": 0,
}
"""The same for series."""


RULES = pytest.mark.parametrize("rule", ["contrastive", "paper"])

BAD_TRAINING = [
    ("batch_size", [0, 2.5, "big"]),
    ("max_iter", [0, 1.5, None]),
    ("annealing", [-0.1, 1.1, "slow", None]),
    ("average", [0, -1, 1.5, "all", None]),
    ("shuffle", ["no"]),
    ("early_stopping", ["no"]),
    ("scoring", ["f1", None, 1]),
    ("validation_fraction", [0, 1, "half"]),
    ("n_iter_no_change", [0, 1.5]),
    ("tol", [-1, "low"]),
    ("warm_start", ["no"]),
    ("class_weight", ["heavy", {7: 2.0}, {0: -1.0}, {0: np.nan}, {0: 1e9}]),
    ("n_jobs", ["two", 0]),
    ("random_state", ["x", -1]),
    ("verbose", ["loud"]),
]
"""Bad values of the last parameters, which all classifiers share."""


def same(a, b):
    """Say whether two states are equal all the way down."""
    if isinstance(a, np.ndarray):
        equal = a.dtype == object or np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
        return type(a) is type(b) and a.dtype == b.dtype and a.shape == b.shape and equal
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if hasattr(a, "__dict__"):
        return type(a) is type(b) and same(vars(a), vars(b))
    return a == b or (a != a and b != b)


def words(*shape):
    """Return rows of packed bits that are 0."""
    return np.zeros(shape, dtype=np.uint64)


def integers(*shape):
    """Return an int32 array of zeros."""
    return np.zeros(shape, dtype=np.int32)
