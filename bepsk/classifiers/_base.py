"""What every BEP classifier does around its network: labels, encoding, training, scores."""

from copy import copy
from numbers import Integral, Real

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils import (
    check_array,
    check_random_state,
    get_tags,
)
from sklearn.utils.validation import validate_data

from bepsk._quick_checks import ensure_fitted, is_plain
from bepsk._sklearn_compat import (
    HasMethods,
    Interval,
    StrOptions,
    check_partial_fit_first_call,
    fit_context,
)
from bepsk.classifiers._calibration import fit_temperature
from bepsk.classifiers._encoding import ENCODERS, encode, make_encoder, seed_encoder
from bepsk.classifiers._logits import LogitClassifierMixin
from bepsk.classifiers._validation import (
    can_stratify,
    check_classes,
    check_inputs,
    check_sums,
    drop_weightless,
    encode_labels,
    weigh_samples,
)
from bepsk.network.randomness import Stream, derive_key, random_permutation
from bepsk.training import Progress, Settings, TrainingData, run_epoch, train

CALIBRATION_ROWS = 5000
"""One temperature needs no more samples."""

STREAM_MEMORY = 1000
"""partial_fit averages its training error over about so many samples."""


class BaseBEPClassifier(LogitClassifierMixin, BaseEstimator):
    """Base of the BEP classifiers.

    A subclass makes its network (`_start`, `_network`, `_check_warm_start`), chooses a batch
    size (`_auto_batch_size`), and may check and encode X its own way (`_check_input`,
    `_check_samples`, `_fit_encoder`, `_encode_input`, `_n_update_steps`).
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        "encoder": [StrOptions(set(ENCODERS)), HasMethods(["fit", "transform"])],
        "margin": [Interval(Real, 0, 1, closed="right")],
        "gate": [Interval(Real, 0, 1, closed="right")],
        "reinforcement": [Interval(Real, 0, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "annealing": [Interval(Real, 0, 1, closed="both")],
        "shuffle": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), None],
        "tol": [Interval(Real, 0, None, closed="left")],
        "warm_start": ["boolean"],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None):
        """Fit the encoder and train the network.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            What the encoder accepts; numbers for the built-in ones. `BEPRNNClassifier` takes
            series, here and in the other methods.
        y : array-like, shape (n_samples,)
            Labels of any kind.
        sample_weight : array-like, shape (n_samples,), default=None
            An integer weight w counts as the sample's update repeated w times; fractions are
            rounded at random, anew in each epoch. Weights whose mean is below 1 are scaled to
            the mean 1.
        X_val, y_val : array-likes, default=None
            Validation samples, scored after each epoch; they replace the split that
            `early_stopping` would make.

        Returns
        -------
        self : estimator

        Raises
        ------
        ValueError
            For input that does not fit; the estimator stays as it was.
        """
        work = copy(self)
        work._fit(X, y, sample_weight, X_val, y_val)
        self.__dict__ = work.__dict__
        return self

    def _fit(self, X, y, sample_weight, X_val, y_val):
        resume = self.warm_start and hasattr(self, "classes_")
        if resume:
            self._check_warm_start()
        X, y = self._check_samples(X, y, reset=not resume)
        self._set_classes(y, resume)
        weights = weigh_samples(y, sample_weight, self.class_weight, self.classes_)
        X, y, weights = drop_weightless(X, y, weights)
        weights /= min(1.0, weights.mean())

        seed = self._seed if resume else self._draw_seed()
        validation = self._check_validation(X_val, y_val)
        if self.early_stopping and validation is None:
            X, X_val, y, y_val, weights, weights_val = train_test_split(
                X,
                y,
                weights,
                test_size=self.validation_fraction,
                stratify=y if can_stratify(y, self.validation_fraction) else None,
                random_state=seed,
            )
            validation = X_val, y_val, weights_val

        if not resume:
            self._fit_encoder(X, y, seed)
        data, n_bits = self._encode(X, y, weights)
        if resume:
            network, progress = self._network().copy(), self._progress()
        else:
            network, progress = self._start(n_bits, seed)
        validation = None if validation is None else self._encode(*validation)[0]
        n_earlier_scores = len(progress.validation_scores)
        network = train(
            network,
            data,
            self._settings(data),
            progress,
            max_iter=self.max_iter,
            validation=validation,
            report=self._report if self.verbose else None,
        )
        self._keep_network(network)
        self._keep_progress(progress)
        new_scores = progress.validation_scores[n_earlier_scores:]
        self.best_validation_score_ = max(new_scores, default=None)
        held_out = data if validation is None else validation
        self._temperature = self._fit_temperature(network, held_out)

    @fit_context(prefer_skip_nested_validation=False)
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train one pass over a chunk of samples; the first chunk also fits the encoder.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
        y : array-like, shape (n_samples,)
        classes : array-like, shape (n_classes,), default=None
            All labels that will ever come; required in the first call.
        sample_weight : array-like, shape (n_samples,), default=None
            As in `fit`, but never scaled.

        Returns
        -------
        self : estimator

        Raises
        ------
        ValueError
            For input that does not fit; the estimator stays as it was.
        """
        work = copy(self)
        work._partial_fit(X, y, classes, sample_weight)
        self.__dict__ = work.__dict__
        return self

    def _partial_fit(self, X, y, classes, sample_weight):
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' needs all the data at once; for partial_fit give a "
                "dict of weights or sample_weight."
            )
        if classes is not None:
            check_classes(np.unique(classes))
        first = check_partial_fit_first_call(self, classes)
        X, y = self._check_samples(X, y, reset=first)
        weights = weigh_samples(y, sample_weight, self.class_weight, self.classes_)
        X, y, weights = drop_weightless(X, y, weights)
        if first:
            seed = self._draw_seed()
            self._fit_encoder(X, y, seed)
            data, n_bits = self._encode(X, y, weights)
            network, progress = self._start(n_bits, seed)
            self.best_validation_score_ = None
            memory = 0.0
        else:
            data, _ = self._encode(X, y, weights)
            network, progress = self._network().copy(), self._progress()
            memory = max(0.0, 1 - len(y) / STREAM_MEMORY)
        error = progress.error
        run_epoch(network, data, self._settings(data), progress)
        progress.error = memory * error + (1 - memory) * progress.error
        self._keep_network(network)
        self._keep_progress(progress)
        temperature = self._fit_temperature(network, data)
        if memory:
            temperature = self._temperature**memory * temperature ** (1 - memory)
        self._temperature = temperature

    def _logits(self, X):
        ensure_fitted(self, "classes_")
        inputs, _ = self._encode_input(self._check_input(X, reset=False))
        return self._network().logits(inputs, self._n_threads())

    def _n_threads(self):
        return effective_n_jobs(self.n_jobs)

    def _check_input(self, X, reset):
        if not reset and is_plain(self, X):
            return X
        if getattr(X, "ndim", 2) == 1:
            check_array(X)  # raises the familiar error
        return validate_data(self, X, skip_check_array=True, reset=reset)

    def _check_samples(self, X, y, reset):
        return check_inputs(self, X, y, reset)

    def _fit_encoder(self, X, y, seed):
        self.encoder_ = seed_encoder(make_encoder(self.encoder), seed).fit(X, y)

    def _encode_input(self, X):
        return encode(self.encoder_, X, self._n_threads())

    def _set_classes(self, y, resume):
        classes = np.unique(y)
        if not resume:
            self.classes_ = check_classes(classes)
        elif not np.array_equal(classes, self.classes_):
            raise ValueError(
                f"warm_start=True needs the labels of the previous fit, {self.classes_}; "
                f"y holds {classes}."
            )

    def _check_validation(self, X_val, y_val):
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val must be given together.")
        if X_val is None:
            return None
        X_val, y_val = self._check_samples(X_val, y_val, reset=False)
        return X_val, y_val, np.ones(len(y_val))

    def _draw_seed(self):
        return int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))

    def _n_update_steps(self, inputs):
        return 1

    def _encode(self, X, y, weights):
        inputs, n_bits = self._encode_input(X)
        classes = encode_labels(y, self.classes_)
        return TrainingData(inputs, classes, weights), n_bits

    def _fit_temperature(self, network, data):
        rows = np.arange(len(data.classes))
        if len(rows) > CALIBRATION_ROWS:
            key = derive_key(self._seed, Stream.CALIBRATION)
            rows = random_permutation(key, len(rows))[:CALIBRATION_ROWS]
        logits = network.logits(data.inputs[rows], self._n_threads())
        return fit_temperature(logits, data.classes[rows], data.weights[rows], self._n_outputs)

    def _settings(self, data):
        batch_size = self.batch_size
        if batch_size == "auto":
            batch_size = self._auto_batch_size(len(data.weights))
        check_sums(batch_size, data.weights, self._n_update_steps(data.inputs))
        return Settings(
            margin=self.margin,
            gate=self.gate,
            reinforcement=self.reinforcement,
            batch_size=batch_size,
            shuffle=self.shuffle,
            group_patience=self.group_patience,
            annealing=self.annealing,
            early_stopping=self.early_stopping,
            n_iter_no_change=self.n_iter_no_change,
            tol=self.tol,
            n_threads=self._n_threads(),
        )

    def _keep_network(self, network):
        self.hidden_weights_ = [layer.hidden_weights for layer in network.layers]
        self._visible_weights = [layer.visible_weights for layer in network.layers]
        self.prototypes_ = network.prototypes

    @property
    def _n_outputs(self):
        return self.prototypes_.shape[1]

    def _keep_progress(self, progress):
        self._seed = progress.seed
        self._n_steps = progress.n_steps
        self._error = progress.error
        self.group_sizes_ = progress.group_sizes
        self.n_iter_ = progress.n_epochs
        self.t_ = progress.n_seen
        self.loss_curve_ = progress.losses
        self.train_scores_ = progress.train_scores
        self.validation_scores_ = progress.validation_scores

    def _progress(self):
        return Progress(
            seed=self._seed,
            group_sizes=list(self.group_sizes_),
            n_steps=self._n_steps,
            n_epochs=self.n_iter_,
            n_seen=self.t_,
            error=self._error,
            losses=list(self.loss_curve_),
            train_scores=list(self.train_scores_),
            validation_scores=list(self.validation_scores_),
        )

    def _report(self, progress):
        scores = f"triggered {progress.losses[-1]:.4f}  train {progress.train_scores[-1]:.4f}"
        if progress.validation_scores:
            scores += f"  validation {progress.validation_scores[-1]:.4f}"
        print(f"epoch {progress.n_epochs:3d}  {scores}")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        encoder = self.encoder
        if isinstance(encoder, str) and encoder in ENCODERS:
            encoder = ENCODERS[encoder]()
        # Whatever else the parameter holds is for fit to complain about.
        if hasattr(encoder, "__sklearn_tags__") and not isinstance(encoder, type):
            tags.input_tags.allow_nan = get_tags(encoder).input_tags.allow_nan
        return tags
