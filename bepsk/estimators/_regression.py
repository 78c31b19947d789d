"""Regression: from numbers to thresholds, and from bits to numbers."""

from numbers import Real

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import check_consistent_length, column_or_1d

from bepsk._all_or_nothing import all_or_nothing
from bepsk._numbers import about, check_numbers
from bepsk._sklearn_compat import Interval, fit_context
from bepsk._state import check_attributes, read_only, refuse, settle_array, settled
from bepsk.estimators._rule import is_auto
from bepsk.estimators._state import NUMBER, POSITIVE
from bepsk.estimators._validation import weigh_samples
from bepsk.estimators._watch import chunk_task
from bepsk.network import NumberTargets
from bepsk.network.randomness import Stream, derive_key

MAX_SUM = 2**31 - 1


class BEPRegressorMixin(RegressorMixin):
    """The targets of a BEP estimator that predicts numbers."""

    _number_parameter_constraints: dict = {  # noqa: RUF012
        "epsilon": [Interval(Real, 0, 1, closed="left")],
    }

    @all_or_nothing
    def partial_fit(self, X, y, sample_weight=None):
        """Train one pass over a chunk of samples; the first chunk also fits the encoder.

        The first chunk also sets the thresholds, and with them the range of the predictions: it
        should be as varied as what follows. Parameters for several epochs have no effect here:
        `max_iter`, `annealing`, `group_patience`, `early_stopping`, `n_iter_no_change` and
        `warm_start`.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            Samples, as in `fit`.
        y : array-like, shape (n_samples,)
            Numbers.
        sample_weight : array-like, shape (n_samples,), default=None
            As in `fit`, but never scaled.

        Returns
        -------
        self : estimator
            The fitted estimator.

        Raises
        ------
        ValueError
            If the input is invalid; the estimator stays as it was.
        """
        self._learn_chunk(X, y, sample_weight)

    # Under the name of partial_fit, the parameters of a fitted estimator would not be validated.
    @fit_context(prefer_skip_nested_validation=False)
    def _learn_chunk(self, X, y, sample_weight):
        with chunk_task(self, X, y, sample_weight):
            self._fit_chunk(X, y, sample_weight, first=not hasattr(self, "hidden_weights_"))

    def predict(self, X):
        """Predict a number for each sample.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            Samples, as in `fit`.

        Returns
        -------
        y : float64 array, shape (n_samples,)
            `offset_` plus `scale_` times the sum of the `widths_` of the neurons of the last layer
            that are up. A neuron within 3 sqrt(fan-in) of its threshold counts in part.
        """
        model = settled(self)
        return model._restore_targets().predict(model._logits(X))

    def _rule_options(self):
        return {"margin": self.epsilon}

    def _annealing(self):
        return 0 if is_auto(self.annealing) else self.annealing

    def _check_y(self, X, y):
        return check_targets(X, y)

    def _learn_y(self, y, resume):
        """Nothing yet: `_fit_targets` sees the training samples alone."""

    def _weigh(self, y, sample_weight):
        return weigh_samples(y, sample_weight, None, None)

    def _encode_y(self, y):
        return y

    def _strata(self, y):
        return None

    def _judge(self, network, data):
        """Return the squared error of each sample; there is no temperature."""
        levels = network.logits(data.inputs, self._n_threads())
        return network.targets.losses(levels, data.y), None

    def _fit_targets(self, data, seed):
        key = derive_key(seed, Stream.FRAME)
        self._keep_targets(NumberTargets.from_sample(data.y, self._widths()[-1], key))

    def _keep_targets(self, targets):
        self.thresholds_ = read_only(targets.thresholds)
        self.widths_ = read_only(targets.widths)
        self.offset_, self.scale_ = targets.offset, targets.scale

    def _source_objects(self):
        names = "thresholds_", "widths_", "offset_", "scale_"
        return [*map(vars(self).get, names), *super()._source_objects()]

    def _settle_targets(self, n_outputs):
        thresholds = settle_array(self, "thresholds_", np.float64, (n_outputs,))
        if not np.isfinite(thresholds).all():
            refuse(self, "thresholds_", "finite numbers", "others")
        widths = settle_array(self, "widths_", np.int32, (n_outputs,))
        if widths.min() < 0 or widths.sum(dtype=np.int64) > MAX_SUM:
            refuse(self, "widths_", f"integers >= 0 of a sum <= {MAX_SUM}", "others")
        check_attributes(self, {"offset_": NUMBER, "scale_": POSITIVE})

    def _restore_targets(self):
        return NumberTargets(self.thresholds_, self.widths_, self.offset_, self.scale_)

    def _calibrate(self, network, data, memory=0.0):
        """Nothing to calibrate."""


def check_targets(X, y):
    """Return y as float64, one number per sample of X; ValueError if it is none."""
    if y is None:
        raise ValueError("The estimator requires y to be passed, but the target y is None.")
    if any(isinstance(value, (str, bytes)) for value in np.asarray(y, dtype=object).flat):
        raise ValueError(
            "y must hold numbers; got strings. BEPMLPClassifier takes labels; to convert digits "
            "in strings, use numpy.asarray(y, dtype=float)."
        )
    remedy = "Drop samples without a target."
    numbers = check_numbers(y, name="y", missing=remedy, ensure_2d=False, ensure_min_samples=0)
    with about("y"):
        y = column_or_1d(numbers, warn=True).astype(np.float64)
    with about("X and y"):
        check_consistent_length(X, y)
    if len(y) == 0:
        raise ValueError("Found 0 sample(s) in X and y while at least 1 is needed.")
    with np.errstate(over="ignore"):
        if not np.isfinite(2 * (y.max() - y.min())):
            raise ValueError("y must span less than 1e308. Divide it by a constant.")
    return y
