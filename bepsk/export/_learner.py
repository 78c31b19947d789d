"""Networks that go on learning in C: their state, as planes of bits, and their functions."""

import math
import zlib
from dataclasses import dataclass
from math import isqrt

import numpy as np

from bepsk.export._networks import MIN_PLANES, pack
from bepsk.export._text import Part, n_words

MAX_COUNT_PLANES = 16
"""The C turns counters into numbers of 16 bits."""


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
    def n_windows(self):
        """Number of neurons."""
        return sum(layer.n_neurons for layer in self.layers)

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
        return 8 + 2 * self.n_windows + 4 * self.n_weight_words

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
        layers, prototypes > 0, bound, means, learner.random, estimator.weight_bits - 1
    )
    if described.count_planes > MAX_COUNT_PLANES:
        raise ValueError("estimator: a layer that learns on a device has at most 32,767 inputs.")
    if max(layer.windows.max() for layer in layers) >= 2**16:
        raise ValueError("estimator: its windows exceed 16 bits; fit it again.")
    return described


def to_planes(hidden_weights, n_planes):
    """Lay out hidden weights as the C does.

    Parameters
    ----------
    hidden_weights : int array, shape (n_neurons, n_inputs)
        Odd, within +-(2^n_planes - 1).
    n_planes : int

    Returns
    -------
    words : uint32 array
        For each 32 neurons and each input its planes, the lowest first.
    """
    n_neurons, n_inputs = hidden_weights.shape
    blocks = n_words(n_neurons)
    numbers = np.zeros((32 * blocks, n_inputs), dtype=np.int64)
    numbers[:n_neurons] = (hidden_weights + 2**n_planes - 1) >> 1
    digits = numbers[:, :, np.newaxis] >> np.arange(n_planes) & 1
    rows = digits.reshape(blocks, 32, -1).astype(bool)
    return np.concatenate([pack(block.T)[:, 0] for block in rows])


def from_planes(words, shape, n_planes):
    """Return the hidden weights that `to_planes` has laid out, int16 of this shape."""
    n_neurons, n_inputs = shape
    planes = words.reshape(n_words(n_neurons), 1, n_inputs, n_planes)
    digits = planes >> np.arange(32, dtype=np.uint32)[:, np.newaxis, np.newaxis] & 1
    numbers = (digits.astype(np.int64) << np.arange(n_planes)).sum(axis=-1)
    return (2 * numbers.reshape(-1, n_inputs)[:n_neurons] + 1 - 2**n_planes).astype(np.int16)


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
    """
    learner = describe_learner(estimator)
    weights = [to_planes(layer.hidden_weights, learner.n_planes) for layer in learner.layers]
    windows = np.concatenate([layer.windows for layer in learner.layers])
    first = np.array([learner.fingerprint, learner.random], dtype="<u4")
    words = np.concatenate(weights).astype("<u4")
    return first.tobytes() + windows.astype("<u2").tobytes() + words.tobytes()


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
    """
    learner = estimator.make_learner()
    described = describe_learner(estimator)
    if len(data) != described.n_bytes:
        raise ValueError(
            f"data must be the {described.n_bytes} bytes that the C of this model exports; got "
            f"{len(data)}."
        )
    fingerprint, random = np.frombuffer(data, "<u4", 2).tolist()
    if fingerprint != described.fingerprint or random == 0:
        raise ValueError("data must be exported by the C of this model; it is of another one.")
    windows = np.frombuffer(data, "<u2", described.n_windows, 8)
    words = np.frombuffer(data, "<u4", described.n_weight_words, 8 + 2 * len(windows))
    learner.random = random
    layers = []
    for layer, now in zip(learner.network.layers, described.layers, strict=True):
        hidden_weights = layer.hidden_weights.copy()
        n_words_of_layer = described.words_of(now)
        shape = now.hidden_weights.shape
        signs = from_planes(words[:n_words_of_layer], shape, described.n_planes)
        hidden_weights[:, : shape[1]] = signs
        fresh = layer.with_weights(hidden_weights)
        fresh.windows = windows[: now.n_neurons].astype(np.int32)
        layers.append(fresh)
        words, windows = words[n_words_of_layer:], windows[now.n_neurons :]
    learner.network = learner.network.with_layers(layers)
    estimator.keep_learner(learner)
    return estimator


