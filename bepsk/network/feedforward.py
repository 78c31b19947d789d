"""The binary multilayer perceptron and its training step (Sec. 3.1 - 3.3)."""

from itertools import pairwise

import numpy as np

from bepsk.network import fused
from bepsk.network.layer import random_layers
from bepsk.network.network import BinaryNetwork
from bepsk.network.noise import SILENCE
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

    Examples
    --------
    >>> import numpy as np
    >>> from bepsk.network import ClassTargets, ContrastiveRule, FeedForwardNetwork
    >>> from bepsk.network.packed import pack_bits
    >>> bits, y = np.eye(8, dtype=np.uint8), np.arange(8) % 2
    >>> targets = ClassTargets.random(n_classes=2, n_outputs=16, key=0)
    >>> network = FeedForwardNetwork.random(8, (16, 16), targets, seed=0)
    >>> for _ in range(20):
    ...     update = network.compute_update(
    ...         pack_bits(bits), y, np.ones(8, dtype=np.int32), ContrastiveRule(0.5)
    ...     )
    ...     network.apply_update(update)
    >>> network.logits(pack_bits(bits)).argmax(axis=1)
    array([0, 1, 0, 1, 0, 1, 0, 1])
    """

    @classmethod
    def random(cls, n_inputs, hidden_layer_sizes, targets, seed, *, n_bias=0):
        """Draw the weights from a seed.

        Parameters
        ----------
        n_inputs : int
            K_0, bits of a sample, those of `n_bias` included.
        hidden_layer_sizes : sequence of int
            K_1 .. K_L, neurons of each layer; the last must be `targets.n_outputs`.
        targets : ClassTargets
            What the last layer should do, and how it is read.
        seed : int
            Seed of the weights.
        n_bias : int, default=0
            How many of the last bits of all samples are 1: biases of the first layer.

        Returns
        -------
        network : FeedForwardNetwork
            Not trained yet.
        """
        shapes = [(k, n) for n, k in pairwise([n_inputs, *hidden_layer_sizes])]
        return cls(random_layers(shapes, seed, n_bias), targets)

    def forward(self, inputs, n_threads, noise=SILENCE):
        """Return what passes through the network.

        Parameters
        ----------
        inputs : packed bits, shape (n_samples, words of K_0)
            Encoded samples, a_0.
        n_threads : int
            Number of threads.
        noise : Noise, default=SILENCE
            Flips bits of what the layers read.

        Returns
        -------
        zs : list of int32 arrays, shapes (n_samples, K_l)
            The sums z_1 .. z_L.
        read : list of packed bits, shapes (n_samples, words of K_{l-1})
            What each layer reads, a_0 .. a_{L-1}.
        activations : list of packed bits, shapes (n_samples, words of K_l)
            The activations a_1 .. a_L.
        logits : array, one row per sample
            What the targets read, for `ClassTargets` P a_L.
        """
        zs, read, activations = [], [], []
        for index, layer in enumerate(self.layers):
            read.append(noise.flip(inputs, layer.n_inputs - layer.n_bias, index, 0))
            z, inputs = layer.forward(read[-1], n_threads)
            zs.append(z)
            activations.append(inputs)
        return zs, read, activations, self._read(z, inputs, n_threads)

    def infer(self, inputs, n_threads):
        """Return the logits of a block of samples, see `BinaryNetwork`."""
        for layer in self.layers[:-1]:
            _, inputs = layer.forward(inputs, n_threads, sums=False)
        sums = self.targets.reads_sums
        z, activations = self.layers[-1].forward(inputs, n_threads, sums=sums)
        return self._read(z, activations, n_threads)

    def _read(self, z, activations, n_threads):
        if self.targets.reads_sums:
            return self.targets.read(z, self.layers[-1].n_inputs)
        return self.targets.read(activations, n_threads)

    def compute_update(self, inputs, y, sample_weight, rule, n_threads=1, noise=SILENCE):
        """Compute the changes that a mini-batch asks for, see `BinaryNetwork`."""
        n_threads = usable_threads(n_threads)
        y, sample_weight = map(np.ascontiguousarray, (y, sample_weight))
        zs, read, activations, logits = self.forward(inputs, n_threads, noise)
        triggered, error, counts = rule.trigger(self.targets, logits, y, sample_weight)
        learning = triggered, sample_weight, n_threads
        deltas = [None] * len(self.layers)
        for index in reversed(range(len(self.layers))):
            layer, z, below = self.layers[index], zs[index], read[index]
            deltas[index] = rule.increments(
                index, layer, z, activations[index], error, below, *learning
            )
            if index > 0:
                error = rule.propagate(layer, error, z, below, triggered, n_threads)
        return Update(deltas, *counts)

    def learn(self, inputs, y, sample_weight, rule, *, combine=None, apply=None, **options):
        """Learn from a mini-batch, see `BinaryNetwork`; in one call of a kernel where it can be."""
        alone = combine is None and apply is None
        if alone and type(self) is FeedForwardNetwork and fused.applies(self, rule):
            return fused.learn(self, inputs, y, sample_weight, rule, **options)
        options |= {"combine": combine, "apply": apply}
        return super().learn(inputs, y, sample_weight, rule, **options)
