"""The binary recurrent network and its training step through time (BEP-TT, Sec. 3.5)."""

from dataclasses import dataclass

import numpy as np

from bepsk.kernels import through_time
from bepsk.network.layer import Error, random_layers
from bepsk.network.network import BLOCK_ROWS, BinaryNetwork
from bepsk.network.packed import pack_bits, pack_signs
from bepsk.network.randomness import derive_key, random_bits
from bepsk.network.update import Update


@dataclass(frozen=True)
class Sequences:
    """Encoded series; all end at the last step.

    Attributes
    ----------
    bits : uint64 array of packed bits, shape (n_samples, n_steps, words)
    first : int32 array, shape (n_samples,)
        The step at which each series begins; what lies before is padding.
    """

    bits: np.ndarray
    first: np.ndarray

    def __len__(self):
        return len(self.bits)

    def __getitem__(self, rows):
        return Sequences(self.bits[rows], self.first[rows])


def place_patterns(seed, n_bits, places):
    """Return which input bits each place in a series flips, packed (n_places, words).

    Half of the bits never flip, the same for all places.
    """
    seeds = [seed, *(derive_key(seed, place) for place in places)]
    patterns = np.concatenate([random_bits(key, 1, n_bits) for key in seeds])
    return pack_bits(patterns[1:] & patterns[0])


