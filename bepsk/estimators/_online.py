"""Learning from a stream row by row, in place."""

from copy import copy
from numbers import Integral
from typing import NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from bepsk._quick_checks import is_plain
from bepsk._sklearn_compat import Interval, has_callbacks
from bepsk._state import describe, is_settled, keep_checked, read_only, refuse
from bepsk.estimators._classifier import BEPClassifierMixin
from bepsk.estimators._encoding import append_bias
from bepsk.network.online import OnlineLearner, background_means, first_random, shrink
from bepsk.training import Report

ONCE = "must be None with online=True, which takes each row once; repeat a row instead."
MOST_BITS = 16
RANDOM_STATES = Interval(Integral, 1, 2**32, closed="left")


class Live(NamedTuple):
    """What learns in place.

    Parameters
    ----------
    weights : list of int16 arrays
        The `hidden_weights_` of the estimator: views of those of the learner.
    learner : OnlineLearner
        Nobody else writes to its arrays.
    parameters : dict
        Those of the estimator, which have been checked.
    """

    weights: list
    learner: OnlineLearner
    parameters: dict


class OnlineMixin(BEPClassifierMixin):
    """The parameters `online` and `weight_bits` of a feed-forward classifier."""

    online: bool
    weight_bits: int
    hidden_weights_: list
    _random: int | None

    _online_constraints: dict = {  # noqa: RUF012
        "online": ["boolean"],
        "weight_bits": [Interval(Integral, 8, MOST_BITS, closed="both")],
    }

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train one pass over a chunk of samples; the first chunk also fits the encoder.

        With `online` rows are learned from one after the other, in the order of X: a call with
        many rows equals as many calls with one.

        Parameters for several epochs have no effect here: `max_iter`, `annealing`,
        `group_patience`, `early_stopping`, `n_iter_no_change` and `warm_start`.

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
        KeyboardInterrupt
            On Ctrl-C. With `online` and a small array of plain numbers, what has been learned
            before it is kept; otherwise the estimator stays as it was.
        """
        if sample_weight is not None or not self._learn_plain_rows(X, y, classes):
            super().partial_fit(X, y, classes, sample_weight)
        return self

    def _learn_plain_rows(self, X, y, classes):
        """Learn from rows that need no checks, and say whether that could be done."""
        if has_callbacks(self) or not (
            self._is_live() and is_plain(self, X) and self._are_plain(classes)
        ):
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
        if sample_weight is not None:
            raise ValueError(f"sample_weight {ONCE}")
        self._widths()
        learner = self.make_learner()
        X, y = self._check_samples(X, y, reset=False)
        inputs, indices = self._read(X), self._encode_y(y)
        self.keep_learner(learner)
        self._learn_rows(inputs, indices)

    def make_learner(self):
        """Return what `partial_fit` learns with under `online`, a copy.

        Returns
        -------
        learner : OnlineLearner
            Its `learn` does what `partial_fit` would do next.

        Raises
        ------
        ValueError
            If a parameter is set that `online` has no use for.
        """
        rule = self.make_rule()
        if self.rule == "paper":
            raise ValueError(
                "online=True belongs to rule='contrastive'; set that, or online=False."
            )
        if self.class_weight is not None:
            raise ValueError(f"class_weight {ONCE}")
        check_is_fitted(self)
        model = copy(self)
        model._settle_to_train()
        network = model._resume(model.hidden_weights_[0].shape[1])[0]
        self._saturate(network)
        network.layers[0].input_means = None
        random = model._random
        if random is None:  # the first row since fit
            random = first_random(model._seed)
            network = network.with_layers([shrink(x, self._limit) for x in network.layers])
        means = background_means(model._bit_counts, network.layers[0].n_inputs)
        return OnlineLearner(network, rule, means, random)

    def keep_learner(self, learner):
        """Predict, and go on learning, with a learner.

        Parameters
        ----------
        learner : OnlineLearner
            One that `make_learner` returned, whatever it has learned since; not copied.
        """
        layers = learner.network.layers
        self.hidden_weights_ = [read_only(layer.hidden_weights) for layer in layers]
        self._visible_weights = [layer.visible_weights for layer in layers]
        self._live = Live(self.hidden_weights_, learner, self.get_params(deep=False))
        self._keep_progress_of(learner)
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
        live = self.__dict__.pop("_live")  # after an interrupt the next row begins with attributes
        report = Report(self.verbose)
        try:
            live.learner.learn(inputs, indices)
        finally:  # what has been learned before it is kept
            self._keep_progress_of(live.learner)
        self.t_ += len(indices)
        self.n_iter_ += 1
        report.chunk(self.n_iter_, len(indices), live.learner.network)
        self._live = live

    def _keep_progress_of(self, learner):
        self._random = learner.random
        self._windows = [layer.windows for layer in learner.network.layers]

    def _start(self, *arguments):
        self._random = None
        return super()._start(*arguments)

    def _keep(self, network, progress):
        if self.weight_bits < MOST_BITS:
            network = network.with_layers(list(map(self._within_bits, network.layers)))
        return super()._keep(network, progress)

    def _within_bits(self, layer):
        limit = self._limit
        return shrink(layer, limit) if np.abs(layer.hidden_weights).max() > limit else layer

    def _saturate(self, network):
        for layer in network.layers:
            layer.limit = self._limit

    @property
    def _limit(self):
        return 2 ** (int(self.weight_bits) - 1) - 1

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
