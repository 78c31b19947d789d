"""What every BEP estimator does around its network: encoding, training, keeping state."""

import sys
from contextlib import suppress
from copy import copy
from dataclasses import replace
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state

from bepsk._numbers import about
from bepsk._sklearn_compat import CallbackSupportMixin, Interval, StrOptions, fit_context
from bepsk._state import COUNT, is_settled, keep_checked, read_only, settle, settled
from bepsk.estimators._checkpoint import claim
from bepsk.estimators._encoding import (
    ENCODERS,
    EncodedEstimator,
    Transformer,
    append_bias,
    centre,
    encode,
    encoder_tags,
    seed_encoder,
)
from bepsk.estimators._probe import Plan, adopt
from bepsk.estimators._rule import RuledEstimator, is_auto
from bepsk.estimators._state import (
    NATURAL,
    check_bits,
    check_progress,
    check_same_widths,
    keep_progress,
    recall_network,
    recall_progress,
    settle_weights,
)
from bepsk.estimators._validation import (
    check_input,
    check_sums,
    drop_weightless,
    scale_up,
    set_aside_validation,
)
from bepsk.estimators._watch import Watch
from bepsk.network.layer import Layer
from bepsk.network.threads import usable_threads
from bepsk.training import (
    Checkpoint,
    Progress,
    Report,
    Settings,
    TrainingData,
    run_epoch,
    train,
)
from bepsk.training.mapped import map_rows

STREAM_MEMORY = 1000
"""partial_fit averages its training error over about this many samples."""


