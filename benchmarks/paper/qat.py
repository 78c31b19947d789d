"""Quantisation-aware training (QAT) of the same networks, as scikit-learn estimators.

PyTorch is needed only to fit and predict.
"""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from benchmarks.common import series_signs
from bepsk import BEPRNNClassifier
from bepsk.network.frame import equiangular_frame
from bepsk.network.randomness import Stream, derive_key


class BaseQATClassifier(ClassifierMixin, BaseEstimator):
    """What both share; a subclass makes the network (`_start`) and its inputs (`_inputs`)."""

    def fit(self, X, y):
        """Train from scratch."""
        import torch

        from benchmarks import torch_networks

        torch.manual_seed(self.random_state)
        torch.set_num_threads(1)
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.network_, inputs = self._start(X, y)
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


class QATClassifier(BaseQATClassifier):
    """Binary multilayer perceptron over bits (0 / 1), trained by gradients of latent floats.

    Parameters
    ----------
    hidden_layer_sizes : tuple of int
    batch_norm : bool, default=False
    learning_rate : float, default=1e-3
    batch_size : int, default=100
    max_iter : int, default=20
        Epochs.
    random_state : int, default=0
    """

    def __init__(
        self,
        hidden_layer_sizes,
        *,
        batch_norm=False,
        learning_rate=1e-3,
        batch_size=100,
        max_iter=20,
        random_state=0,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.batch_norm = batch_norm
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.random_state = random_state

    def _start(self, X, y):
        from benchmarks.torch_networks import FeedForward

        widths = self.hidden_layer_sizes
        top = self._classifier(widths[-1])
        return FeedForward(X.shape[1], widths, top, self.batch_norm), self._inputs(X)

    def _inputs(self, X):
        import torch

        return [torch.from_numpy(2 * X.astype(np.int8) - 1)]


class QATRNNClassifier(BaseQATClassifier):
    """Binary recurrent network over the steps and bits that `BEPRNNClassifier` reads.

    Parameters
    ----------
    hidden_size : int, default=512
    batch_norm, learning_rate, batch_size, max_iter, random_state
        As in `QATClassifier`.
    """

    def __init__(
        self,
        hidden_size=512,
        *,
        batch_norm=False,
        learning_rate=1e-3,
        batch_size=20,
        max_iter=50,
        random_state=0,
    ):
        self.hidden_size = hidden_size
        self.batch_norm = batch_norm
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.random_state = random_state

    def _start(self, X, y):
        from benchmarks.torch_networks import Recurrent

        # One epoch of BEP, for the sake of its fitted encoder.
        reader = BEPRNNClassifier(self.hidden_size, max_iter=1, random_state=self.random_state)
        self.reader_ = reader.fit(X, y)
        inputs = self._inputs(X)
        _, n_steps, n_bits = inputs[0].shape
        top = self._classifier(self.hidden_size)
        return Recurrent(n_bits, n_steps, self.hidden_size, top, self.batch_norm), inputs

    def _inputs(self, X):
        import torch

        return [*map(torch.from_numpy, series_signs(self.reader_, X))]
