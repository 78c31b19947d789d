"""Classification: from labels to classes, and from logits to labels, scores and probabilities."""

import numpy as np
from scipy.special import expit, log_expit, log_softmax, softmax
from sklearn.base import ClassifierMixin

from bepsk._all_or_nothing import all_or_nothing
from bepsk._sklearn_compat import StrOptions, check_partial_fit_first_call, fit_context
from bepsk._state import describe, read_only, refuse, settle_array
from bepsk.estimators._calibration import fit_temperature, smoothed_losses
from bepsk.estimators._labels import as_pairs, check_columns, check_matrix, count_columns
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
from bepsk.estimators._watch import chunk_task
from bepsk.network import ClassTargets, LabelTargets
from bepsk.network.randomness import Stream, derive_key, random_permutation

CALIBRATION_ROWS = 5000
"""One temperature needs no more samples."""


class LogitClassifierMixin(ClassifierMixin):
    """Predictions of a classifier, from its logits, `classes_` and `temperature_`.

    A subclass supplies `_logits(X)`, integers (n_samples, n_classes), the largest that they can be,
    `_n_outputs`, and whether samples have several labels, `_several`.
    """

    def predict(self, X):
        """Predict the label with the largest logit, the first of equals; or whether each is there.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            Samples, as in `fit`.

        Returns
        -------
        y : ndarray, shape (n_samples,)
            The predicted labels. Of several per sample int64, shape (n_samples, n_labels): 1 where
            the logit is above 0.
        """
        logits = self._logits(X)
        if self._several:
            return (logits > 0).astype(np.int64)
        return self.classes_[logits.argmax(axis=1)]

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
            With several labels per sample one column per label, above 0 for yes.
        """
        scores = self._logits(X) / self._n_outputs
        if len(self.classes_) == 2 and not self._several:
            return scores[:, 1] - scores[:, 0]
        return scores

    def predict_proba(self, X):
        """Return probabilities: a softmax of the logits over `temperature_`.

        With several labels per sample each has a probability of its own, a softmax of z and -z,
        where z is its logit.

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
        logits = self._logits(X) / settled_temperature(self)
        return expit(2 * logits) if self._several else softmax(logits, axis=1)

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
        logits = self._logits(X) / settled_temperature(self)
        return log_expit(2 * logits) if self._several else log_softmax(logits, axis=1)


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
        `group_patience`, `early_stopping`, `n_iter_no_change` and `warm_start`.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            Samples, as in `fit`.
        y : array-like, shape (n_samples,) or (n_samples, n_labels)
            Labels, all of them in `classes`; or 0 and 1, for several labels per sample.
        classes : array-like, shape (n_classes,), default=None
            All labels of all chunks; required in the first call, unless `y` has several columns.
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
        elif count_columns(y) > 1 and not hasattr(self, "classes_"):
            classes = np.arange(count_columns(y))
        first = check_partial_fit_first_call(self, classes)
        with chunk_task(self, X, y, sample_weight):
            self._fit_chunk(X, y, sample_weight, first)

    def _check_y(self, X, y):
        return check_matrix(X, y) if count_columns(y) > 1 else check_labels(X, y)

    def _learn_y(self, y, resume):
        classes = np.arange(y.shape[1]) if y.ndim == 2 else np.unique(y)
        if not resume:
            self.classes_ = check_classes(classes)
            if hasattr(self, "prototypes_"):
                del self.prototypes_  # of another kind, perhaps
        elif not np.array_equal(classes, self.classes_):
            raise ValueError(
                f"warm_start=True needs the labels of the previous fit, {self.classes_}; "
                f"y holds {classes}."
            )

    def _weigh(self, y, sample_weight):
        if y.ndim == 2 and self.class_weight is not None:
            raise ValueError(
                "class_weight is for one label per sample; y has several columns. Use "
                "sample_weight, or class_weight=None."
            )
        return weigh_samples(y, sample_weight, self.class_weight, self.classes_)

    def _encode_y(self, y):
        if "prototypes_" in vars(self) and self._several != (y.ndim == 2):
            before, now = ("0 and 1", "labels") if self._several else ("labels", "0 and 1")
            raise ValueError(f"y held {before} before, and holds {now} now.")
        return check_columns(y, self.classes_) if y.ndim == 2 else encode_labels(y, self.classes_)

    def _strata(self, y):
        return y if y.ndim == 1 else None

    def _make_scorer(self, X_val, y_val, progress):
        scoring, several = self.scoring, y_val.ndim == 2
        if several and scoring in SCORES:
            raise ValueError(
                f"scoring={scoring!r} is for one label per sample; with several, use 'auto', the "
                "mean of their accuracies, or a callable."
            )
        if is_auto(scoring) and not several:
            scoring = "balanced_accuracy" if self.class_weight is None else "accuracy"
        return make_scorer(scoring, self, X_val, y_val, progress)

    def _judge(self, network, data):
        """Return the log loss of each sample, and the temperature per neuron that suits them."""
        temperature, losses = self._fit_temperature(network, data, np.arange(len(data.y)))
        return losses, temperature / network.targets.n_outputs

    def _fit_temperature(self, network, data, rows):
        """Return the temperature that suits some rows best, and the log loss of each with it."""
        logits, y = data.logits(network, rows, self._n_threads()), data.y[rows]
        shape, weights = logits.shape, data.sample_weight[rows]
        largest = network.targets.n_outputs
        if y.ndim == 2:
            largest = int(network.targets.sizes.max())
            logits, y = as_pairs(logits, y)
            weights = np.repeat(weights, shape[1])
        temperature = fit_temperature(logits, y, weights, largest)
        losses = smoothed_losses(temperature, logits, y)
        return temperature, losses.reshape(shape[0], -1).mean(axis=1)

    def _fit_targets(self, data, seed):
        kind = LabelTargets if data.y.ndim == 2 else ClassTargets
        n_outputs, key = self._widths()[-1], derive_key(seed, Stream.FRAME)
        if kind is LabelTargets and n_outputs < len(self.classes_):
            raise ValueError(
                f"The last layer must have a neuron for each of the {len(self.classes_)} labels at "
                f"least; got {n_outputs}. Change {self._width_parameters}."
            )
        self._keep_targets(kind.random(len(self.classes_), n_outputs, key))

    def _keep_targets(self, targets):
        self.prototypes_ = read_only(np.ascontiguousarray(targets.prototypes, dtype=np.int8))
        self._packed_prototypes = None if self._several else ClassTargets(self.prototypes_).panels

    def _source_objects(self):
        names = "classes_", "prototypes_"
        return [*map(vars(self).get, names), *super()._source_objects()]

    def _settle_targets(self, n_outputs):
        several = getattr(vars(self).get("prototypes_"), "ndim", 2) == 1
        shape = (None,) if several else (None, None)
        prototypes = settle_array(self, "prototypes_", np.int8, shape)
        if prototypes.shape[-1] != n_outputs:
            expected = f"an array of {n_outputs} columns, as many as hidden_weights_[-1] has rows"
            refuse(self, "prototypes_", expected, describe(prototypes))
        if (np.abs(prototypes) != 1).any():
            refuse(self, "prototypes_", "-1 and +1", "other values")
        classes = vars(self).get("classes_")
        n_classes = len(prototypes)
        if several and isinstance(classes, np.ndarray):
            n_classes = min(classes.size, n_outputs)
        if not are_classes(classes, n_classes):
            expected = f"an array of {n_classes} labels in ascending order"
            refuse(self, "classes_", expected, describe(classes))
        if "temperature_" in vars(self):
            settled_temperature(self)
        self._packed_prototypes = None if several else ClassTargets(prototypes).panels

    def _restore_targets(self):
        if self._several:
            return LabelTargets(self.prototypes_, len(self.classes_))
        return ClassTargets(self.prototypes_, self._packed_prototypes)

    @property
    def _several(self):
        return self.prototypes_.ndim == 1

    @property
    def _n_outputs(self):
        return self._restore_targets().sizes if self._several else self.prototypes_.shape[1]

    def _calibrate(self, network, data, memory=0.0):
        """Fit the temperature; the previous one keeps a share `memory`, on a logarithmic scale."""
        rows = np.arange(len(data.y))
        if len(rows) > CALIBRATION_ROWS:
            key = derive_key(self._seed, Stream.CALIBRATION)
            rows = random_permutation(key, len(rows))[:CALIBRATION_ROWS]
        temperature, _ = self._fit_temperature(network, data, rows)
        if memory and "temperature_" in vars(self):
            temperature = settled_temperature(self) ** memory * temperature ** (1 - memory)
        self.temperature_ = temperature

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