class RecurrentNetwork(BinaryNetwork):
    """A recurrent layer, and an output layer over its last state.

    Parameters
    ----------
    layers : list of Layer
        Wxs (K_s, n_inputs), Wss (K_s, K_s) and Wsy (K_y, K_s).
    targets : ClassTargets
    inertia : int, default=0
        What share of z_{t-1} is carried over into z_t, in 256ths below 256; 0 in the paper.
    single_step : bool, default=False
        Whether the last step alone counts and learns: for series of one step, where s_0 must
        not speak.
    """

    def __init__(self, layers, targets, *, inertia=0, single_step=False):
        super().__init__(layers, targets)
        self.inertia = inertia
        self.single_step = single_step

    @classmethod
    def random(cls, n_inputs, n_states, targets, seed, **options):
        """Draw the weights from a seed.

        Parameters
        ----------
        n_inputs, n_states : int
            K_x and K_s.
        targets : ClassTargets
            Over K_y = `targets.n_outputs` neurons.
        seed : int
        **options
            `inertia` and `single_step`.
        """
        n_outputs = targets.n_outputs
        shapes = [(n_states, n_inputs), (n_states, n_states), (n_outputs, n_states)]
        return cls(random_layers(shapes, seed), targets, **options)

    @property
    def input_layer(self):
        """Wxs, from x_t to the state."""
        return self.layers[0]

    @property
    def state_layer(self):
        """Wss, from s_{t-1} to the state."""
        return self.layers[1]

    @property
    def output_layer(self):
        """Wsy, from the last state to the targets."""
        return self.layers[2]

    @property
    def widths(self):
        """[K_s, K_y]: both layers into the state have their groups in common."""
        return [layer.n_neurons for layer in self.layers[1:]]

    @property
    def fan_in(self):
        """K_x + K_s, the inputs of a state neuron."""
        return self.input_layer.n_inputs + self.state_layer.n_inputs

    def check_range(self, n_steps):
        """Raise ValueError if sums over this many steps could exceed 32 bits."""
        largest_z = self.fan_in * 256 // (256 - self.inertia)
        if max(n_steps, self.inertia) * largest_z >= 2**31:
            raise ValueError(
                f"X: sums over {n_steps} steps may exceed 32 bits; cut the series into fewer steps "
                "(n_steps), or choose a smaller horizon, inertia or hidden_size."
            )

    def advance(self, z, previous, states, first, t, n_threads):
        """Go one step: add to z = Wxs x_t, in place, what z_{t-1} and s_{t-1} bring.

        Parameters
        ----------
        z : int32 array, shape (n_samples, K_s)
        previous : int32 array, shape (n_samples, K_s)
            z_{t-1}; z_0 = 0, so that s_0 = +1.
        states : packed bits, s_{t-1}
        first : int32 array, shape (n_samples,)
            Where each series begins; before that z stays 0.
        t : int
        n_threads : int

        Returns
        -------
        states : packed bits, s_t = sign(z_t)
        """
        recurrent = z[:0]
        if not self.single_step:
            recurrent, _ = self.state_layer.forward(states, n_threads, signs=False)
        states = np.empty_like(states)
        through_time.advance(recurrent, previous, self.inertia, first, t, z, states, n_threads)
        return states

    def classify_states(self, states, n_threads):
        """Return z_y = Wsy s_T, s_y = sign(z_y) and the logits P s_y of the last states s_T."""
        z_output, s_output = self.output_layer.forward(states, n_threads)
        return z_output, s_output, self.targets.read(s_output, n_threads)

    def forward(self, inputs, n_threads):
        """Return what passes through the network, over time step-major.

        Parameters
        ----------
        inputs : Sequences
        n_threads : int

        Returns
        -------
        bits : packed x_1 .. x_T, shape (T, n_samples, words)
        z : int32 array z_1 .. z_T, shape (T, n_samples, K_s)
        states : packed bits s_0 .. s_T, shape (T + 1, n_samples, words)
        z_output : int32 array, shape (n_samples, K_y)
        s_output : packed bits, shape (n_samples, words)
        logits : int32 array, shape (n_samples, n_classes)
        """
        bits = np.ascontiguousarray(inputs.bits.transpose(1, 0, 2))
        n_steps, n_samples, n_words = bits.shape
        z, _ = self.input_layer.forward(bits.reshape(-1, n_words), n_threads, signs=False)
        z = z.reshape(n_steps, n_samples, self.state_layer.n_neurons)
        previous = np.zeros_like(z[0])
        states = [pack_signs(previous, n_threads)]
        for t in range(n_steps):
            states.append(self.advance(z[t], previous, states[t], inputs.first, t, n_threads))
            previous = z[t]
        return bits, z, np.stack(states), *self.classify_states(states[-1], n_threads)

    def infer(self, inputs, n_threads):
        """Return the logits of a block of series."""
        return self.forward(inputs, n_threads)[-1]

    def step(self, inputs, sums):
        """Go one step of a single series.

        Parameters
        ----------
        inputs : packed bits x_t, shape (1, words)
        sums : int32 array z_{t-1}, shape (K_s,)

        Returns
        -------
        sums : int32 array z_t, shape (K_s,)
        logits : int32 array P s_y, shape (n_classes,)
        """
        z, _ = self.input_layer.forward(inputs, 1, signs=False)
        previous = np.ascontiguousarray(sums[np.newaxis])
        begun = np.zeros(1, dtype=np.int32)
        states = self.advance(z, previous, pack_signs(previous), begun, 0, 1)
        return z[0], self.classify_states(states, 1)[-1][0]

    def block_rows(self, inputs):
        """Return how many series pass at once when only logits are wanted."""
        return max(64, BLOCK_ROWS // inputs.bits.shape[1])

    def compute_update(self, inputs, y, sample_weight, rule, n_threads=1):
        """Compute what a mini-batch asks of the hidden weights, see `BinaryNetwork`."""
        self.check_range(1)
        bits, z, states, z_output, s_output, logits = self.forward(inputs, n_threads)
        triggered, error, counts = self.targets.trigger(logits, y, sample_weight, rule.margin)
        first = inputs.first[triggered]
        horizon = 1 if self.single_step else rule.horizon
        if horizon is not None:
            first = np.maximum(first, np.int32(max(0, len(z) - horizon)))
        earliest = first.min(initial=len(z))
        self.check_range(len(z) - earliest)

        learning = triggered, sample_weight, n_threads
        output_delta = rule.increments(1, z_output, s_output, error, states[-1], *learning)
        error = rule.propagate(self.output_layer, error, z_output, states[-1], triggered, n_threads)
        errors = self.errors_through_time(error, z, states, triggered, rule, earliest, n_threads)
        state_deltas = rule.increments_through_time(
            0, z, errors, (bits, states[:-1]), first, *learning
        )
        return Update([*state_deltas, output_delta], *counts)

    def errors_through_time(self, last, z, states, triggered, rule, earliest, n_threads):
        """Return the errors of s_1 .. s_T, from step `earliest` on (Eq. 7 through time).

        Parameters
        ----------
        last : Error, shape (n, K_s)
            Of s_T.
        z : int32 array, shape (T, n_samples, K_s)
        states : packed bits s_0 .. s_T, shape (T + 1, n_samples, words)
        triggered : int32 array, shape (n,)
        rule : Rule
        earliest : int
        n_threads : int

        Returns
        -------
        errors : Error, shape (T, n, K_s)
        """
        shape = len(z), *last.signs.shape
        errors = Error(np.empty(shape, dtype=np.uint64), np.empty(shape, dtype=np.uint64))
        error, inertia, fan_in = last, self.backward_inertia, self.fan_in
        for t in reversed(range(earliest, len(z))):
            errors.signs[t], errors.nonzero[t] = error
            if t > earliest:
                error = rule.propagate(
                    self.state_layer,
                    error,
                    z[t],
                    states[t],
                    triggered,
                    n_threads,
                    fan_in=fan_in,
                    inertia=inertia,
                )
        return errors

    @property
    def backward_inertia(self):
        """What a state weighs among the K_s that want something of it: as its z among theirs.

        A share q carried over in each step lets sums of spread sqrt(K_x + K_s) grow to
        sqrt((K_x + K_s) / (1 - q^2)), of which q is carried.
        """
        q = self.inertia / 256
        return round(q * (self.fan_in / (1 - q * q)) ** 0.5)
