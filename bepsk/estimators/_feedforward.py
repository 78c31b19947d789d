"""What the estimators over a multilayer perceptron share."""

from itertools import pairwise
from numbers import Integral

import numpy as np

from bepsk._sklearn_compat import Interval, StrOptions
from bepsk.encoders import LocalPatchEncoder, flatten_images
from bepsk.estimators._base import BaseBEPEstimator
from bepsk.estimators._categories import CATEGORICAL, with_categories
from bepsk.network import FeedForwardNetwork
from bepsk.training.mapped import memory_map, row_blocks, store_bits
from bepsk.training.schedules import nearest_divisor


class BaseFeedForwardEstimator(BaseBEPEstimator):
    """Train a multilayer perceptron of `hidden_layer_sizes`."""

    _parameter_constraints: dict = {  # noqa: RUF012
        **BaseBEPEstimator._parameter_constraints,
        "categorical_features": CATEGORICAL,
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "group_size": [
            "array-like",
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
        "group_patience": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
            None,
        ],
    }
    _paper_defaults: dict = BaseBEPEstimator._paper_defaults | {"group_patience": 3}
    _width_parameters = "hidden_layer_sizes"
    _mean_slope = 3
    _probed_noise = 1 / 4

    def make_network(self, n_inputs, seed):
        """Draw the network that `fit` trains; a subclass may draw another.

        Parameters
        ----------
        n_inputs : int
            Number of bits of an encoded sample, the last `n_bias_` of them constant.
        seed : int
            Seed of the weights.

        Returns
        -------
        network : FeedForwardNetwork
            Not trained yet.
        """
        targets = self._restore_targets()
        return FeedForwardNetwork.random(
            n_inputs, self._widths(), targets, seed, n_bias=self.n_bias_
        )

    def _check_input(self, X, reset):
        if isinstance(self.encoder, LocalPatchEncoder):
            X = flatten_images(X, self.encoder.image_shape)
        return super()._check_input(X, reset)

    def _encode_to_train(self, X, first):
        if memory_map(X) is None:
            return super()._encode_to_train(X, first)
        bits, n_done = None, 0
        for rows in row_blocks(X):
            inputs, n_bits = super()._encode_to_train(rows, first)
            if bits is None:
                bits, first = store_bits(len(X), inputs.shape[1]), False
            bits[n_done : n_done + len(rows)] = inputs
            n_done += len(rows)
        return bits, n_bits

    def _fit_encoder(self, X, y, seed, encoder):
        encoder = with_categories(self._make_encoder(encoder), X, self.categorical_features)
        super()._fit_encoder(X, y, seed, encoder)

    def _restore_network(self, layers, targets):
        return FeedForwardNetwork(layers, targets)

    def _shapes(self, n_inputs, widths):
        return [(n_neurons, fan_in) for fan_in, n_neurons in pairwise([n_inputs, *widths])]

    def _widths(self):
        return positive_integers(self.hidden_layer_sizes, "hidden_layer_sizes")

    def _group_sizes(self, widths):
        return group_sizes(self.group_size, widths)

    def _auto_batch_size(self, n_samples):
        return int(np.clip(n_samples // 50, 10, 100))


def positive_integers(values, name):
    """Return an int or a sequence of ints as a list; ValueError unless all are >= 1."""
    values = np.atleast_1d(values)
    if values.ndim != 1 or not len(values) or values.dtype.kind not in "iu" or values.min() < 1:
        raise ValueError(f"{name} must be an integer >= 1 or a sequence of them; got {values}.")
    return values.tolist()


def group_sizes(group_size, widths):
    """Return the group size of each layer for the parameter `group_size`."""
    if isinstance(group_size, str):
        return [nearest_divisor(width, 1.4 * width**0.5) for width in widths]
    sizes = positive_integers(group_size, "group_size")
    if len(sizes) == 1:
        sizes *= len(widths)
    if len(sizes) != len(widths):
        raise ValueError(
            f"group_size has {len(sizes)} values for {len(widths)} hidden layers; give one "
            "number or one per layer."
        )
    if any(size > width for size, width in zip(sizes, widths, strict=True)):
        raise ValueError(
            f"group_size={group_size} must not exceed the width of its hidden layer, {widths}."
        )
    return sizes
