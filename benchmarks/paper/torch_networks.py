"""Binary networks in PyTorch, trained through the clipped straight-through estimator."""

import torch
from torch import nn

from benchmarks.speed.torch_networks import sign

PREDICT_ROWS = 1000


class BinaryLayer(nn.Module):
    """Sums over sign weights, over the square root of the fan-in, and sign activations.

    Without the root nearly all sums would lie where the estimator lets no gradient pass.

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
        """Return the visible weights, for several steps of `forward`."""
        return [sign(weight) for weight in self.weights]

    def forward(self, *inputs, signs=None, step=0):
        """Return the activations, +-1."""
        sums = sum(x @ w.T for x, w in zip(inputs, signs or self.signs(), strict=True))
        return sign(self.norms[step](self.scale * sums))


class Network(nn.Module):
    """What both networks share: a fixed classifier of prototypes, as in BEP."""

    def __init__(self, prototypes):
        super().__init__()
        prototypes = torch.from_numpy(prototypes).float()
        self.register_buffer("prototypes", prototypes * prototypes.shape[1] ** -0.5)

    def classify(self, activations):
        """Return the logits P a over the square root of the width."""
        return activations @ self.prototypes.T


class FeedForward(Network):
    """Binary layers, each fed by the one below."""

    def __init__(self, n_inputs, widths, prototypes, batch_norm):
        super().__init__(prototypes)
        fan_ins = [n_inputs, *widths[:-1]]
        self.layers = nn.Sequential(
            *(BinaryLayer([n], k, batch_norm) for n, k in zip(fan_ins, widths, strict=True))
        )

    def forward(self, bits):
        """Return the logits of bits (n_samples, n_inputs)."""
        return self.classify(self.layers(bits))


class Recurrent(Network):
    """A binary recurrent layer, and an output layer over its last state."""

    def __init__(self, n_inputs, n_steps, width, prototypes, batch_norm):
        super().__init__(prototypes)
        self.width = width
        self.state = BinaryLayer([n_inputs, width], width, batch_norm, n_steps)
        self.output = BinaryLayer([width], width, batch_norm)

    def forward(self, bits, first):
        """Return the logits of bits (n_samples, n_steps, n_inputs) of series that begin at `first`.

        Until then the state is all +1.
        """
        state, signs = torch.ones(len(bits), self.width), self.state.signs()
        for t in range(bits.shape[1]):
            begun = (first <= t).nonzero().flatten()
            new = self.state(bits[begun, t], state[begun], signs=signs, step=t)
            state = state.index_put((begun,), new)
        return self.classify(self.output(state))


def train(network, inputs, classes, *, learning_rate, batch_size, max_iter):
    """Minimise the cross-entropy by Adam; the learning rate falls to 0 along a cosine.

    Latent weights are clipped to [-1, 1] after each step.

    Parameters
    ----------
    network : Network
    inputs : list of tensors, samples along the first axis
    classes : int64 tensor, shape (n_samples,)
    learning_rate : float
    batch_size, max_iter : int
    """
    n_batches = max(1, len(classes) // batch_size)
    optimizer = torch.optim.Adam(network.parameters(), learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max_iter * n_batches)
    latent = [w for m in network.modules() if isinstance(m, BinaryLayer) for w in m.weights]
    network.train()
    for _ in range(max_iter):
        for rows in torch.randperm(len(classes)).tensor_split(n_batches):
            logits = network(*(x[rows].float() for x in inputs))
            optimizer.zero_grad()
            nn.functional.cross_entropy(logits, classes[rows]).backward()
            optimizer.step()
            schedule.step()
            with torch.no_grad():
                for weight in latent:
                    weight.clamp_(-1, 1)


@torch.no_grad()
def predict(network, inputs):
    """Return the class of the largest logit, int64 array (n_samples,)."""
    network.eval()
    blocks = zip(*(x.split(PREDICT_ROWS) for x in inputs), strict=True)
    return torch.cat([network(*(x.float() for x in b)).argmax(dim=1) for b in blocks]).numpy()
