"""The binary multilayer perceptron and its training step (Sec. 3.1 - 3.3)."""

from itertools import pairwise

from bepsk.network.layer import random_layers
from bepsk.network.network import BinaryNetwork
from bepsk.network.threads import usable_threads
from bepsk.network.update import Update


class FeedForwardNetwork(BinaryNetwork):
    """Binary layers, each fed by the one below.

    Parameters
    ----------
    layers : list of Layer
        The layers, from the input up; not copied.
    targets : ClassTargets
        What the last layer should do, and how it is read.
    """

    @classmethod
    def random(cls, n_inputs, hidden_layer_sizes, targets, seed):
        """Draw the weights from a seed.

        Parameters
        ----------
        n_inputs : int
            K_0, bits of a sample.
        hidden_layer_sizes : sequence of int
            K_1 .. K_L, neurons of each layer; the last must be `targets.n_outputs`.
        targets : ClassTargets
            What the last layer should do, and how it is read.
        seed : int
            Seed of the weights.

        Returns
        -------
        network : FeedForwardNetwork
            Not trained yet.
        """
        shapes = [(k, n) for n, k in pairwise([n_inputs, *hidden_layer_sizes])]
        return cls(random_layers(shapes, seed), targets)

    def forward(self, inputs, n_threads):
        """Return what passes through the network.

        Parameters
        ----------
        inputs : packed bits, shape (n_samples, words of K_0)
            Encoded samples, a_0.
        n_threads : int
            Number of threads.

        Returns
        -------
        zs : list of int32 arrays, shapes (n_samples, K_l)
            The sums z_1 .. z_L.
        activations : list of packed bits, shapes (n_samples, words of K_l)
            The activations a_0 .. a_L, one more than the sums.
        logits : int32 array, shape (n_samples, n_classes)
            What the targets read, P a_L.
        """
        zs, activations = [], [inputs]
        for layer in self.layers:
            z, a = layer.forward(activations[-1], n_threads)
            zs.append(z)
            activations.append(a)
        return zs, activations, self.targets.read(activations[-1], n_threads)

    def infer(self, inputs, n_threads):
        """Return the logits of a block of samples, see `BinaryNetwork`."""
        for layer in self.layers:
            _, inputs = layer.forward(inputs, n_threads, sums=False)
        return self.targets.read(inputs, n_threads)

    def compute_update(self, inputs, y, sample_weight, rule, n_threads=1):
        """Compute the changes that a mini-batch asks for, see `BinaryNetwork`."""
        n_threads = usable_threads(n_threads)
        zs, activations, logits = self.forward(inputs, n_threads)
        triggered, error, counts = self.targets.trigger(logits, y, sample_weight, rule.margin)
        deltas = [None] * len(self.layers)
        for index in reversed(range(len(self.layers))):
            layer, z, below = self.layers[index], zs[index], activations[index]
            deltas[index] = rule.increments(
                index, z, activations[index + 1], error, below, triggered, sample_weight, n_threads
            )
            if index > 0:
                error = rule.propagate(layer, error, z, below, triggered, n_threads)
        return Update(deltas, *counts)
