"""Quantisation-aware training (QAT) of the same networks, as scikit-learn estimators.

PyTorch is needed only to fit and predict.
"""

from dataclasses import dataclass, field

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from benchmarks.common import series_signs
from bepsk import BEPRNNClassifier
from bepsk.network.frame import equiangular_frame
from bepsk.network.randomness import Stream, derive_key


@dataclass(eq=False, repr=False, kw_only=True)
class BaseQATClassifier(ClassifierMixin, BaseEstimator):
    """What both share; a subclass makes the inputs (`_inputs`) and the network (`_network`).

    Parameters
    ----------
    batch_norm : bool
    learning_rate : float
    batch_size : int
    max_iter : int
        Epochs.
    random_state : int
    """

    batch_norm: bool = False
    learning_rate: float = 1e-3
    batch_size: int = 100
    max_iter: int = 20
    random_state: int = 0

    def fit(self, X, y):
        """Train from scratch."""
        import torch

        from benchmarks import torch_networks

        torch.manual_seed(self.random_state)
        torch.set_num_threads(1)
        self.classes_, codes = np.unique(y, return_inverse=True)
        inputs = self._inputs(X)
        self.network_ = self._network(*inputs[0].shape[1:])
        torch_networks.train(
            self.network_,
            inputs,
            torch.from_numpy(codes),
            learning_rate=self.learning_rate,
            batch_size=self.batch_size,
            max_iter=self.max_iter,
        )
        return self

    def predict(self, X):
        """Predict labels."""
        from benchmarks import torch_networks

        return self.classes_[torch_networks.predict(self.network_, self._inputs(X))]

    def _classifier(self, width):
        from benchmarks.torch_networks import FixedClassifier

        key = derive_key(self.random_state, Stream.FRAME)
        return FixedClassifier(equiangular_frame(len(self.classes_), width, key))


@dataclass(eq=False, repr=False)
class QATClassifier(BaseQATClassifier):
    """Binary multilayer perceptron over bits (0 / 1), trained by gradients of latent floats."""

    hidden_layer_sizes: tuple

    def _inputs(self, X):
        import torch

        return [torch.from_numpy(2 * X.astype(np.int8) - 1)]

    def _network(self, n_bits):
        from benchmarks.torch_networks import FeedForward

        widths = self.hidden_layer_sizes
        return FeedForward(n_bits, widths, self._classifier(widths[-1]), self.batch_norm)


@dataclass(eq=False, repr=False)
class QATRNNClassifier(BaseQATClassifier):
    """Binary recurrent network over the steps and bits that `BEPRNNClassifier` reads."""

    hidden_size: int = 512
    batch_size: int = field(default=20, kw_only=True)
    max_iter: int = field(default=50, kw_only=True)

    def fit(self, X, y):
        """Train from scratch, after an epoch of BEP for the sake of its fitted encoder."""
        reader = BEPRNNClassifier(self.hidden_size, max_iter=1, random_state=self.random_state)
        self.reader_ = reader.fit(X, y)
        return super().fit(X, y)

    def _inputs(self, X):
        import torch

        return [*map(torch.from_numpy, series_signs(self.reader_, X))]

    def _network(self, n_steps, n_bits):
        from benchmarks.torch_networks import Recurrent

        width = self.hidden_size
        return Recurrent(n_bits, n_steps, width, self._classifier(width), self.batch_norm)