class BaseBEPEstimator(CallbackSupportMixin, RuledEstimator, EncodedEstimator):
    """Base of the BEP estimators.

    A subclass supplies the network (`make_network`, `_widths`, `_shapes`, `_group_sizes`,
    `_restore_network`) and a batch size (`_auto_batch_size`), and may check and encode X in its
    own way (`_check_input`, `_fit_encoder`, `_encode_input`, `_n_update_steps`). A mixin supplies
    the targets: `_check_y`, `_learn_y`, `_weigh`, `_encode_y`, `_strata`, `_fit_targets`,
    `_keep_targets`, `_settle_targets`, `_restore_targets`, `_calibrate`, `_source_objects`.
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        **RuledEstimator._rule_constraints,
        "encoder": [StrOptions(set(ENCODERS)), Transformer()],
        "batch_size": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "max_iter": [Interval(Integral, 1, sys.maxsize, closed="both")],
        "shuffle": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), None],
        "tol": [Interval(Real, 0, sys.float_info.max, closed="both")],
        "warm_start": ["boolean"],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }
    _state_constraints = {  # noqa: RUF012
        "n_features_in_": COUNT,
        "n_bias_": NATURAL,
        "noise_": Interval(Real, 0, 0.5, closed="left"),
    }
    _sources = ("n_features_in_", "n_bias_", "noise_")
    _derived: tuple = ("_visible_weights", "_packed_prototypes")
    _sharpness: float | None = None
    _warns = True

    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self, X, y, sample_weight=None, *, X_val=None, y_val=None, callback=None, checkpoint=None
    ):
        """Fit the encoder and train the network.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            What the encoder accepts; numbers for the built-in ones. `BEPRNNClassifier` takes
            series, here and in the other methods.
        y : array-like, shape (n_samples,) or (n_samples, n_labels)
            Labels of any kind, for a regressor numbers; or 0 and 1, a column for each label.
        sample_weight : array-like, shape (n_samples,), default=None
            How many times each sample counts; fractions are rounded at random, anew in each
            epoch. If the mean of the weights above 0 is below 1, they are scaled to a mean of 1.
        X_val : array-like, shape (n_validation, n_features), default=None
            Validation samples, scored after each epoch; they take the place of those that
            `early_stopping` would hold out.
        y_val : array-like, default=None
            Their `y`.
        callback : callable, default=None
            Called with the estimator after each epoch; training ends if it returns true. The
            estimator predicts, but its probabilities are not calibrated yet, and its arrays
            go on changing after the call.
        checkpoint : str or path-like, default=None
            A file for this fit alone, saved after its epochs. If the process is killed, the same
            call goes on from there, and ends with the same bits as if nothing had happened.

        Returns
        -------
        self : estimator
            The fitted estimator.

        Raises
        ------
        ValueError
            If the input is invalid, or the checkpoint another's; the estimator stays as it was.
        KeyboardInterrupt
            On Ctrl-C. What has been learned is kept: the estimator is fitted, with the weights
            of that moment, or the best ones so far with `early_stopping`; `warm_start` and
            `partial_fit` continue from there. Before training begins it stays as it was.
        """
        watch = Watch(self, callback, sample_weight is not None)
        checkpoint = None if checkpoint is None else self._open_checkpoint(checkpoint)
        copy(self)._fit(X, y, sample_weight, X_val, y_val, watch, checkpoint)
        watch.end()
        return self

    def _fit(self, X, y, sample_weight, X_val, y_val, watch, checkpoint):
        """Fit and commit, after an interrupt as well if there is something to keep."""
        rule = self.make_rule()
        resume = self.warm_start and hasattr(self, "hidden_weights_")
        if resume:
            self._settle_to_train()
            check_same_widths(self)
        X, y = self._check_samples(X, y, reset=not resume)
        self._learn_y(y, resume)
        sample_weight = self._weigh(y, sample_weight)
        X, y, sample_weight = drop_weightless(X, y, sample_weight)
        sample_weight = scale_up(sample_weight)

        seed = self._seed if resume else self._draw_seed(checkpoint)
        samples, validation = set_aside_validation(self, (X, y, sample_weight), X_val, y_val, seed)
        X, y, sample_weight = samples

        watch.begin(X, y, sample_weight, validated=validation is not None)
        with watch.encoding():
            if not resume:
                wanted = {"noise": is_auto(self.noise), "temperature": validation is None}
                plan = self._make_plan(X, y, sample_weight, seed, **wanted)
                self._fit_encoder(X, y, seed, plan.encoder)
                adopt(plan, self, len(y))
            data, n_bits = self._encode(X, y, sample_weight, first=not resume)
        network, progress = self._resume(n_bits) if resume else self._start(data, n_bits, seed)
        scorer = validation and self._make_scorer(validation[0], validation[1], progress)
        with about("X" if X_val is None else "X_val, y_val"):
            validation = validation and self._encode(*validation)[0]
        watch.report.n_before = claim(checkpoint, self, network, progress, data, validation)
        n_earlier_scores = len(progress.validation_scores)

        def keep(model, network, progress):
            model._keep(network, progress)
            new_scores = progress.validation_scores[n_earlier_scores:]
            model.best_validation_score_ = max(new_scores, default=None)
            if validation is not None or model._sharpness is None:
                model._calibrate(network, data if validation is None else validation)
            return model

        def finish():
            keep(self, progress.best or network, progress)
            watch.commit(self)

        settings = self._settings(rule, data, scorer)
        try:
            train(
                network,
                data,
                settings,
                progress,
                max_iter=self.max_iter,
                validation=validation,
                begin=watch.begin_epoch,
                callback=lambda *state: watch.end_epoch(self, keep, *state),
                checkpoint=checkpoint,
            )
            finish()
        except KeyboardInterrupt:
            for _ in range(3):  # Ctrl-C may come twice
                with suppress(KeyboardInterrupt):
                    finish()
                    break
            raise

    def _fit_chunk(self, X, y, sample_weight, first):
        """Train one pass over a chunk of a stream; the first chunk also fits the encoder."""
        report = Report(self.verbose)
        rule = self.make_rule()
        self._widths()  # an error if they are no numbers, also where they are not read
        if not first:
            self._settle_to_train()
        X, y = self._check_samples(X, y, reset=first)
        sample_weight = self._weigh(y, sample_weight)
        X, y, sample_weight = drop_weightless(X, y, sample_weight)
        if first:
            seed = self._draw_seed()
            plan = self._make_plan(X, y, sample_weight, seed, noise=False, temperature=False)
            self._fit_encoder(X, y, seed, plan.encoder)
            adopt(replace(plan, sharpness=None), self, np.inf)  # a stream does not come twice
            self.best_validation_score_ = None
        data, n_bits = self._encode(X, y, sample_weight, first=first)
        if first:
            network, progress = self._start(data, n_bits, seed)
        else:
            network, progress = self._resume(n_bits)
            if progress.bit_counts is not None:
                centre(network, progress, data, **self._mean_options())
        memory = 0.0 if first else max(0.0, 1 - len(y) / STREAM_MEMORY)
        self._saturate(network)
        error = progress.error
        run_epoch(network, data, self._settings(rule, data), progress)
        progress.error = memory * error + (1 - memory) * progress.error
        self._keep(network, progress)
        self._calibrate(network, data, memory)
        report.chunk(self.n_iter_, len(y), network, progress)

    def encode(self, X):
        """Return X as the network reads it.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            Samples, as in `fit`.

        Returns
        -------
        inputs : uint64 array, shape (n_samples, words), or Sequences
            The bits of each row: bit k is bit k % 64 of word k // 64.
        """
        return settled(self)._read(X)

    @property
    def network_(self):
        """The fitted network, over the same arrays; it reads what `encode` returns."""
        return settled(self)._network()

    def _logits(self, X):
        model = settled(self)
        network, n_threads = model._network(), model._n_threads()
        return map_rows(lambda rows: network.logits(model._read(rows), n_threads), X)

    def _read(self, X):
        inputs, n_bits = self._encode_input(self._check_input(X, reset=False))
        check_bits(self, n_bits + self.n_bias_)
        return append_bias(inputs, n_bits, self.n_bias_)

    def _network(self):
        layers = list(map(Layer, self.hidden_weights_, self._visible_weights))
        return self._restore_network(layers, self._restore_targets())

    def _source_objects(self):
        weights = vars(self).get("hidden_weights_")
        return [*(weights if isinstance(weights, list) else ()), *super()._source_objects()]

    def _derive(self):
        settle_weights(self, self._shapes)
        self._visible_weights = [Layer(H).visible_weights for H in self.hidden_weights_]
        self._settle_targets(len(self.hidden_weights_[-1]))
        self._check_progress()

    def _settle_to_train(self):
        self._check_trainable()
        if not is_settled(self):
            settle(self)
        self._check_progress()  # lists may have changed in place

    def _check_progress(self):
        network = self._network()
        check_progress(self, network.widths, network.layers)

    def _n_threads(self):
        return usable_threads(self.n_jobs)

    def _check_input(self, X, reset):
        return check_input(self, X, reset)

    def _check_samples(self, X, y, reset):
        X = self._check_input(X, reset)
        return X, self._check_y(X, y)

    def _make_plan(self, X, y, sample_weight, seed, *, noise, temperature):
        return Plan(self.encoder)

    def _make_scorer(self, X_val, y_val, progress):
        return None

    def _saturate(self, network):
        """Nothing: hidden weights have 16 bits."""

    def _fit_encoder(self, X, y, seed, encoder):
        self.encoder_ = seed_encoder(self._make_encoder(encoder), seed).fit(X, y)

    def _encode_input(self, X):
        return encode(vars(self).get("encoder_"), X, self._n_threads())

    def _encode(self, X, y, sample_weight, first=False):
        inputs, n_bits = self._encode_to_train(X, first)
        return TrainingData(inputs, self._encode_y(y), sample_weight), n_bits

    def _encode_to_train(self, X, first):
        inputs, n_bits = self._encode_input(X)
        if first:
            self.n_bias_ = self._n_bias(n_bits) if self._centres() else 0
        return append_bias(inputs, n_bits, self.n_bias_), n_bits + self.n_bias_

    def _open_checkpoint(self, path):
        return Checkpoint(path)

    def _draw_seed(self, checkpoint=None):
        if self.random_state is None and checkpoint is not None and checkpoint.facts:
            return checkpoint.facts["seed"]
        return int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))

    def _start(self, data, n_bits, seed):
        self._fit_targets(data, seed)
        network = self.make_network(n_bits, seed)
        progress = Progress(seed, self._first_group_sizes(network.widths))
        if self._centres():
            centre(network, progress, data, **self._mean_options())
        return network, progress

    def _settings(self, rule, data, scorer=None):
        auto = self.batch_size == "auto"
        batch_size = self._auto_batch_size(len(data.y)) if auto else int(self.batch_size)
        check_sums(batch_size, data.sample_weight, self._n_update_steps(data.inputs))
        return Settings(
            rule=rule,
            batch_size=batch_size,
            shuffle=self.shuffle,
            noise=self._noise(),
            group_patience=self._group_patience(),
            annealing=self._annealing(),
            average=self._average(),
            early_stopping=self.early_stopping,
            scorer=scorer,
            n_iter_no_change=self.n_iter_no_change,
            tol=self.tol,
            n_threads=self._n_threads(),
        )

    def _keep(self, network, progress):
        self.__dict__.pop("_inference_only", None)
        self.hidden_weights_ = [read_only(layer.hidden_weights) for layer in network.layers]
        self._visible_weights = [layer.visible_weights for layer in network.layers]
        self._keep_targets(network.targets)
        keep_progress(self, progress)
        self._windows = [layer.windows for layer in network.layers]
        keep_checked(self)
        return self

    def _resume(self, n_bits):
        check_bits(self, n_bits)
        network, progress = recall_network(self), recall_progress(self)
        progress.group_sizes = progress.group_sizes or self._first_group_sizes(network.widths)
        return network, progress

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        accepts = encoder_tags(self.encoder)
        if accepts is not None:
            tags.input_tags.allow_nan = accepts.allow_nan
            tags.input_tags.sparse = accepts.sparse
        return tags
