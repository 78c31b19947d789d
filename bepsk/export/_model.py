"""The plain description of a model, between a fitted estimator and the text of its C."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Weights:
    """Binary weights.

    Parameters
    ----------
    weights : bool array, shape (n_neurons, n_inputs)
        True for +1.
    """

    weights: np.ndarray

    @property
    def n_inputs(self):
        """Number of inputs."""
        return self.weights.shape[1]

    @property
    def n_neurons(self):
        """Number of neurons."""
        return self.weights.shape[0]


@dataclass(frozen=True)
class Layer(Weights):
    """Binary neurons: each fires where at least `thresholds` of its inputs agree with its weights.

    Parameters
    ----------
    weights : bool array, shape (n_neurons, n_inputs)
    thresholds : int array, shape (n_neurons,)
        Within 0 and n_inputs + 1.
    """

    thresholds: np.ndarray


@dataclass(frozen=True)
class Sums(Weights):
    """State neurons with inertia: z = 2 agreements - total + floor(inertia z / 256).

    Parameters
    ----------
    weights : bool array, shape (n_neurons, n_inputs)
    begin : int array, shape (n_neurons,)
        Agreements before any input is looked at.
    total : int
        The most agreements that there can be.
    inertia : int
        In 256ths.
    """

    begin: np.ndarray
    total: int
    inertia: int

    @property
    def largest(self):
        """Bound of the sums."""
        return self.total * 256 // (256 - self.inertia)


@dataclass(frozen=True)
class Thermometer:
    """Bits [ x > cut ], feature by feature.

    Parameters
    ----------
    cuts : tuple of int arrays
        For each feature, ascending; of float inputs their keys.
    missing : int array, shape (n, 2)
        Features for which a bit says that the value is NaN, and the number of this bit.
    """

    cuts: tuple
    missing: np.ndarray


@dataclass(frozen=True)
class Scale:
    """From inputs to levels: ``((clip(x, low, high) - low) * factor + start) >> shift``.

    Parameters
    ----------
    low, high, factor, start, shift : int arrays, shape (n_features,)
        The same for all features if n_features is 1.
    top : int array, shape (n_features,)
        The result is clipped to 0 .. top.
    base : int array, shape (n_features,)
        What would have to be added to get the levels of the encoder.
    """

    low: np.ndarray
    high: np.ndarray
    factor: np.ndarray
    start: np.ndarray
    shift: np.ndarray
    top: np.ndarray
    base: np.ndarray

    @property
    def widest(self):
        """Largest size of a number on the way."""
        return int((np.abs(self.high - self.low) * self.factor + np.abs(self.start)).max())


@dataclass(frozen=True)
class Projection:
    """Bits [ C q <= lower or C q > upper ] of levels q.

    Parameters
    ----------
    scale : Scale
    components : int8 array, shape (n_bits, n_features)
    bounds : int array, shape (n_bits, 2)
        Lower and upper.
    """

    scale: Scale
    components: np.ndarray
    bounds: np.ndarray


@dataclass(frozen=True)
class Patches:
    """Bits [ the largest sum of a patch over a window > threshold ], of levels within 0..255.

    Parameters
    ----------
    scale : Scale
        Of one feature, for all pixels.
    shape : tuple of int
        Height, width and channels of the image.
    patches : tuple of int8 arrays, shapes (side, side, channels)
    places : int array, shape (n_bits, 3)
        Top, left, and side of the window.
    thresholds : int array, shape (n_bits,)
    """

    scale: Scale
    shape: tuple
    patches: tuple
    places: np.ndarray
    thresholds: np.ndarray


@dataclass(frozen=True)
class Bits:
    """Bits [ x > 0 ]."""


@dataclass(frozen=True)
class Encoder:
    """From numbers to bits.

    Parameters
    ----------
    n_features : int
        Numbers that are read.
    n_bits : int
        Bits at the end.
    first : Thermometer, Projection, Patches or Bits
        From numbers to bits.
    expansions : tuple of Layer
        From bits to bits.
    """

    n_features: int
    n_bits: int
    first: Thermometer | Projection | Patches | Bits
    expansions: tuple = ()


@dataclass(frozen=True)
class Network:
    """Layers, and on top of them a prototype for each class.

    Parameters
    ----------
    layers : tuple of Layer
        From the input up; of a recurrent network its output layer alone.
    prototypes : bool array, shape (n_classes, n_outputs)
        True for +1.
    state : Layer, Sums or None
        Of a recurrent network: what reads the last state, filled up to whole words of 32 bits, and
        then the step.
    single_step : bool
        Whether the state reads the step alone.
    """

    layers: tuple
    prototypes: np.ndarray
    state: Layer | Sums | None = None
    single_step: bool = False


@dataclass(frozen=True)
class Model:
    """All that the C of a model says.

    Parameters
    ----------
    labels : list of int or str
        One per class.
    input_type : str
        A numpy name: uint8, int8, int16, int32 or float32.
    encoder : Encoder
    networks : tuple of Network
        Their logits are added up.
    place_seed : int or None
        Seed of the place code of a recurrent network.
    example : array, shape (n_steps, n_features)
        One row, or the steps of a series.
    example_logits : int array, shape (n_classes,)
        What the estimator makes of it.
    """

    labels: list
    input_type: str
    encoder: Encoder
    networks: tuple
    place_seed: int | None = None
    example: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    example_logits: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))


def agreements(weights, constant):
    """Return with how many of the constant inputs, +1 or -1, each row of weights agrees."""
    return (weights[:, constant != 0] == (constant[constant != 0] > 0)).sum(axis=1)


def make_layer(hidden_weights, constant=None, n_fill=0):
    """Make a layer of hidden weights; inputs that are constant become a part of the thresholds.

    Parameters
    ----------
    hidden_weights : int array, shape (n_neurons, n_inputs)
        Their signs are the weights, with sign(0) = +1.
    constant : int array, shape (n_inputs,), default=None
        +1 or -1 where an input is constant, 0 where it is not.
    n_fill : int, default=0
        How many inputs agree with no weight.
    """
    weights = hidden_weights >= 0
    n_inputs = weights.shape[1] - n_fill
    constant = np.zeros(weights.shape[1], dtype=int) if constant is None else constant
    # z >= 0 where at least half of the inputs agree.
    needed = -(-n_inputs // 2) - agreements(weights, constant)
    weights = weights[:, constant == 0]
    return Layer(weights, np.clip(needed, 0, weights.shape[1] + 1))
