"""Binary networks in PyTorch, trained with straight-through gradients, and a float one."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional


class Sign(torch.autograd.Function):
    """Sign with sign(0) = +1; the gradient passes where abs(x) <= 1."""

    @staticmethod
    def forward(ctx, x):
        """Return +-1."""
        ctx.save_for_backward(x)
        return torch.where(x >= 0, 1.0, -1.0)

    @staticmethod
    def backward(ctx, gradient):
        """Clip the gradient straight through."""
        (x,) = ctx.saved_tensors
        return gradient.masked_fill(x.abs() > 1, 0)


class SignOfWeights(torch.autograd.Function):
    """Sign of what lies in [-1, 1], so that no gradient needs clipping."""

    @staticmethod
    def forward(ctx, weights):
        """Return +-1."""
        return torch.where(weights >= 0, 1.0, -1.0)

    @staticmethod
    def backward(ctx, gradient):
        """Pass the gradient straight through."""
        return gradient


sign, sign_of_weights = Sign.apply, SignOfWeights.apply


def latent_weights(n_outputs, n_inputs):
    """Draw the floats in [-1, 1] whose signs are the weights."""
    return nn.Parameter(torch.empty(n_outputs, n_inputs).uniform_(-1, 1))


class BinaryMLP(nn.Module):
    """Layers of +-1 weights and activations; with batch norm, or scaled by the fan-in."""

    def __init__(self, sizes, batch_norm):
        super().__init__()
        shapes = [(n_outputs, n_inputs) for n_inputs, n_outputs in pairwise(sizes)]
        self.layers = nn.ParameterList(latent_weights(*shape) for shape in shapes)
        self.norms = nn.ModuleList(
            nn.BatchNorm1d(n_outputs) if batch_norm else Scale(n_inputs)
            for n_outputs, n_inputs in shapes
        )

    def forward(self, x):
        """Return the logits of +-1 floats."""
        for index, (weights, norm) in enumerate(zip(self.layers, self.norms, strict=True)):
            x = sign(x) if index else x
            x = norm(functional.linear(x, sign_of_weights(weights)))
        return x


class Scale(nn.Module):
    """Divide a sum of n terms of +-1 by its standard deviation."""

    def __init__(self, n_terms):
        super().__init__()
        self.factor = n_terms**-0.5

    def forward(self, z):
        """Scale the sums."""
        return self.factor * z


class BinaryRNN(nn.Module):
    """A recurrent layer Wxs, Wss, an output layer Wsy over its last state, and a classifier."""

    def __init__(self, n_inputs, n_states, n_outputs, n_classes):
        super().__init__()
        shapes = (n_states, n_inputs), (n_states, n_states), (n_outputs, n_states)
        self.layers = nn.ParameterList(
            latent_weights(*shape) for shape in (*shapes, (n_classes, n_outputs))
        )
        self.scale_state = Scale(n_inputs + n_states)
        self.scale_output = Scale(n_states)
        self.scale_logits = Scale(n_outputs)

    def forward(self, x):
        """Return the logits of series of +-1 floats, shape (n_samples, n_steps, n_inputs)."""
        from_input, from_state, to_output, to_logits = map(sign_of_weights, self.layers)
        state = x.new_ones(len(x), len(from_state))
        for z in functional.linear(x, from_input).unbind(1):
            state = sign(self.scale_state(z + functional.linear(state, from_state)))
        output = sign(self.scale_output(functional.linear(state, to_output)))
        return self.scale_logits(functional.linear(output, to_logits))


def train(lap, network, X, y, batch_size, n_batches):
    """Train for ever with Adam, the fused one, the fastest; a lap is so many mini-batches."""
    optimiser = torch.optim.Adam(network.parameters(), fused=True)
    while True:
        order = torch.randperm(len(X))[: batch_size * n_batches]
        for batch in order.split(batch_size):
            optimiser.zero_grad()
            functional.cross_entropy(network(X[batch]), y[batch]).backward()
            optimiser.step()
            with torch.no_grad():
                for weights in network.layers:
                    weights.clamp_(-1, 1)
        lap()


def float_mlp(sizes):
    """Return layers of float weights with ReLU between them, for inference."""
    layers = []
    for n_inputs, n_outputs in pairwise(sizes):
        layers += [nn.Linear(n_inputs, n_outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1]).eval()
