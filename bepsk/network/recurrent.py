"""The binary recurrent network and its training step through time (BEP-TT, Sec. 3.5)."""

from dataclasses import dataclass

import numpy as np

from bepsk.kernels import through_time
from bepsk.network.frame import equiangular_frame
from bepsk.network.layer import Increments, Layer, choose
from bepsk.network.network import BLOCK_ROWS, BinaryNetwork, Update
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
            recurrent, _ = self.layers[1].forward(states, n_threads, signs=False)
        states = np.empty_like(states)
        through_time.advance(recurrent, previous, self.inertia, first, t, z, states, n_threads)
        return states

    def classify_states(self, states, n_threads):
        """Return z_y = Wsy s_T, s_y = sign(z_y) and the logits P s_y of the last states s_T."""
        z_output, s_output = self.layers[2].forward(states, n_threads)
        return z_output, s_output, self.classify(s_output, n_threads)

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
        z, _ = self.layers[0].forward(bits.reshape(-1, n_words), n_threads, signs=False)
        z = z.reshape(n_steps, n_samples, self.layers[1].n_neurons)
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
        z, _ = self.layers[0].forward(inputs, 1, signs=False)
        previous = np.ascontiguousarray(sums[np.newaxis])
        begun = np.zeros(1, dtype=np.int32)
        states = self.advance(z, previous, pack_signs(previous), begun, 0, 1)
        return z[0], self.classify_states(states, 1)[-1][0]

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
        self.check_range(1)
        bits, z, states, z_output, s_output, logits = self.forward(inputs, n_threads)
        rows, desired, counts = self.trigger(logits, classes, weights, margin)
        first = inputs.first[rows]
        if self.horizon is not None:
            first = np.maximum(first, np.int32(max(0, len(z) - self.horizon)))

        output_layer, last_states = self.layers[2], states[-1]
        output_deltas = output_layer.compute_update(
            z_output, s_output, desired, last_states, rows, weights, group_sizes[1], n_threads
        )
        desired = output_layer.desired_activation(
            desired,
            z_output,
            rows,
            gate,
            n_threads,
            current=last_states[rows] if self.keep_ties else None,
        )
        earliest = first.min(initial=len(z))
        self.check_range(len(z) - earliest)
        desired = self.desired_states(desired, z, states, rows, gate, earliest, n_threads)
        state_deltas = self.state_increments(
            bits, z, states[:-1], desired, rows, first, weights, group_sizes[0], n_threads
        )
        return Update([*state_deltas, output_deltas], *counts)

    def desired_states(self, last, z, states, rows, nu, earliest, n_threads):
        """Return s*_1 .. s*_T of these rows, from step `earliest` on (Eq. 7 through time)."""
        state_layer = self.layers[1]
        desired = np.empty((len(z), *last.shape), dtype=last.dtype)
        desired[-1] = last
        for t in range(len(z) - 1, earliest, -1):
            desired[t - 1] = state_layer.desired_activation(
                desired[t],
                z[t],
                rows,
                nu,
                n_threads,
                fan_in=self.fan_in,
                inertia=self.backward_inertia,
                current=states[t][rows] if self.keep_ties else None,
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

    def state_increments(
        self, inputs, z, states, desired, rows, first, weights, group_size, n_threads
    ):
        """Return the changes of Hxs and Hss: one winner a group for all steps (Sec. 3.5)."""
        stability = np.empty((len(rows), z.shape[2]), dtype=np.int32)
        through_time.stability(z, rows, desired, first, stability, n_threads)
        # Unstable neurons are those whose stability is not positive or 0, as it is desired to be.
        stable, every = pack_signs(stability, n_threads), np.arange(len(rows), dtype=np.int32)
        starts, samples, steps = choose(
            stability, stable, every, ~np.zeros_like(stable), weights[rows], group_size, n_threads
        )
        winners = Increments(starts, samples, steps, stable, stable)
        neurons = winners.neurons()
        if not self.clip:
            return spread_over_time(winners, neurons, desired, (inputs, states), rows, first)
        sources = np.arange(len(samples), dtype=np.int32)
        increments = []
        for incoming in (inputs, states):
            bits = np.empty((len(samples), incoming.shape[2]), dtype=np.uint64)
            known = np.empty_like(bits)
            through_time.majority(
                desired, incoming, rows, first, samples, neurons, bits, known, n_threads
            )
            increments.append(Increments(starts, sources, steps, bits, known))
        return increments


def spread_over_time(winners, neurons, desired, incoming, rows, first):
    """Return an increment for each step of each winner, for each kind of input."""
    n_steps = len(desired)
    samples = winners.sources
    lengths = n_steps - first[samples]
    entries = np.repeat(np.arange(len(samples)), lengths)
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    times = first[samples][entries] + np.arange(len(entries)) - ends[entries]
    j = neurons[entries]
    up = desired[times, samples[entries], j >> 6] >> (j & 63).astype(np.uint64) & np.uint64(1)
    steps = np.where(up, winners.steps[entries], -winners.steps[entries])
    increments = []
    for kind in incoming:
        sources = times * kind.shape[1] + rows[samples][entries]
        bits = kind.reshape(-1, kind.shape[2])
        increments.append(
            Increments(ends[winners.starts], sources.astype(np.int32), steps, bits, bits[:0])
        )
    return increments
