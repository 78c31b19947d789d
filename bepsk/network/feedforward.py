"""The binary multilayer perceptron and its training step (Sec. 3.1 - 3.3)."""

from bepsk.network.frame import equiangular_frame
from bepsk.network.layer import Layer
from bepsk.network.network import BinaryNetwork, Update
from bepsk.network.randomness import Stream, derive_key


class FeedForwardNetwork(BinaryNetwork):
    """Binary layers, each fed by the one below."""

    @classmethod
    def random(cls, n_inputs, hidden_layer_sizes, n_classes, seed):
        """Draw the weights and the classifier from a seed."""
        fan_ins = [n_inputs, *hidden_layer_sizes[:-1]]
        layers = [
            Layer.random(n_neurons, fan_in, derive_key(seed, Stream.WEIGHTS, index))
            for index, (n_neurons, fan_in) in enumerate(
                zip(hidden_layer_sizes, fan_ins, strict=True)
            )
        ]
        key = derive_key(seed, Stream.FRAME)
        return cls(layers, equiangular_frame(n_classes, hidden_layer_sizes[-1], key))

    def forward(self, inputs, n_threads):
        """Return [z_1 .. z_L] (int32), [a_0 .. a_L] (packed) and the logits y = P a_L."""
        zs, activations = [], [inputs]
        for layer in self.layers:
            z, a = layer.forward(activations[-1], n_threads)
            zs.append(z)
            activations.append(a)
        return zs, activations, self.classify(activations[-1], n_threads)

    def infer(self, inputs, n_threads):
        """Return the logits of a block of samples."""
        for layer in self.layers:
            _, inputs = layer.forward(inputs, n_threads, sums=False)
        return self.classify(inputs, n_threads)

    def compute_update(self, inputs, classes, weights, *, margin, gate, group_sizes, n_threads=1):
        """Compute what a mini-batch asks of the hidden weights; nothing is changed.

        Parameters
        ----------
        inputs : packed bits, shape (n_samples, words)
        classes : integer array, shape (n_samples,)
        weights : int32 array, shape (n_samples,)
            How often each sample counts.
        margin : float
            r of the trigger, Eq. 1.
        gate : float
            nu of the gate, Eq. 5.
        group_sizes : sequence of int
            Neurons in a group, for each layer.
        n_threads : int

        Returns
        -------
        update : Update
        """
        zs, activations, logits = self.forward(inputs, n_threads)
        rows, desired, counts = self.trigger(logits, classes, weights, margin)
        deltas = [None] * len(self.layers)
        for index in reversed(range(len(self.layers))):
            layer, z = self.layers[index], zs[index]
            deltas[index] = layer.compute_update(
                z,
                activations[index + 1],
                desired,
                activations[index],
                rows,
                weights,
                group_sizes[index],
                n_threads,
            )
            if index > 0:
                desired = layer.desired_activation(desired, z, rows, gate, n_threads)
        return Update(deltas, *counts)
