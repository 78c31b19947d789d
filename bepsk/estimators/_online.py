"""Learning from a stream row by row, in place."""

from numbers import Integral
from typing import NamedTuple

import numpy as np

from bepsk._quick_checks import is_plain
from bepsk._sklearn_compat import Interval
from bepsk._state import describe, is_settled, keep_checked, read_only, refuse
from bepsk.estimators._classifier import BEPClassifierMixin
from bepsk.estimators._encoding import append_bias
from bepsk.network import ContrastiveRule, FeedForwardNetwork
from bepsk.network.online import background_means, first_random, learn_rows, shrink

RANDOM_STATES = Interval(Integral, 1, 2**32, closed="left")


class Live(NamedTuple):
    """What learns in place.

    Parameters
    ----------
    weights : list of int16 arrays
        The `hidden_weights_` of the estimator: views of those of the network.
    network : FeedForwardNetwork
        Nobody else writes to its arrays.
    rule : ContrastiveRule
        By which it learns.
    means : packed bits
        Of the background rows.
    parameters : dict
        Those of the estimator, which have been checked.
    """

    weights: list
    network: FeedForwardNetwork
    rule: ContrastiveRule
    means: np.ndarray
    parameters: dict


class OnlineMixin(BEPClassifierMixin):
    """The parameters `online` and `weight_bits` of a feed-forward classifier."""

    online: bool
    weight_bits: int
    hidden_weights_: list
    _random: int | None

    _online_constraints: dict = {  # noqa: RUF012
        "online": ["boolean"],
        "weight_bits": [Interval(Integral, 8, 16, closed="both")],
    }

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train one pass over a chunk of samples; the first chunk also fits the encoder.

        With `online` rows are learned from one after the other, in the order of X: a call with
        many rows equals as many calls with one.

        Parameters for several epochs have no effect here: `max_iter`, `annealing`,
        `group_patience`, `early_stopping`, `n_iter_no_change`, `warm_start` and `verbose`.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            What the encoder accepts; numbers for the built-in ones.
        y : array-like, shape (n_samples,)
            Labels, all of them in `classes`.
        classes : array-like, shape (n_classes,), default=None
            All labels of all chunks; required in the first call.
        sample_weight : array-like, shape (n_samples,), default=None
            As in `fit`, but never scaled; not with `online`.

        Returns
        -------
        self : estimator
            The fitted estimator.

        Raises
        ------
        ValueError
            If the input is invalid; the estimator stays as it was.
        """
        if sample_weight is not None or not self._learn_plain_rows(X, y, classes):
            super().partial_fit(X, y, classes, sample_weight)
        return self

    def _learn_plain_rows(self, X, y, classes):
        """Learn from rows that need no checks, and say whether that could be done."""
        if not (self._is_live() and is_plain(self, X) and self._are_plain(classes)):
            return False
        indices = plain_indices(y, self.classes_)
        if indices is None or len(indices) != len(X):
            return False
        inputs, n_bits = self._encode_input(X)
        self._learn_rows(append_bias(inputs, n_bits, self.n_bias_), indices)
        return True

    def _fit_chunk(self, X, y, sample_weight, first):
        if first or not self.online:
            super()._fit_chunk(X, y, sample_weight, first)
            return
        rule = self.make_rule()
        self._check_online(sample_weight)
        self._widths()
        self._settle_to_train()
        X, y = self._check_samples(X, y, reset=False)
        inputs, indices = self._read(X), self._encode_y(y)
        self._go_live(rule)
        self._learn_rows(inputs, indices)

    def _check_online(self, sample_weight):
        if self.rule == "paper":
            raise ValueError(
                "online=True belongs to rule='contrastive'; set that, or online=False."
            )
        for name, value in [("sample_weight", sample_weight), ("class_weight", self.class_weight)]:
            if value is not None:
                raise ValueError(
                    f"{name} must be None with online=True, which takes each row once; repeat a "
                    "row instead."
                )

    def _go_live(self, rule):
        """Learn in arrays of its own from here on."""
        network = self._resume(self.hidden_weights_[0].shape[1])[0]
        network.layers[0].input_means = None
        if self._random is None:  # the first row since fit
            self._random = first_random(self._seed)
            network = network.with_layers([shrink(layer) for layer in network.layers])
        self.hidden_weights_ = [read_only(layer.hidden_weights) for layer in network.layers]
        self._visible_weights = [layer.visible_weights for layer in network.layers]
        means = background_means(self._bit_counts, network.layers[0].n_inputs)
        self._live = Live(self.hidden_weights_, network, rule, means, self.get_params(deep=False))
        keep_checked(self)

    def _is_live(self):
        live, now = vars(self).get("_live"), vars(self)
        return (
            live is not None
            and live.weights is now["hidden_weights_"]
            and all(now[name] is value for name, value in live.parameters.items())
            and is_settled(self)
        )

    def _learn_rows(self, inputs, indices):
        live = self._live
        self._random = learn_rows(
            live.network, inputs, indices, live.rule, live.means, self._random
        )
        self._windows = [layer.windows for layer in live.network.layers]
        self.t_ += len(indices)
        self.n_iter_ += 1

    def _start(self, data, n_bits, seed):
        self._random = None
        network, progress = super()._start(data, n_bits, seed)
        return self._limited(network), progress

    def _resume(self, n_bits):
        network, progress = super()._resume(n_bits)
        return self._limited(network), progress

    def _limited(self, network):
        for layer in network.layers:
            layer.limit = 2 ** (self.weight_bits - 1) - 1
        return network

    def _check_progress(self):
        super()._check_progress()
        self._random = vars(self).get("_random")
        if not (self._random is None or RANDOM_STATES.is_satisfied_by(self._random)):
            refuse(self, "_random", f"None or {RANDOM_STATES}", describe(self._random))

    def _are_plain(self, classes):
        return classes is None or np.array_equal(classes, self.classes_)

    def __copy__(self):
        self.__dict__.pop("_live", None)  # the next row makes new arrays: these have two owners
        return super().__copy__()


def plain_indices(y, classes):
    """Return the index of each label, intp (n_samples,); None unless that needs no checks."""
    y = np.asarray(y)
    if y.ndim != 1 or y.dtype != classes.dtype or y.dtype.kind not in "biuUS":
        return None
    indices = np.minimum(np.searchsorted(classes, y), len(classes) - 1)
    return indices if (classes[indices] == y).all() else None
