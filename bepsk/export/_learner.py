"""Networks that go on learning in C: what they are, and their state as planes of bits."""

import math
import zlib
from dataclasses import dataclass

import numpy as np

from bepsk.export._networks import MIN_PLANES, pack
from bepsk.export._text import n_words
from bepsk.network import ClassTargets

MAX_NEURONS = 31 * 32
"""The C adds up ones in bytes."""


@dataclass(frozen=True)
class LearningLayer:
    """Neurons that learn.

    Parameters
    ----------
    hidden_weights : int array, shape (n_neurons, n_inputs)
        Odd integers, of the inputs that are no biases.
    biases : int array, shape (n_neurons,)
        Sums of the weights of the biases.
    n_bias : int
    windows : int array, shape (n_neurons,)
    """

    hidden_weights: np.ndarray
    biases: np.ndarray
    n_bias: int
    windows: np.ndarray

    @property
    def n_neurons(self):
        """Number of neurons."""
        return len(self.hidden_weights)

    @property
    def n_inputs(self):
        """Number of inputs that are no biases."""
        return self.hidden_weights.shape[1]

    @property
    def fan_in(self):
        """Number of all inputs."""
        return self.n_inputs + self.n_bias

    @property
    def begin(self):
        """What is added to the number of inputs that agree: 0 is reached where z is 0 or 1."""
        return -((self.fan_in + 1 - (self.n_bias + self.biases)) // 2)


@dataclass(frozen=True)
class Learner:
    """A network that learns row by row.

    Parameters
    ----------
    layers : list of LearningLayer
    prototypes : bool array, shape (n_classes, n_outputs)
        True for +1.
    bound : int
        A row is learned from while its class leads by less.
    means : uint32 array, shape (words of the inputs, 4), or None
        Binary digits of the means of the input bits, in 16ths.
    random : int
        State of the random generator.
    n_planes : int
        Bits of a hidden weight, less 1.
    """

    layers: list
    prototypes: np.ndarray
    bound: int
    means: np.ndarray | None
    random: int
    n_planes: int

    @property
    def count_planes(self):
        """Binary digits of the counters."""
        return max(MIN_PLANES, 1 + max(layer.fan_in.bit_length() for layer in self.layers))

    @property
    def n_blocks(self):
        """Blocks of 32 neurons, of all layers."""
        return sum(n_words(layer.n_neurons) for layer in self.layers)

    @property
    def n_window_words(self):
        """Words of all windows."""
        return self.n_blocks * self.count_planes

    @property
    def n_weight_words(self):
        """Words of all hidden weights."""
        return sum(map(self.words_of, self.layers))

    def words_of(self, layer):
        """Return the words of the hidden weights of a layer."""
        return n_words(layer.n_neurons) * layer.n_inputs * self.n_planes

    @property
    def n_bytes(self):
        """Length of what the device exports."""
        return 8 + 4 * (self.n_window_words + self.n_weight_words)

    @property
    def fingerprint(self):
        """What tells the bytes of this model from those of others, 32 bits."""
        parts = [self.prototypes, np.array([self.n_planes, self.bound])]
        for layer in self.layers:
            parts += [np.array([layer.n_inputs]), layer.begin]
        return zlib.crc32(b"".join(np.asarray(part, dtype="<i8").tobytes() for part in parts))


def describe_learner(estimator):
    """Describe what `partial_fit` would go on with.

    Raises
    ------
    ValueError
        If it cannot be exported.
    """
    learner = estimator.make_learner()
    network = learner.network
    if not isinstance(network.targets, ClassTargets):
        raise ValueError("estimator: C that learns is for one label per sample; it has several.")
    limit = network.layers[0].limit
    layers = []
    for layer in network.layers:
        n_inputs = layer.n_inputs - layer.n_bias
        hidden_weights = layer.hidden_weights.astype(np.int64)
        if np.abs(hidden_weights).max() > limit:
            raise ValueError(
                f"estimator: hidden_weights_ exceed the {limit} of weight_bits="
                f"{estimator.weight_bits}; assign smaller ones, or choose more bits."
            )
        biases = np.where(hidden_weights[:, n_inputs:] > 0, 1, -1).sum(axis=1)
        layers.append(
            LearningLayer(hidden_weights[:, :n_inputs], biases, layer.n_bias, layer.windows)
        )
    n_first = layers[0].n_inputs
    means = None
    if len(learner.means):
        halves = np.ascontiguousarray(learner.means).astype("<u8").view("<u4")
        means = halves[:, : n_words(n_first)].T
    prototypes = network.targets.prototypes
    bound = math.ceil(learner.rule.margin * prototypes.shape[1])
    described = Learner(
        layers, prototypes > 0, bound, means, learner.random, int(estimator.weight_bits) - 1
    )
    if max(layer.windows.max() for layer in layers) >= 2**described.count_planes:
        raise ValueError("estimator: its windows are wider than any sum; fit it again.")
    if max(layer.n_neurons for layer in layers) > MAX_NEURONS:
        raise ValueError(
            f"estimator: layers that learn on a device have {MAX_NEURONS} neurons at most."
        )
    return described


def to_planes(numbers, n_planes):
    """Lay out numbers as the C does.

    Parameters
    ----------
    numbers : int array, shape (n_neurons, n)
        Within 0 .. 2^n_planes - 1.
    n_planes : int

    Returns
    -------
    words : uint32 array
        For each 32 neurons and each of their n numbers its planes, the lowest first.
    """
    n_neurons, n = numbers.shape
    padded = np.zeros((32 * n_words(n_neurons), n), dtype=np.int64)
    padded[:n_neurons] = numbers
    digits = padded[:, :, np.newaxis] >> np.arange(n_planes) & 1
    rows = digits.reshape(-1, 32, n * n_planes).astype(bool)
    return np.concatenate([pack(block.T)[:, 0] for block in rows])


def from_planes(words, shape, n_planes):
    """Return the numbers that `to_planes` has laid out, int64 of this shape."""
    n_neurons, n = shape
    planes = words.reshape(-1, 1, n, n_planes)
    digits = planes >> np.arange(32, dtype=np.uint32)[:, np.newaxis, np.newaxis] & 1
    numbers = (digits.astype(np.int64) << np.arange(n_planes)).sum(axis=-1)
    return numbers.reshape(-1, n)[:n_neurons]


def state_words(learner):
    """Return windows and hidden weights as the C keeps them, uint32 arrays."""
    largest = 2**learner.n_planes - 1
    windows = [to_planes(x.windows[:, np.newaxis], learner.count_planes) for x in learner.layers]
    weights = [
        to_planes((x.hidden_weights + largest) >> 1, learner.n_planes) for x in learner.layers
    ]
    return np.concatenate(windows), np.concatenate(weights)


def dump_weights(estimator):
    """Return what an estimator has learned as a device takes it.

    Parameters
    ----------
    estimator : BEPMLPClassifier
        One that `to_c` has exported with ``trainable=True``, or a copy, whatever it has learned
        since.

    Returns
    -------
    data : bytes
        What ``name_import_weights`` reads.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from bepsk import BEPMLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> from bepsk.export import dump_weights
    >>> clf = BEPMLPClassifier((32,), encoder="thermometer", online=True, max_iter=5)
    >>> type(dump_weights(clf.fit(X, y)))
    <class 'bytes'>
    """
    learner = describe_learner(estimator)
    first = np.array([learner.fingerprint, learner.random])
    return np.concatenate([first, *state_words(learner)]).astype("<u4").tobytes()


def load_weights(estimator, data):
    """Give an estimator what a device has learned.

    Parameters
    ----------
    estimator : BEPMLPClassifier
        The one that `to_c` exported with ``trainable=True``, or a copy; whatever it has learned
        since is replaced.
    data : bytes
        What ``name_export_weights`` wrote.

    Returns
    -------
    estimator : BEPMLPClassifier
        The same; it predicts as the device does, and `partial_fit` goes on as that would.

    Raises
    ------
    ValueError
        If the bytes are of another model, or damaged; the estimator stays as it was.

    Examples
    --------
    >>> from copy import deepcopy
    >>> from sklearn.datasets import load_iris
    >>> from bepsk import BEPMLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> from bepsk.export import dump_weights, load_weights
    >>> clf = BEPMLPClassifier((32,), encoder="thermometer", online=True, max_iter=5).fit(X, y)
    >>> device = deepcopy(clf).partial_fit(X[:20], y[:20])
    >>> back = load_weights(clf, dump_weights(device))
    >>> bool((back.predict(X) == device.predict(X)).all())
    True
    """
    learner = estimator.make_learner()
    described = describe_learner(estimator)
    if len(data) != described.n_bytes:
        raise ValueError(
            f"data must be the {described.n_bytes} bytes that the C of this model exports; got "
            f"{len(data)}."
        )
    words = np.frombuffer(data, "<u4").astype(np.uint32)
    if words[0] != described.fingerprint or words[1] == 0:
        raise ValueError("data must be exported by the C of this model; it is of another one.")
    learner.random = int(words[1])
    windows, weights = np.split(words[2:], [described.n_window_words])
    layers = []
    for layer, now in zip(learner.network.layers, described.layers, strict=True):
        n = n_words(now.n_neurons) * described.count_planes
        layer_windows = from_planes(windows[:n], (now.n_neurons, 1), described.count_planes)
        windows, n = windows[n:], described.words_of(now)
        numbers = from_planes(weights[:n], now.hidden_weights.shape, described.n_planes)
        weights = weights[n:]
        hidden_weights = layer.hidden_weights.copy()
        hidden_weights[:, : now.n_inputs] = 2 * numbers + 1 - 2**described.n_planes
        layers.append(layer.with_weights(hidden_weights))
        layers[-1].windows = layer_windows[:, 0].astype(np.int32)
    learner.network = learner.network.with_layers(layers)
    estimator.keep_learner(learner)
    return estimator
