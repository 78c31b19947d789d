"""The training step of a feed-forward network under the contrastive rule, in one call of a kernel.

`BinaryNetwork.learn` does the same in readable steps; the two are alike, bit for bit.
"""

from math import isqrt

import numpy as np

from bepsk.kernels import step
from bepsk.network.contrastive_rule import ContrastiveRule
from bepsk.network.noise import SILENCE
from bepsk.network.targets import ClassTargets
from bepsk.network.threads import usable_threads


def applies(network, rule):
    """Say whether `learn` knows the rule and the targets: those of a subclass may differ."""
    return type(rule) is ContrastiveRule and type(network.targets) is ClassTargets


def learn(
    network,
    inputs,
    y,
    sample_weight,
    rule,
    *,
    error=1.0,
    share=1.0,
    key=0,
    n_threads=1,
    noise=SILENCE,
):
    """Learn from a mini-batch, see `BinaryNetwork`; `error` and `share` do not touch this rule."""
    n_threads = usable_threads(n_threads)
    windows = [layer.windows.copy() for layer in network.layers]
    arrays = [
        (
            layer.hidden_weights,
            layer.visible_weights,
            layer.transposed(n_threads) if index else layer.columns,
            windows[index],
            layer.input_means,
            isqrt(layer.n_inputs),
            layer.limit,
            layer.n_bias,
        )
        for index, layer in enumerate(network.layers)
    ]
    targets = network.targets
    counts = step.contrastive_step(
        np.ascontiguousarray(inputs),
        np.ascontiguousarray(y),
        np.ascontiguousarray(sample_weight),
        arrays,
        targets.panels,
        targets.packed_prototypes,
        rule.margin * targets.n_outputs,
        rule.share,
        noise.share,
        noise.key,
        np.ascontiguousarray(noise.rows),
        key,
        n_threads,
    )
    for layer, widths in zip(network.layers, windows, strict=True):
        layer.windows = widths
    return counts
