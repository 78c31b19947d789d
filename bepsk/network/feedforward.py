"""The binary multilayer perceptron and its training step (Sec. 3.1 - 3.3)."""

from dataclasses import dataclass

import numpy as np

from bepsk.kernels import product
from bepsk.network.frame import equiangular_frame
from bepsk.network.layer import Layer
from bepsk.network.packed import pack_bits
from bepsk.network.randomness import Stream, derive_key

BLOCK_ROWS = 1024
"""How many samples pass through the network at once when only logits are wanted."""


@dataclass(frozen=True)
class Update:
    """What one mini-batch asks for; the deltas of several batches or workers may be summed.

    Attributes
    ----------
    deltas : list of RowDeltas, one a layer
    n_triggered, n_wrong, n_samples : int
        Samples whose margin was missed, that were misclassified, and that were seen, each
        counted as often as its weight says.
    """

    deltas: list
    n_triggered: int
    n_wrong: int
    n_samples: int


class FeedForwardNetwork:
    """Binary layers under a fixed classifier; only the hidden integer weights learn.

    Parameters
    ----------
    layers : list of Layer
    prototypes : int8 array of +-1, shape (n_classes, n_neurons of the last layer)
    """

    def __init__(self, layers, prototypes):
        self.layers = layers
        self.prototypes = prototypes
        self.packed_prototypes = pack_bits(prototypes > 0)

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

    def copy(self):
        """Return an independent network with the same weights."""
        layers = [
            Layer(layer.hidden_weights.copy(), layer.visible_weights.copy())
            for layer in self.layers
        ]
        return FeedForwardNetwork(layers, self.prototypes)

    def repacked(self):
        """Return this network with the visible weights made anew from the hidden ones."""
        return FeedForwardNetwork(
            [Layer(layer.hidden_weights) for layer in self.layers], self.prototypes
        )

    def forward(self, inputs, n_threads):
        """Return [z_1 .. z_L] (int32), [a_0 .. a_L] (packed) and the logits y = P a_L."""
        zs, activations = [], [inputs]
        for layer in self.layers:
            z, activation = layer.forward(activations[-1], n_threads)
            zs.append(z)
            activations.append(activation)
        logits = np.empty((len(inputs), len(self.prototypes)), dtype=np.int32)
        n_outputs = self.prototypes.shape[1]
        product.preactivation(activations[-1], self.packed_prototypes, n_outputs, logits, n_threads)
        return zs, activations, logits

    def logits(self, inputs, n_threads=1):
        """Return y = P a_L of packed inputs, int32 (n_samples, n_classes)."""
        logits = np.empty((len(inputs), len(self.prototypes)), dtype=np.int32)
        for start in range(0, len(inputs), BLOCK_ROWS):
            rows = slice(start, start + BLOCK_ROWS)
            logits[rows] = self.forward(inputs[rows], n_threads)[2]
        return logits

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
        lead = margin_to_rival(logits, classes)
        triggered = np.flatnonzero(lead < margin * self.prototypes.shape[1])

        weights_triggered = weights[triggered]
        desired = self.packed_prototypes[classes[triggered]]
        deltas = [None] * len(self.layers)
        for index in reversed(range(len(self.layers))):
            layer, z = self.layers[index], zs[index][triggered]
            deltas[index] = layer.compute_update(
                z,
                desired,
                activations[index][triggered],
                weights_triggered,
                group_sizes[index],
                n_threads,
            )
            if index > 0:
                gates = layer.gate(z, gate, n_threads)
                desired = layer.desired_activation(desired, gates, n_threads)
        return Update(
            deltas,
            n_triggered=int(weights_triggered.sum()),
            n_wrong=int(weights[logits.argmax(axis=1) != classes].sum()),
            n_samples=int(weights.sum()),
        )

    def apply_update(self, deltas, n_threads=1):
        """Add the summed deltas to the hidden weights, once, and renew their signs."""
        for layer, row_deltas in zip(self.layers, deltas, strict=True):
            layer.apply_update(row_deltas, n_threads)

    def reinforce(self, rate, key, n_threads=1):
        """Reinforce every layer with p_l = rate sqrt(2 / (pi K_l)) (Sec. 3.3)."""
        for index, layer in enumerate(self.layers):
            probability = rate * float(np.sqrt(2 / (np.pi * layer.n_neurons)))
            layer.reinforce(probability, derive_key(key, index), n_threads)


def margin_to_rival(logits, classes):
    """Return y_c - max_{c' != c} y_c', the lead of the true class (Eq. 1)."""
    samples = np.arange(len(logits))
    rivals = logits.astype(np.int64)
    rivals[samples, classes] = np.iinfo(np.int32).min
    return logits[samples, classes] - rivals.max(axis=1)
