"""Classification: from labels to classes, and from logits to labels, scores and probabilities."""

import numpy as np
from scipy.special import log_softmax, softmax
from sklearn.base import ClassifierMixin

from bepsk._all_or_nothing import all_or_nothing
from bepsk._sklearn_compat import StrOptions, check_partial_fit_first_call, fit_context
from bepsk._state import describe, read_only, refuse, settle_array
from bepsk.estimators._calibration import fit_temperature, smoothed_losses
from bepsk.estimators._rule import is_auto
from bepsk.estimators._scoring import SCORES, make_scorer
from bepsk.estimators._state import POSITIVE
from bepsk.estimators._validation import (
    check_announced,
    check_classes,
    check_labels,
    encode_labels,
    weigh_samples,
)
from bepsk.network import ClassTargets
from bepsk.network.randomness import Stream, derive_key, random_permutation

CALIBRATION_ROWS = 5000
"""One temperature needs no more samples."""


class LogitClassifierMixin(ClassifierMixin):
    """Predictions of a classifier, from its logits, `classes_` and `temperature_`.

    A subclass supplies `_logits(X)`, integers (n_samples, n_classes), and the largest that they
    can be, `_n_outputs`.
    """

    def predict(self, X):
        """Predict the label with the largest logit, the first of equals.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            Samples, as in `fit`.

        Returns
        -------
        y : ndarray, shape (n_samples,)
            The predicted labels.
        """
        winners = self._logits(X).argmax(axis=1)
        return self.classes_[winners]

    def decision_function(self, X):
        """Return the logits y = P a_L divided by the width of the last layer, in [-1, 1].

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            Samples, as in `fit`.

        Returns
        -------
        scores : float64 array, shape (n_samples, n_classes)
            With two classes the second column minus the first, shape (n_samples,), in [-2, 2].
        """
        scores = self._logits(X) / self._n_outputs
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def predict_proba(self, X):
        """Return probabilities: a softmax of the logits over `temperature_`.

        The temperature minimises the log loss on the validation samples, on 5000 of them at most.
        Without any, `BEPMLPClassifier` takes it from its probe; where there is none either, the
        training samples decide.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            Samples, as in `fit`.

        Returns
        -------
        probabilities : float64 array, shape (n_samples, n_classes)
            One column per class, in the order of `classes_`.
        """
        return softmax(self._logits(X) / settled_temperature(self), axis=1)

    def predict_log_proba(self, X):
        """Return the logarithm of `predict_proba`.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            Samples, as in `fit`.

        Returns
        -------
        log_probabilities : float64 array, shape (n_samples, n_classes)
            One column per class, in the order of `classes_`.
        """
        return log_softmax(self._logits(X) / settled_temperature(self), axis=1)


def are_classes(values, n):
    """Say whether values are a vector of n different labels in ascending order."""
    try:
        return np.shape(values) == (n,) and np.array_equal(np.unique(values), values)
    except TypeError:  # labels of types that do not compare
        return False


def settled_temperature(estimator):
    """Return `temperature_`; ValueError unless it is a number above 0."""
    temperature = getattr(estimator, "temperature_", None)
    if not POSITIVE.is_satisfied_by(temperature):
        refuse(estimator, "temperature_", POSITIVE, describe(temperature))
    return temperature


