"""The plain description of a model, between a fitted estimator and the text of its C."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bepsk.export._learner import Learner


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
    scale : Scale or None
        None if the levels are the inputs themselves.
    components : int8 array, shape (n_bits, n_features)
    bounds : int array, shape (n_bits, 2)
        Lower and upper.
    is_slab : bool array, shape (n_bits,)
        Whether a sum may be as low as the lower bound.
    kinds : int array, shape (n_bits, 2), or None
        Of sparse projections. Bits with equal kinds stand together: those with as many weights
        above and below 0 where all are 0 or +-1 and there are no slabs, else those with as many
        weights and bounds.
    """

    scale: Scale | None
    components: np.ndarray
    bounds: np.ndarray
    is_slab: np.ndarray
    kinds: np.ndarray | None = None

    @property
    def adds(self):
        """Whether bits are sums and differences above one bound."""
        return not self.is_slab.any() and (np.abs(self.components) <= 1).all()

    def sorted(self):
        """Return the same bits sorted by their kinds, and their old numbers."""
        up, down = (self.components > 0).sum(axis=1), (self.components < 0).sum(axis=1)
        kinds = [up, down] if self.adds else [up + down, 1 + self.is_slab]
        order = np.lexsort(kinds)
        names = "components", "bounds", "is_slab"
        arrays = {name: getattr(self, name)[order] for name in names}
        return replace(self, kinds=np.stack(kinds, axis=1)[order], **arrays), order


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
class Prototypes:
    """Classes: the logit of each says how much the last layer agrees with its prototype.

    Parameters
    ----------
    prototypes : bool array, shape (n_classes, n_outputs)
        True for +1.
    """

    prototypes: np.ndarray


@dataclass(frozen=True)
class Shares:
    """Several labels: each has a share of the last layer, and a prototype of it.

    Parameters
    ----------
    prototypes : bool array, shape (n_outputs,)
        True for +1.
    ends : int array, shape (n_labels,)
        Where the share of each label ends.
    """

    prototypes: np.ndarray
    ends: np.ndarray


@dataclass(frozen=True)
class Cells(Weights):
    """A number: the last layer itself, whose neurons are up in part.

    Its sum is that of ``levels[agreements] * width`` of all neurons; the number is
    ``offset + unit * sum``.

    Parameters
    ----------
    weights : bool array, shape (n_neurons, n_inputs)
    begin : int array, shape (n_neurons,)
        Agreements before any input is looked at.
    total : int
        The most agreements that there can be.
    levels : int array, shape (total + 1,)
        From 0 to 512, ascending, for each number of agreements.
    widths : int array, shape (n_neurons,)
        Not negative, of a sum below 2^31.
    offset, unit : float
    """

    begin: np.ndarray
    total: int
    levels: np.ndarray
    widths: np.ndarray
    offset: float
    unit: float

    @property
    def largest(self):
        """The largest sum."""
        return int(self.levels.max()) * int(self.widths.sum(dtype=np.int64))


@dataclass(frozen=True)
class Network:
    """Layers, and on top of them what they stand for.

    Parameters
    ----------
    layers : tuple of Layer
        From the input up; of a recurrent network its output layer alone.
    top : Prototypes, Shares or Cells
    state : Layer, Sums or None
        Of a recurrent network: what reads the last state, filled up to whole words of 32 bits, and
        then the step.
    single_step : bool
        Whether the state reads the step alone.
    """

    layers: tuple
    top: Prototypes | Shares | Cells
    state: Layer | Sums | None = None
    single_step: bool = False


@dataclass(frozen=True)
class Model:
    """All that the C of a model says.

    Parameters
    ----------
    labels : list of int or str
        One per class or label; empty if the prediction is a number.
    input_type : str
        A numpy name: uint8, int8, int16, int32 or float32.
    encoder : Encoder
    networks : tuple of Network
        All of a kind; their logits are added up.
    place_seed : int or None
        Seed of the place code of a recurrent network.
    example : array, shape (n_steps, n_features)
        One row, or the steps of a series.
    example_logits : int array, shape (n_classes,)
        What the estimator makes of it; the sum, shape (1,), if the prediction is a number.
    learner : Learner or None
        What goes on learning, in the place of the network.
    """

    labels: list
    input_type: str
    encoder: Encoder
    networks: tuple
    place_seed: int | None = None
    example: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    example_logits: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))
    learner: "Learner | None" = None


@dataclass(frozen=True)
class Inputs:
    """What a layer reads, in terms of the columns of its hidden weights.

    Parameters
    ----------
    order : int array, shape (n_inputs,)
        Columns in the order of the inputs.
    constant : int array, shape (n_inputs,)
        +1 or -1 for inputs that are constant, 0 for others.
    """

    order: np.ndarray
    constant: np.ndarray

    @classmethod
    def plain(cls, n_inputs):
        """Return inputs in the order of the columns, none of them constant."""
        return cls(np.arange(n_inputs), np.zeros(n_inputs, dtype=int))

    def followed_by(self, constant, order=None):
        """Return these inputs and more of them behind."""
        order = np.arange(len(constant)) if order is None else order
        orders = self.order, len(self.order) + order
        return Inputs(np.concatenate(orders), np.concatenate([self.constant, constant]))

    def split(self, hidden_weights):
        """Return the weights of inputs that vary, and with how many of the others they agree.

        Weights are the signs of the hidden weights, with sign(0) = +1.
        """
        weights = hidden_weights[:, self.order] >= 0
        fixed = self.constant != 0
        agree = (weights[:, fixed] == (self.constant[fixed] > 0)).sum(axis=1)
        return weights[:, ~fixed], agree


def make_layer(hidden_weights, inputs=None, n_fill=0):
    """Make a layer; inputs that are constant become a part of the thresholds.

    Parameters
    ----------
    hidden_weights : int array, shape (n_neurons, n_inputs)
    inputs : Inputs, default=None
        What it reads; by default inputs in the order of the columns.
    n_fill : int, default=0
        How many inputs agree with no weight.
    """
    n_inputs = hidden_weights.shape[1]
    weights, agree = (inputs or Inputs.plain(n_inputs)).split(hidden_weights)
    needed = -(-(n_inputs - n_fill) // 2) - agree  # z >= 0 where at least half of the inputs agree
    return Layer(weights, np.clip(needed, 0, weights.shape[1] + 1))


def make_sums(hidden_weights, inputs, n_fill, inertia):
    """Make state neurons with inertia; the parameters are as in `make_layer`."""
    weights, agree = inputs.split(hidden_weights)
    return Sums(weights, agree, hidden_weights.shape[1] - n_fill, inertia)
