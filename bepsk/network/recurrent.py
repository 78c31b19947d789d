"""The binary recurrent network and its training step through time (BEP-TT, Sec. 3.5)."""

import numpy as np

from bepsk.kernels import through_time
from bepsk.network.layer import Error, random_layers
from bepsk.network.network import BLOCK_ROWS, BinaryNetwork
from bepsk.network.noise import SILENCE
from bepsk.network.packed import all_ones, n_words, pack_signs
from bepsk.network.threads import usable_threads
from bepsk.network.update import Update


class RecurrentNetwork(BinaryNetwork):
    """A recurrent layer, and an output layer over its last state.

    Parameters
    ----------
    layers : list of Layer
        Wxs (K_s, K_x), Wss (K_s, K_s) and Wsy (K_y, K_s).
    targets : ClassTargets
        What the output layer should do, and how it is read.
    inertia : int, default=0
        Share of z_{t-1} that is added to z_t, in 256ths, below 256; 0 in the paper.
    single_step : bool, default=False
        Whether Wss and inertia are left out, so that the last step alone decides and learns: for
        series of one step, to which the constant s_0 would only add noise.

    Examples
    --------
    >>> import numpy as np
    >>> from bepsk.network import ClassTargets, RecurrentNetwork, Sequences
    >>> targets = ClassTargets.random(n_classes=2, n_outputs=16, key=0)
    >>> network = RecurrentNetwork.random(8, 32, targets, seed=0)
    >>> series = Sequences(np.zeros((5, 3, 1), dtype=np.uint64), first=np.zeros(5, dtype=np.int32))
    >>> network.logits(series).shape
    (5, 2)
    """

    def __init__(self, layers, targets, *, inertia=0, single_step=False):
        super().__init__(layers, targets)
        self.inertia = inertia
        self.single_step = single_step

    @classmethod
    def random(cls, n_inputs, n_states, targets, seed, *, n_bias=0, **options):
        """Draw the weights from a seed.

        Parameters
        ----------
        n_inputs, n_states : int
            K_x, bits of a step, and K_s, neurons of the state.
        targets : ClassTargets
            What the output layer should do; K_y is its `n_outputs`.
        seed : int
            Seed of the weights.
        n_bias : int, default=0
            How many of the last bits of all steps are 1: biases of the state.
        **options
            Passed to the class: `inertia` and `single_step`.

        Returns
        -------
        network : RecurrentNetwork
            Not trained yet.
        """
        n_outputs = targets.n_outputs
        shapes = [(n_states, n_inputs), (n_states, n_states), (n_outputs, n_states)]
        return cls(random_layers(shapes, seed, n_bias), targets, **options)

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
        """[K_s, K_y]: both layers that feed the state share its groups."""
        return [layer.n_neurons for layer in self.layers[1:]]

    @property
    def fan_in(self):
        """K_x + K_s, the inputs of a state neuron."""
        return self.input_layer.n_inputs + self.state_layer.n_inputs

    def check_range(self, n_steps):
        """Raise ValueError if sums over this many steps could exceed 32 bits.

        Parameters
        ----------
        n_steps : int
            Number of steps through which errors flow back.
        """
        largest_z = self.fan_in * 256 // (256 - self.inertia)
        if max(n_steps, self.inertia) * largest_z >= 2**31:
            raise ValueError(
                f"X: sums over {n_steps} steps may exceed 32 bits; cut the series into fewer steps "
                "(n_steps), or choose a smaller horizon, inertia or hidden_size."
            )

    def advance(self, z, previous, states, following, first, t, n_threads):
        """Go one step: complete z_t in place, and write s_t.

        Parameters
        ----------
        z : int32 array, shape (n_samples, K_s)
            Wxs x_t, to which Wss s_{t-1} and the share of z_{t-1} are added.
        previous : int32 array, shape (n_samples, K_s)
            The sums z_{t-1}; z_0 = 0, so that s_0 = +1.
        states : packed bits, shape (n_samples, words of K_s)
            The states s_{t-1} = sign(z_{t-1}).
        following : packed bits, shape (n_samples, words of K_s)
            Where the states s_t = sign(z_t) go.
        first : int32 array, shape (n_samples,)
            The step at which each series begins; before it z_t is set to 0.
        t : int
            The step, counted from 0.
        n_threads : int
            Number of threads.
        """
        recurrent = z[:0]
        if not self.single_step:
            recurrent, _ = self.state_layer.forward(states, n_threads, signs=False)
        through_time.advance(recurrent, previous, self.inertia, first, t, z, following, n_threads)

    def classify_states(self, states, n_threads):
        """Return what the output layer and the targets make of the last states.

        Parameters
        ----------
        states : packed bits, shape (n_samples, words of K_s)
            The states s_T.
        n_threads : int
            Number of threads.

        Returns
        -------
        z_output : int32 array, shape (n_samples, K_y)
            The sums z_y = Wsy s_T.
        s_output : packed bits, shape (n_samples, words of K_y)
            Their signs s_y.
        logits : int32 array, shape (n_samples, n_classes)
            What the targets read, P s_y.
        """
        z_output, s_output = self.output_layer.forward(states, n_threads)
        return z_output, s_output, self.targets.read(s_output, n_threads)

    def forward(self, inputs, n_threads, noise=SILENCE):
        """Return what passes through the network; time is the first axis.

        Parameters
        ----------
        inputs : Sequences
            Encoded series.
        n_threads : int
            Number of threads.
        noise : Noise, default=SILENCE
            Flips bits of the inputs and states that the layers below the output read.

        Returns
        -------
        bits : packed bits, shape (T, n_samples, words of K_x)
            The inputs x_1 .. x_T.
        read : packed bits, shape (T, n_samples, words of K_s)
            The states s_0 .. s_{T-1}, as they are read.
        z : int32 array, shape (T, n_samples, K_s)
            The sums z_1 .. z_T.
        states : packed bits, shape (T + 1, n_samples, words of K_s)
            The states s_0 .. s_T.
        z_output : int32 array, shape (n_samples, K_y)
            The sums z_y of the output layer.
        s_output : packed bits, shape (n_samples, words of K_y)
            Their signs s_y.
        logits : int32 array, shape (n_samples, n_classes)
            What the targets read, P s_y.
        """
        bits = np.ascontiguousarray(inputs.bits.transpose(1, 0, 2))
        n_steps, n_samples, _ = bits.shape
        if noise.share:  # places are counted from the end, where series are lined up
            n_bits = self.input_layer.n_inputs - self.input_layer.n_bias
            given, bits = bits, np.empty_like(bits)
            for t in range(n_steps):
                bits[t] = noise.flip(given[t], n_bits, 0, n_steps - t)
        z = self.sum_inputs(bits, n_threads)
        previous = np.zeros_like(z[0])
        states = np.empty((n_steps + 1, n_samples, n_words(z.shape[2])), dtype=np.uint64)
        states[0] = all_ones(n_samples, z.shape[2])
        read = states[:-1].copy() if noise.share else states[:-1]
        for t in range(n_steps):
            if noise.share:
                read[t] = noise.flip(states[t], z.shape[2], 1, n_steps - t)
            self.advance(z[t], previous, read[t], states[t + 1], inputs.first, t, n_threads)
            previous = z[t]
        return bits, read, z, states, *self.classify_states(states[-1], n_threads)

    def sum_inputs(self, bits, n_threads):
        """Return what the input layer makes of each step.

        Parameters
        ----------
        bits : packed bits, shape (T, n_samples, words of K_x)
            The inputs x_1 .. x_T, contiguous.
        n_threads : int
            Number of threads.

        Returns
        -------
        z : int32 array, shape (T, n_samples, K_s)
            The sums Wxs x_1 .. Wxs x_T.
        """
        z, _ = self.input_layer.forward(bits.reshape(-1, bits.shape[2]), n_threads, signs=False)
        return z.reshape(*bits.shape[:2], self.state_layer.n_neurons)

    def infer(self, inputs, n_threads):
        """Return the logits of a block of series, see `BinaryNetwork`; in little memory."""
        n_samples, n_steps, _ = inputs.bits.shape
        n_states = self.state_layer.n_neurons
        previous = np.zeros((n_samples, n_states), dtype=np.int32)
        states = all_ones(n_samples, n_states)
        stretch = max(1, BLOCK_ROWS // max(1, n_samples))
        for start in range(0, n_steps, stretch):
            bits = inputs.bits[:, start : start + stretch].transpose(1, 0, 2)
            for t, z in enumerate(self.sum_inputs(np.ascontiguousarray(bits), n_threads), start):
                self.advance(z, previous, states, states, inputs.first, t, n_threads)
                previous = z
        return self.classify_states(states, n_threads)[-1]

    def step(self, inputs, sums):
        """Go one step of a single series.

        Parameters
        ----------
        inputs : packed bits, shape (1, words of K_x)
            The step x_t.
        sums : int32 array, shape (K_s,)
            The sums z_{t-1}; all 0 before the first step.

        Returns
        -------
        sums : int32 array, shape (K_s,)
            The sums z_t.
        logits : int32 array, shape (n_classes,)
            The logits of the series, if it ended here.
        """
        z, _ = self.input_layer.forward(inputs, 1, signs=False)
        previous = np.ascontiguousarray(sums[np.newaxis])
        begun = np.zeros(1, dtype=np.int32)
        states = pack_signs(previous)
        self.advance(z, previous, states, states, begun, 0, 1)
        return z[0], self.classify_states(states, 1)[-1][0]

    def block_rows(self, inputs):
        """Return how many series `logits` takes at a time, see `BinaryNetwork`."""
        return max(64, BLOCK_ROWS // inputs.bits.shape[1])

    def compute_update(self, inputs, y, sample_weight, rule, n_threads=1, noise=SILENCE):
        """Compute the changes that a mini-batch asks for, see `BinaryNetwork`."""
        n_threads = usable_threads(n_threads)
        y, sample_weight = map(np.ascontiguousarray, (y, sample_weight))
        self.check_range(1)
        passed = self.forward(inputs, n_threads, noise)
        bits, read, z, states, z_output, s_output, logits = passed
        triggered, error, counts = rule.trigger(self.targets, logits, y, sample_weight)
        first = inputs.first[triggered]
        horizon = 1 if self.single_step else rule.horizon
        if horizon is not None:
            first = np.maximum(first, np.int32(max(0, len(z) - horizon)))
        earliest = first.min(initial=len(z))
        self.check_range(len(z) - earliest)

        learning = triggered, sample_weight, n_threads
        output_delta = rule.increments(
            1, self.output_layer, z_output, s_output, error, states[-1], *learning
        )
        error = rule.propagate(self.output_layer, error, z_output, states[-1], triggered, n_threads)
        errors = self.errors_through_time(error, z, states, triggered, rule, earliest, n_threads)
        state_deltas = rule.increments_through_time(
            0, self.layers[:2], z, errors, (bits, read), first, *learning
        )
        return Update([*state_deltas, output_delta], *counts)

    def errors_through_time(self, last, z, states, triggered, rule, earliest, n_threads):
        """Return the errors of s_1 .. s_T, from step `earliest` on (Eq. 7 through time).

        Parameters
        ----------
        last : Error, shape (n, K_s)
            The error of s_T.
        z : int32 array, shape (T, n_samples, K_s)
            The sums z_1 .. z_T.
        states : packed bits, shape (T + 1, n_samples, words of K_s)
            The states s_0 .. s_T.
        triggered : int32 array, shape (n,)
            Rows of the triggered samples.
        rule : Rule
            The learning rule.
        earliest : int
            First step, counted from 0, whose error is wanted.
        n_threads : int
            Number of threads.

        Returns
        -------
        errors : Error, shape (T, n, K_s)
            The error of each state; uninitialised before `earliest`.
        """
        shape = len(z), *last.signs.shape
        errors = Error(np.empty(shape, dtype=np.uint64), np.empty(shape, dtype=np.uint64))
        error, inertia, fan_in = last, self.backward_inertia(rule.carry), self.fan_in
        for t in reversed(range(earliest, len(z))):
            errors.signs[t], errors.nonzero[t] = error
            if t > earliest:
                error = rule.propagate_through_time(
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

    def backward_inertia(self, share=1.0):
        """Return the c of Wss^T + c I, through which errors flow back.

        By adding its share q at each step, z grows from a spread of sqrt(K_x + K_s) to one of
        sqrt((K_x + K_s) / (1 - q^2)). Of this z_{t-1} brings the share q to z_t: that is c.

        Parameters
        ----------
        share : float, default=1.0
            How much of it to take.

        Returns
        -------
        c : int
            Rounded.
        """
        q = self.inertia / 256
        return round(share * q * (self.fan_in / (1 - q * q)) ** 0.5)
