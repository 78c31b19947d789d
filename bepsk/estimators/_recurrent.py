"""What a recurrent estimator adds: series, cut into steps."""

from numbers import Integral, Real

import numpy as np

from bepsk._sklearn_compat import Interval, make_constraint
from bepsk._state import COUNT, refuse, settle_array, settled
from bepsk.estimators import _series
from bepsk.estimators._base import BaseBEPEstimator
from bepsk.estimators._encoding import append_bias, encode, seed_encoder
from bepsk.estimators._rule import is_auto
from bepsk.estimators._state import check_bits
from bepsk.network import RecurrentNetwork, Sequences
from bepsk.network.packed import empty_bits
from bepsk.network.randomness import Stream, derive_key
from bepsk.network.sequences import place_patterns
from bepsk.training.schedules import nearest_divisor

LONG_SHARE = 0.9
"""Share of the training series that are no longer than the one that is cut into `n_steps`."""
AUTO_STEPS = 8
AUTO_GROUP_SIZE = 15
LONG = 20
"""From this many steps on, "auto" means inertia, a place code, small mini-batches, and no noise."""
AUTO_INERTIA = 0.75
AUTO_NOISE = 1 / 16
FEW = 2000
"""With fewer series than this "auto" means noise."""


class BaseRecurrentEstimator(BaseBEPEstimator):
    """Cut series into steps, encode each step, and train a recurrent network on them."""

    _state_constraints = {  # noqa: RUF012
        **BaseBEPEstimator._state_constraints,
        "patch_length_": COUNT,
        "n_steps_": COUNT,
        "overlap_": Interval(Integral, 0, None, closed="left"),
        "inertia_": Interval(Real, 0, 1, closed="left"),
        "place_seed_": Interval(Integral, 0, 2**64, closed="left"),
        "place_code_": make_constraint("boolean"),
        "_fitted_on_table": make_constraint("boolean"),
    }
    _sources = (*BaseBEPEstimator._sources, *_state_constraints, "feature_means_")

    def step(self, x, state=None):
        """Go one step of a live series.

        The logits after the last step of a series are those of the whole series if all its steps
        are full patches, as they always are with ``n_steps="raw"``.

        Parameters
        ----------
        x : array-like, shape (window, n_features), or (n_features,) if window is 1
            What the step sees: the last ``window = (1 + overlap_) * patch_length_`` time steps,
            with the first value repeated before the beginning of the series; without NaN. With
            ``n_steps="raw"`` and no overlap that is one time step. The last axis may be left out
            if there is only one feature.
        state : int32 array, shape (hidden_size + 1,), default=None
            What the previous step returned; None at the beginning of a series.

        Returns
        -------
        state : int32 array, shape (hidden_size + 1,)
            The sums z of the state neurons, then the number of steps so far.
        logits : int32 array, shape (n_classes,)
            The logits of the series, if it ended here.

        Raises
        ------
        ValueError
            If `x` or `state` has another shape, or `x` holds NaN or infinity.
        """
        model = settled(self)
        network, n_features = model._network(), len(model.feature_means_)
        patch = _series.check_step(x, model._window(), n_features)
        state = _series.check_state(state, network.state_layer.n_neurons)
        place = state[-1]
        inputs, n_bits = encode(vars(model).get("encoder_"), patch)
        check_bits(model, n_bits + model.n_bias_)
        if model.place_code_:
            inputs = inputs ^ place_patterns(model.place_seed_, n_bits, [place])
        inputs = append_bias(inputs, n_bits, model.n_bias_)
        sums, logits = network.step(inputs, state[:-1])
        return np.append(sums, np.int32(place + 1)), logits

    def _window(self):
        return (1 + self.overlap_) * self.patch_length_

    def _derive(self):
        n_features = 1 if self._fitted_on_table else self.n_features_in_
        settle_array(self, "feature_means_", np.float64, (n_features,))
        n_values = self._window() * n_features
        n_read = getattr(vars(self).get("encoder_"), "n_features_in_", n_values)
        if n_read != n_values:
            expected = f"such that (1 + overlap_) patch_length_ time steps are the {n_read} values"
            refuse(self, "patch_length_", f"{expected} that encoder_ reads", f"{n_values} values")
        super()._derive()

    def _shapes(self, n_inputs, widths):
        n_states, n_outputs = widths[0], widths[-1]
        return [(n_states, n_inputs), (n_states, n_states), (n_outputs, n_states)]

    def _check_input(self, X, reset):
        return _series.check_series(self, X, reset)

    def _fit_encoder(self, X, y, seed, encoder):
        # A few series that are far longer must not make the patches too long for all others.
        long = int(np.quantile(self._lengths(X), LONG_SHARE, method="inverted_cdf"))
        most = AUTO_STEPS if self.n_steps == "auto" else self.n_steps
        if self.n_steps == "raw":
            most = long
        self.patch_length_ = -(-long // most)
        self.n_steps_ = -(-long // self.patch_length_)
        self.overlap_ = int(self.n_steps != "raw") if self.overlap == "auto" else self.overlap
        many = self.n_steps_ >= LONG
        inertia = AUTO_INERTIA * many if self.inertia == "auto" else self.inertia
        self.inertia_ = int(256 * inertia) / 256
        self.place_code_ = many if self.place_code == "auto" else bool(self.place_code)
        self.feature_means_ = self._feature_means(X)
        self.place_seed_ = derive_key(seed, Stream.PLACES)
        encoder = seed_encoder(self._make_encoder(encoder), seed)
        self.encoder_ = encoder.fit(*self._patches(X, y))

    def _lengths(self, X):
        start, end = _series.find_ends(X)
        return end - start

    def _feature_means(self, X):
        return _series.feature_means(X)

    def _patches(self, X, y):
        """Return all patches, and the y of each."""
        patches, _, live, _ = self._cut(X)
        return patches, np.repeat(y, live.sum(axis=1), axis=0)

    def _encoder_rows(self, X):
        return self._cut(X)[0]

    def _make_encoder(self, encoder):
        named = isinstance(encoder, str) and encoder == "projection"
        encoder = super()._make_encoder(encoder)
        if named:
            encoder.set_params(n_components=self.hidden_size)
        return encoder

    def _cut(self, X):
        """Cut series into patches.

        Returns
        -------
        patches : float array, one row per patch
            The patches of all series, without padding.
        first : int32 array, shape (n_samples,)
            The step at which each series begins.
        live : bool array, shape (n_samples, n_steps)
            Where there is a patch.
        places : int array, one per patch
            Its place in its series, counted from 0.
        """
        cut = self.patch_length_, self.overlap_, self.feature_means_
        patches, first = _series.cut_patches(X, *cut)
        places = np.arange(patches.shape[1]) - first[:, np.newaxis]
        live = places >= 0
        return patches[live], first, live, places[live]

    def _encode_input(self, X):
        patches, first, live, places = self._cut(X)
        inputs, n_bits = encode(vars(self).get("encoder_"), patches, self._n_threads())
        if self.place_code_:
            patterns = place_patterns(self.place_seed_, n_bits, range(live.shape[1]))
            inputs = inputs ^ patterns[places]
        bits = empty_bits(live.size, n_bits).reshape(*live.shape, -1)
        bits[~live] = 0
        bits[live] = inputs
        return Sequences(bits, first), n_bits

    def make_network(self, n_inputs, seed):
        """Draw the network that `fit` trains; a subclass may draw another.

        Parameters
        ----------
        n_inputs : int
            Number of bits of an encoded step.
        seed : int
            Seed of the weights.

        Returns
        -------
        network : RecurrentNetwork
            Not trained yet.
        """
        n_states, _ = self._widths()
        targets, options = self._restore_targets(), self._options()
        return RecurrentNetwork.random(
            n_inputs, n_states, targets, seed, n_bias=self.n_bias_, **options
        )

    def _restore_network(self, layers, targets):
        return RecurrentNetwork(layers, targets, **self._options())

    def _widths(self):
        return [int(self.hidden_size), int(self.output_size or self.hidden_size)]

    def _group_sizes(self, widths):
        return list(map(self._group_size, widths))

    def _group_size(self, width):
        if self.group_size == "auto":
            return nearest_divisor(width, AUTO_GROUP_SIZE)
        if self.group_size > width:
            raise ValueError(
                f"group_size={self.group_size} must not exceed hidden_size or output_size, {width}."
            )
        return self.group_size

    def _options(self):
        return {"inertia": int(256 * self.inertia_), "single_step": self.n_steps_ == 1}

    def _rule_options(self):
        return super()._rule_options() | {"horizon": self.horizon}

    def _paper_options(self):
        clip = self._of_paper("clip_updates")
        if clip and self._centres():
            raise ValueError(
                "centering=True needs the increments of each step; set clip_updates=False, or "
                "leave centering at 'auto'."
            )
        keep_ties = self._of_paper("ties") == "keep"
        return super()._paper_options() | {"clip": clip, "keep_ties": keep_ties}

    def _resume(self, n_bits):
        if self.rule == "paper" and self._of_paper("clip_updates") and self._bit_counts is not None:
            raise ValueError(
                "clip_updates=True cannot go on with a network that was fitted with centering; "
                "set clip_updates=False, or fit it anew with warm_start=False."
            )
        return super()._resume(n_bits)

    def _group_patience(self):
        return None

    def _choose_noise(self, n_samples):
        memorises = n_samples < FEW and self.n_steps_ < LONG and self.rule != "paper"
        return AUTO_NOISE if is_auto(self.noise) and memorises else super()._choose_noise(n_samples)

    def _n_update_steps(self, inputs):
        clipped = self.rule == "paper" and self._of_paper("clip_updates")
        return 1 if clipped else inputs.bits.shape[1]

    def _n_bias(self, n_bits):
        return 0

    def _auto_batch_size(self, n_samples):
        if self.rule != "paper":
            return int(np.clip(n_samples // 50, 10, 20))
        return int(np.clip(n_samples // 10, 1, 20 if self.n_steps_ >= LONG else 64))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        return tags