def write_learner(learner):
    """Write the constants of a network that learns."""
    part, planes = Part(), learner.count_planes
    layers, last = learner.layers, learner.layers[-1]
    words = [n_words(layer.n_inputs) for layer in layers] + [n_words(last.n_neurons)]
    part.defines = {
        "BEPSK_PLANES": planes,
        "BEPSK_COUNT_PLANES": planes,
        "BEPSK_WEIGHT_PLANES": learner.n_planes,
        "BEPSK_LAYERS": len(layers),
        "BEPSK_ROW_WORDS": sum(words),
        "BEPSK_LAST_WORDS": words[-1],
        "BEPSK_MOST_WORDS": max(words),
        "BEPSK_BLOCKS": sum(n_words(layer.n_neurons) for layer in layers),
        "BEPSK_NEURONS": learner.n_windows,
        "BEPSK_WEIGHT_WORDS": learner.n_weight_words,
    }
    rows = []
    for index, layer in enumerate(layers):
        begin = np.zeros((32 * n_words(layer.n_neurons), planes), dtype=bool)
        sums = layer.begin + 2 ** (planes - 1)
        begin[: layer.n_neurons] = sums[:, np.newaxis] >> np.arange(planes) & 1
        blocks = begin.reshape(-1, 32, planes)
        name = f"begin_{index + 1}"
        part.array("uint32_t", name, np.concatenate([pack(~block.T)[:, 0] for block in blocks]))
        sizes = layer.n_inputs, layer.n_neurons, layer.fan_in % 2, isqrt(layer.fan_in)
        rows.append(f"    {{{', '.join(map(str, sizes))}, {name}}},\n")
    part.data.append(f"static const bepsk_learning_layer layers[] = {{\n{''.join(rows)}}};\n")
    part.flash += 20 * len(layers)
    if learner.means is not None:
        part.array("uint32_t", "means", learner.means.ravel())
    part.array("uint16_t", "first_windows", np.concatenate([x.windows for x in layers]))
    weights = [to_planes(layer.hidden_weights, learner.n_planes) for layer in layers]
    part.array("uint32_t", "first_weights", np.concatenate(weights))
    part.stack = 4 * (sum(words) + 5 * max(words) + 16) + 4 * planes * part.defines["BEPSK_BLOCKS"]
    for layer in layers:
        groups = -(-layer.n_inputs // 16)
        part.operations += n_words(layer.n_neurons) * (60 + 177 * groups)
    part.array("uint32_t", "prototypes", pack(learner.prototypes).ravel())
    n_classes, n_outputs = learner.prototypes.shape
    part.operations += n_classes * (10 + 17 * n_words(n_outputs))
    return part


def state_type(learner, name):
    """Return the type of the state in C."""
    return f"""/* What learns: about {learner.n_bytes} bytes. */
typedef struct {{
    uint32_t random;
    uint32_t weights[{learner.n_weight_words}];
    uint16_t windows[{learner.n_windows}];
}} {name}_state;

"""


def learning_functions(learner, name):
    """Write the functions of a network that learns; `encode` comes before."""
    n_classes, n_outputs = learner.prototypes.shape
    top, means = n_words(n_outputs), "0" if learner.means is None else "means"
    return [
        f"""void {name}_init({name}_state *state)
{{
    state->random = UINT32_C({learner.random});
    bepsk_copy_windows(state->windows, first_windows, BEPSK_NEURONS);
    bepsk_copy(state->weights, first_weights, BEPSK_WEIGHT_WORDS);
}}
""",
        f"""void {name}_logits(const {name}_state *state, const {name}_input *x, int16_t *logits)
{{
    bepsk_trace trace;
    encode(x, trace.inputs);
    bepsk_logits(prototypes, {n_classes}, {n_outputs},
                 bepsk_pass(layers, state->weights, &trace), 0, logits);
}}
""",
        f"""int {name}_predict(const {name}_state *state, const {name}_input *x)
{{
    int16_t logits[{n_classes}];
    {name}_logits(state, x, logits);
    return bepsk_best(logits, {n_classes});
}}
""",
        f"""int {name}_partial_fit({name}_state *state, const {name}_input *x, int label)
{{
    bepsk_trace trace;
    uint32_t error[BEPSK_MOST_WORDS], nonzero[BEPSK_MOST_WORDS];
    int16_t logits[{n_classes}];
    encode(x, trace.inputs);
    bepsk_logits(prototypes, {n_classes}, {n_outputs},
                 bepsk_pass(layers, state->weights, &trace), 0, logits);
    const int best = bepsk_best(logits, {n_classes});
    if (label < 0 || label >= {n_classes})
        return best;
    const int rival = bepsk_rival(logits, {n_classes}, label);
    if (logits[label] - logits[rival] < {learner.bound}) {{
        bepsk_contrast(prototypes + {top} * label, prototypes + {top} * rival, error, nonzero);
        bepsk_learn(layers, state->weights, state->windows, &state->random, {means}, &trace,
                    error, nonzero);
    }}
    return best;
}}
""",
        f"""void {name}_export_weights(const {name}_state *state, uint8_t *bytes)
{{
    bytes = bepsk_put(bytes, UINT32_C({learner.fingerprint}), 4);
    bytes = bepsk_put(bytes, state->random, 4);
    for (uint32_t k = 0; k < BEPSK_NEURONS; k++)
        bytes = bepsk_put(bytes, state->windows[k], 2);
    for (uint32_t k = 0; k < BEPSK_WEIGHT_WORDS; k++)
        bytes = bepsk_put(bytes, state->weights[k], 4);
}}
""",
        f"""int {name}_import_weights({name}_state *state, const uint8_t *bytes)
{{
    if (bepsk_get(bytes, 4) != UINT32_C({learner.fingerprint}) || !bepsk_get(bytes + 4, 4))
        return 1;
    state->random = bepsk_get(bytes + 4, 4);
    bytes += 8;
    for (uint32_t k = 0; k < BEPSK_NEURONS; k++, bytes += 2)
        state->windows[k] = (uint16_t)bepsk_get(bytes, 2);
    for (uint32_t k = 0; k < BEPSK_WEIGHT_WORDS; k++, bytes += 4)
        state->weights[k] = bepsk_get(bytes, 4);
    return 0;
}}
""",
    ]


def learning_prototypes(learner, name):
    """Return the lines that declare the functions, besides `predict` and `logits`."""
    return [
        "/* Begin with the weights of the export. */",
        f"void {name}_init({name}_state *state);",
        "",
        "/* Learn from a row whose class has this number; return the number of the class that was",
        " * predicted for it before. Equal, bit for bit, to partial_fit in Python. */",
        f"int {name}_partial_fit({name}_state *state, const {name}_input *x, int label);",
        "",
        "/* Write the state as bytes, for bepsk.export.load_weights; and read them: 1 if they are",
        " * another model's, else 0. */",
        f"#define {name.upper()}_N_BYTES {learner.n_bytes}",
        f"void {name}_export_weights(const {name}_state *state, uint8_t *bytes);",
        f"int {name}_import_weights({name}_state *state, const uint8_t *bytes);",
        "",
    ]
