"""Binary networks in PyTorch, trained with straight-through gradients, and a float one."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

PREDICT_ROWS = 1000


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


class BinaryLayer(nn.Module):
    """Sums over sign weights, over the square root of the fan-in, perhaps normalised.

    Without the root nearly all sums would lie where `Sign` lets no gradient pass.

    Parameters
    ----------
    fan_ins : list of int
        One weight matrix for each kind of input.
    width : int
    batch_norm : bool
    n_steps : int, default=1
        How often the layer is gone through; each time has a normalisation of its own.
    """

    def __init__(self, fan_ins, width, batch_norm, n_steps=1):
        super().__init__()
        self.weights = nn.ParameterList(torch.empty(width, n) for n in fan_ins)
        self.scale = sum(fan_ins) ** -0.5
        make = nn.BatchNorm1d if batch_norm else nn.Identity
        self.norms = nn.ModuleList(make(width) for _ in range(n_steps))
        for weight in self.weights:
            nn.init.xavier_uniform_(weight)

    def signs(self):
        """Return the visible weights."""
        return [sign_of_weights(weight) for weight in self.weights]

    def normalise(self, sums, step=0):
        """Scale and normalise sums."""
        return self.norms[step](self.scale * sums)

    def forward(self, x):
        """Return z of the one kind of input."""
        return self.normalise(functional.linear(x, *self.signs()))


class FixedClassifier(nn.Module):
    """The logits P a over the square root of the width: prototypes that do not learn, as in BEP."""

    def __init__(self, prototypes):
        super().__init__()
        prototypes = torch.from_numpy(prototypes).float()
        self.register_buffer("prototypes", prototypes * prototypes.shape[1] ** -0.5)

    def forward(self, activations):
        """Return the logits."""
        return functional.linear(activations, self.prototypes)


class FeedForward(nn.Module):
    """Binary layers, each fed by the one below, under a classifier."""

    def __init__(self, n_inputs, widths, classifier, batch_norm):
        super().__init__()
        shapes = pairwise([n_inputs, *widths])
        self.layers = nn.ModuleList(BinaryLayer([n], width, batch_norm) for n, width in shapes)
        self.classifier = classifier

    def forward(self, x):
        """Return the logits of +-1 floats, shape (n_samples, n_inputs)."""
        for layer in self.layers:
            x = sign(layer(x))
        return self.classifier(x)


class Recurrent(nn.Module):
    """A binary recurrent layer, an output layer over its last state, and a classifier."""

    def __init__(self, n_inputs, n_steps, width, classifier, batch_norm):
        super().__init__()
        self.state = BinaryLayer([n_inputs, width], width, batch_norm, n_steps)
        self.output = BinaryLayer([width], width, batch_norm)
        self.classifier = classifier

    def forward(self, x, first=None):
        """Return the logits of series of +-1 floats, shape (n_samples, n_steps, n_inputs).

        Each begins at the step `first`, until which the state is all +1; at 0 when None.
        """
        from_input, from_state = self.state.signs()
        state = x.new_ones(len(x), len(from_state))
        for t, z in enumerate(functional.linear(x, from_input).unbind(1)):
            begun = slice(None) if first is None else (first <= t).nonzero().flatten()
            sums = z[begun] + functional.linear(state[begun], from_state)
            new = sign(self.state.normalise(sums, t))
            state = new if first is None else state.index_put((begun,), new)
        return self.classifier(sign(self.output(state)))


def descend(network, optimizer, inputs, classes):
    """Take one step down the cross-entropy of a mini-batch, latent weights kept in [-1, 1]."""
    optimizer.zero_grad()
    functional.cross_entropy(network(*inputs), classes).backward()
    optimizer.step()
    latent = [w for m in network.modules() if isinstance(m, BinaryLayer) for w in m.weights]
    with torch.no_grad():
        for weight in latent:
            weight.clamp_(-1, 1)


def train(network, inputs, classes, *, learning_rate, batch_size, max_iter):
    """Train by Adam; the learning rate falls to 0 along a cosine.

    Parameters
    ----------
    network : FeedForward or Recurrent
    inputs : list of tensors, samples along the first axis
    classes : int64 tensor, shape (n_samples,)
    learning_rate : float
    batch_size, max_iter : int
    """
    n_batches = max(1, len(classes) // batch_size)
    optimizer = torch.optim.Adam(network.parameters(), learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max_iter * n_batches)
    network.train()
    for _ in range(max_iter):
        for rows in torch.randperm(len(classes)).tensor_split(n_batches):
            descend(network, optimizer, [x[rows].float() for x in inputs], classes[rows])
            schedule.step()


def time_training(lap, network, X, y, batch_size, n_batches):
    """Train for ever by the fused Adam, the fastest; a lap is so many mini-batches."""
    optimizer = torch.optim.Adam(network.parameters(), fused=True)
    while True:
        for rows in torch.randperm(len(X))[: batch_size * n_batches].split(batch_size):
            descend(network, optimizer, [X[rows]], y[rows])
        lap()


@torch.no_grad()
def predict(network, inputs):
    """Return the class of the largest logit, int64 array (n_samples,)."""
    network.eval()
    blocks = zip(*(x.split(PREDICT_ROWS) for x in inputs), strict=True)
    return torch.cat([network(*(x.float() for x in b)).argmax(dim=1) for b in blocks]).numpy()


def float_mlp(sizes):
    """Return layers of float weights with ReLU between them, for inference."""
    layers = []
    for n_inputs, n_outputs in pairwise(sizes):
        layers += [nn.Linear(n_inputs, n_outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1]).eval()