class BEPClassifierMixin(LogitClassifierMixin):
    """The targets of a BEP estimator that classifies."""

    temperature_: float

    _class_parameter_constraints: dict = {  # noqa: RUF012
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "scoring": [StrOptions({"auto", "accuracy", *SCORES}), callable],
    }

    @all_or_nothing
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train one pass over a chunk of samples; the first chunk also fits the encoder.

        Parameters for several epochs have no effect here: `max_iter`, `annealing`,
        `group_patience`, `early_stopping`, `n_iter_no_change`, `warm_start` and `verbose`.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            Samples, as in `fit`.
        y : array-like, shape (n_samples,)
            Labels, all of them in `classes`.
        classes : array-like, shape (n_classes,), default=None
            All labels of all chunks; required in the first call.
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
        self._learn_chunk(X, y, classes, sample_weight)

    # Under the name of partial_fit, the parameters of a fitted estimator would not be validated.
    @fit_context(prefer_skip_nested_validation=False)
    def _learn_chunk(self, X, y, classes, sample_weight):
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' needs all the data at once; for partial_fit give a "
                "dict of weights or sample_weight."
            )
        if classes is not None:
            classes = check_announced(classes)
        self._fit_chunk(X, y, sample_weight, check_partial_fit_first_call(self, classes))

    def _check_y(self, X, y):
        return check_labels(X, y)

    def _learn_y(self, y, resume):
        classes = np.unique(y)
        if not resume:
            self.classes_ = check_classes(classes)
        elif not np.array_equal(classes, self.classes_):
            raise ValueError(
                f"warm_start=True needs the labels of the previous fit, {self.classes_}; "
                f"y holds {classes}."
            )

    def _weigh(self, y, sample_weight):
        return weigh_samples(y, sample_weight, self.class_weight, self.classes_)

    def _encode_y(self, y):
        return encode_labels(y, self.classes_)

    def _strata(self, y):
        return y

    def _make_scorer(self, X_val, y_val, progress):
        scoring = self.scoring
        if is_auto(scoring):
            scoring = "balanced_accuracy" if self.class_weight is None else "accuracy"
        return make_scorer(scoring, self, X_val, y_val, progress)

    def _judge(self, network, data):
        """Return the log loss of each sample, and the temperature per neuron that suits them."""
        logits = network.logits(data.inputs, self._n_threads())
        n_neurons = network.targets.n_outputs
        temperature = fit_temperature(logits, data.y, data.sample_weight, n_neurons)
        return smoothed_losses(temperature, logits, data.y), temperature / n_neurons

    def _make_targets(self, n_outputs, seed):
        return ClassTargets.random(len(self.classes_), n_outputs, derive_key(seed, Stream.FRAME))

    def _keep_targets(self, targets):
        self.prototypes_ = read_only(np.ascontiguousarray(targets.prototypes, dtype=np.int8))
        self._packed_prototypes = ClassTargets(self.prototypes_).panels

    def _settle_targets(self, n_outputs):
        prototypes = settle_array(self, "prototypes_", np.int8, (None, None))
        if prototypes.shape[1] != n_outputs:
            expected = f"an array of {n_outputs} columns, as many as hidden_weights_[-1] has rows"
            refuse(self, "prototypes_", expected, describe(prototypes))
        if (np.abs(prototypes) != 1).any():
            refuse(self, "prototypes_", "-1 and +1", "other values")
        classes = vars(self).get("classes_")
        if not are_classes(classes, len(prototypes)):
            expected = f"an array of {len(prototypes)} labels in ascending order"
            refuse(self, "classes_", expected, describe(classes))
        if "temperature_" in vars(self):
            settled_temperature(self)
        self._packed_prototypes = ClassTargets(prototypes).panels

    def _restore_targets(self):
        return ClassTargets(self.prototypes_, self._packed_prototypes)

    @property
    def _n_outputs(self):
        return self.prototypes_.shape[1]

    def _calibrate(self, network, data, memory=0.0):
        """Fit the temperature; the previous one keeps a share `memory`, on a logarithmic scale."""
        rows = np.arange(len(data.y))
        if len(rows) > CALIBRATION_ROWS:
            key = derive_key(self._seed, Stream.CALIBRATION)
            rows = random_permutation(key, len(rows))[:CALIBRATION_ROWS]
        logits = network.logits(data.inputs[rows], self._n_threads())
        temperature = fit_temperature(
            logits, data.y[rows], data.sample_weight[rows], self._n_outputs
        )
        if memory and "temperature_" in vars(self):
            temperature = settled_temperature(self) ** memory * temperature ** (1 - memory)
        self.temperature_ = temperature
