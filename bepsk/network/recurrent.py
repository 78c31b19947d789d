"""The binary recurrent network and its training step through time (BEP-TT, Sec. 3.5)."""

from dataclasses import dataclass

import numpy as np

from bepsk.kernels import through_time
from bepsk.network.frame import equiangular_frame
from bepsk.network.layer import Increments, Layer, choose_winners, signed_steps
from bepsk.network.network import BLOCK_ROWS, BinaryNetwork, summarise
from bepsk.network.packed import pack_bits, pack_signs
from bepsk.network.randomness import Stream, derive_key, random_bits


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
    prototypes : int8 array of +-1, shape (n_classes, K_y)
    inertia : int
        What share of z_{t-1} is carried over into z_t, in 256ths below 256; 0 in the paper.
    clip : bool
        Whether a sample's change of a weight, summed over time, is reduced to its sign.
    keep_ties : bool
        Whether a back-projected sum of 0 keeps the current state, rather than wanting +1.
    horizon : int or None
        Steps from the end through which errors go back; None is all.
    single_step : bool
        Whether the last step alone counts and learns: for series of one step, where s_0 must
        not speak.
    """

    def __init__(self, layers, prototypes, *, inertia, clip, keep_ties, horizon, single_step):
        super().__init__(layers, prototypes)
        self.inertia = inertia
        self.clip = clip
        self.keep_ties = keep_ties
        self.horizon = 1 if single_step else horizon
        self.single_step = single_step

    @classmethod
    def random(cls, n_inputs, n_states, n_outputs, n_classes, seed, **options):
        """Draw the weights and the classifier from a seed."""
        shapes = [(n_states, n_inputs), (n_states, n_states), (n_outputs, n_states)]
        layers = [
            Layer.random(*shape, derive_key(seed, Stream.WEIGHTS, index))
            for index, shape in enumerate(shapes)
        ]
        key = derive_key(seed, Stream.FRAME)
        return cls(layers, equiangular_frame(n_classes, n_outputs, key), **options)

    @property
    def fan_in(self):
        """K_x + K_s, the inputs of a state neuron."""
        return self.layers[0].n_inputs + self.layers[1].n_inputs

    def check_range(self, n_steps):
        """Raise ValueError if sums over so many steps could exceed 32 bits."""
        largest_z = self.fan_in * 256 // (256 - self.inertia)
        if max(n_steps, self.inertia) * largest_z >= 2**31:
            raise ValueError(
                f"X: sums over {n_steps} steps may exceed 32 bits; cut the series into fewer steps "
                "(n_steps), or choose a smaller horizon, inertia or hidden_size."
            )

    def advance(self, z, previous, n_threads):
        """Go one step: add to z = Wxs x_t, in place, what z_{t-1} and s_{t-1} bring.

        Parameters
        ----------
        z : int32 array, shape (n_samples, K_s)
        previous : int32 array, shape (n_samples, K_s)
            z_{t-1}; z_0 = 0, so that s_0 = +1.
        n_threads : int

        Returns
        -------
        states : packed bits, s_{t-1} = sign(z_{t-1})
        """
        states = pack_signs(previous, n_threads)
        if not self.single_step:
            z += self.layers[1].preactivation(states, n_threads)
            if self.inertia:
                through_time.carry(previous, self.inertia, z, n_threads)
        return states

    def classify_states(self, z, n_threads):
        """Return z_y = Wsy s_T and the logits P sign(z_y) of the last sums z_T."""
        z_output = self.layers[2].preactivation(pack_signs(z, n_threads), n_threads)
        return z_output, self.classify(pack_signs(z_output, n_threads), n_threads)

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
        states : packed bits s_0 .. s_{T-1}, shape (T, n_samples, words)
        z_output : int32 array, shape (n_samples, K_y)
        logits : int32 array, shape (n_samples, n_classes)
        """
        bits = np.ascontiguousarray(inputs.bits.transpose(1, 0, 2))
        n_steps, n_samples, n_words = bits.shape
        z = self.layers[0].preactivation(bits.reshape(-1, n_words), n_threads)
        z = z.reshape(n_steps, n_samples, self.layers[1].n_neurons)
        states = []
        previous = np.zeros_like(z[0])
        for t in range(n_steps):
            previous[inputs.first >= t] = 0  # a later start
            states.append(self.advance(z[t], previous, n_threads))
            previous = z[t]
        return bits, z, np.stack(states), *self.classify_states(previous, n_threads)

    def block_rows(self, inputs):
        """Return how many series pass at once when only logits are wanted."""
        return max(64, BLOCK_ROWS // inputs.bits.shape[1])

    def compute_update(self, inputs, classes, weights, *, margin, gate, group_sizes, n_threads=1):
        """Compute what a mini-batch asks of the hidden weights; nothing is changed.

        Parameters
        ----------
        inputs : Sequences
        classes : integer array, shape (n_samples,)
        weights : int32 array, shape (n_samples,)
            How often each sample counts.
        margin : float
            r of the trigger, Eq. 1.
        gate : float
            nu of the gate, Eq. 5.
        group_sizes : sequence of int
            Neurons in a group, of the state and of the output layer.
        n_threads : int

        Returns
        -------
        update : Update
        """
        bits, z, states, z_output, logits = self.forward(inputs, n_threads)
        triggered = self.triggered(logits, classes, margin)
        bits, z, states = (a.take(triggered, axis=1) for a in (bits, z, states))
        z_output, triggered_weights = z_output[triggered], weights[triggered]
        first = inputs.first[triggered]
        if self.horizon is not None:
            first = np.maximum(first, np.int32(max(0, len(z) - self.horizon)))

        output_layer, last_states = self.layers[2], pack_signs(z[-1], n_threads)
        desired = self.packed_prototypes[classes[triggered]]
        output_deltas = output_layer.compute_update(
            z_output, desired, last_states, triggered_weights, group_sizes[1], n_threads
        )
        gates = output_layer.gate(z_output, gate, n_threads)
        desired = output_layer.desired_activation(
            desired, gates, n_threads, current=last_states if self.keep_ties else None
        )
        earliest = first.min(initial=len(z))
        self.check_range(len(z) - earliest)
        desired = self.desired_states(desired, z, states, gate, earliest, n_threads)
        state_deltas = self.state_increments(
            bits, z, states, desired, first, triggered_weights, group_sizes[0], n_threads
        )
        return summarise([*state_deltas, output_deltas], logits, classes, weights, triggered)

    def desired_states(self, last, z, states, nu, earliest, n_threads):
        """Return s*_1 .. s*_T, packed, from step `earliest` on (Eq. 7 through time)."""
        state_layer = self.layers[1]
        desired = np.empty_like(states)
        desired[-1] = last
        for t in range(len(z) - 1, earliest, -1):
            gates = state_layer.gate(z[t], nu, n_threads, fan_in=self.fan_in)
            desired[t - 1] = state_layer.desired_activation(
                desired[t],
                gates,
                n_threads,
                inertia=self.backward_inertia,
                current=states[t] if self.keep_ties else None,
            )
        return desired

    @property
    def backward_inertia(self):
        """What a state weighs among the K_s that want something of it: as its z among theirs.

        A share q carried over in each step lets sums of spread sqrt(K_x + K_s) grow to
        sqrt((K_x + K_s) / (1 - q^2)), of which q is carried.
        """
        q = self.inertia / 256
        return round(q * (self.fan_in / (1 - q * q)) ** 0.5)

    def state_increments(self, inputs, z, states, desired, first, weights, group_size, n_threads):
        """Return the changes of Hxs and Hss: one winner a group for all steps (Sec. 3.5)."""
        stability = np.empty(z.shape[1:], dtype=np.int32)
        through_time.stability(z, desired, first, stability, n_threads)
        unstable = pack_signs(-1 - stability, n_threads)
        starts, samples, neurons = choose_winners(stability, unstable, group_size, n_threads)
        if not self.clip:
            return spread_over_time(
                starts, samples, neurons, desired, (inputs, states), first, weights
            )
        increments = []
        for incoming in (inputs, states):
            bits = np.empty((len(samples), incoming.shape[2]), dtype=np.uint64)
            known = np.empty_like(bits)
            through_time.majority(
                desired, incoming, first, samples, neurons, bits, known, n_threads
            )
            sources = np.arange(len(samples), dtype=np.int32)
            increments.append(Increments(starts, sources, 2 * weights[samples], bits, known))
        return increments


def spread_over_time(starts, samples, neurons, desired, incoming, first, weights):
    """Return an increment for each step of each winner, for each kind of input."""
    n_steps, n_samples, _ = desired.shape
    lengths = n_steps - first[samples]
    entries = np.repeat(np.arange(len(samples)), lengths)
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    steps_on = np.arange(len(entries)) - ends[entries]
    sources = ((first[samples][entries] + steps_on) * n_samples + samples[entries]).astype(np.int32)
    flat = desired.reshape(n_steps * n_samples, desired.shape[2])
    steps = signed_steps(flat, sources, neurons[entries], np.tile(weights, n_steps))
    increments = []
    for kind in incoming:
        bits = kind.reshape(n_steps * n_samples, kind.shape[2])
        increments.append(Increments(ends[starts], sources, steps, bits, bits[:0]))
    return increments
