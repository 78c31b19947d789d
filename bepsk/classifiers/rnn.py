"""The binary recurrent network for scikit-learn."""

from numbers import Integral, Real

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.utils.validation import check_is_fitted

from bepsk._sklearn_compat import Interval, StrOptions
from bepsk.classifiers import _series
from bepsk.classifiers._base import BaseBEPClassifier
from bepsk.classifiers._encoding import encode, make_encoder, seed_encoder
from bepsk.classifiers._validation import check_labels
from bepsk.encoders import BinaryExpansionEncoder, ThermometerEncoder
from bepsk.network import RecurrentNetwork, Sequences
from bepsk.network.layer import Layer
from bepsk.network.packed import empty_bits
from bepsk.network.randomness import Stream, derive_key
from bepsk.network.recurrent import place_patterns
from bepsk.training import Progress
from bepsk.training.schedules import nearest_divisor

AUTO_STEPS = 8
AUTO_GROUP_SIZE = 15
LONG = 20
"""From so many steps on, "auto" means inertia, the place code and small mini-batches."""
AUTO_INERTIA = 0.75


class BEPRNNClassifier(BaseBEPClassifier):
    """Binary recurrent network for series, trained by Binary Error Propagation through time.

    Weights, states and activations are +-1. A series is cut into steps, each step becomes bits,
    and the state after the last step is classified (BEP-TT, Sec. 3.5 of arXiv:2512.04189). Training
    runs on XNOR, popcount and integer increments: no gradients and no float weights.

    Parameters
    ----------
    hidden_size : int, default=512
        K_s, neurons of the recurrent state.
    output_size : int or None, default=None
        K_y, neurons of the layer between the last state and the classifier; None is
        `hidden_size`.
    n_steps : int, "auto" or "raw", default="auto"
        Into how many consecutive patches the longest training series is cut at most; "auto" is
        8, "raw" one time step a patch. The length of a patch then stays, so that longer series
        have more steps and shorter ones fewer. The last patch ends where the series ends; a
        first patch that is not full begins with the first value, repeated.
    overlap : int or "auto", default="auto"
        How many patches before its own a step sees as well; "auto" is 0 with
        ``n_steps="raw"``, else 1.
    encoder : {"projection", "thermometer", "binary"} or transformer, default="projection"
        How what a step sees, flattened, becomes bits: `RandomProjectionEncoder` with `hidden_size`
        bits, `ThermometerEncoder`, or not at all (0 / 1, bool or -1 / +1). A transformer
        instance is cloned and fitted in `fit`, on the patches of all steps as rows.
    margin : float in (0, 1], default=0.5
        r: a sample is learned from while its logit leads by less than r K_y (Eq. 1).
    gate : float in (0, 1], default=0.05
        nu: errors flow back through neurons with |z| <= nu times their fan-in, for the state
        the inputs and the state together (Eq. 5).
    group_size : int or "auto", default="auto"
        gamma: each sample updates at most one neuron in each group of so many (Sec. 3.3);
        "auto" takes the divisor of the width nearest to 15, in ratio.
    reinforcement : float >= 0, default=0.5
        p_r: after each mini-batch every weight moves away from 0 with probability
        p_r sqrt(2 / (pi K)) sqrt(error) (Sec. 3.3).
    inertia : float in [0, 1) or "auto", default="auto"
        The share of its previous sum that each state neuron adds to the next, in 256ths. "auto"
        is 0.75 if `fit` has series of 20 steps or more, else 0. Not in the paper.
    place_code : bool or "auto", default="auto"
        Flip bits of each step's input by a fixed random pattern of its place in the series, in
        half of the input bits, so that the same weights can tell places apart. "auto" does so
        from 20 steps on. Not in the paper.
    clip_updates : bool, default=True
        Reduce what a sample asks of a weight, summed over its steps, to the sign. Not in the
        paper.
    ties : {"keep", "positive"}, default="keep"
        What a sum of 0 makes of a desired state: the state as it is, or +1 as in the paper.
    horizon : int or None, default=None
        Steps from the end through which errors go back; None is all.
    batch_size : int or "auto", default="auto"
        Samples in a mini-batch; "auto" is a tenth of the samples, at most 64, or 20 if `fit` has
        series of 20 steps or more.
    max_iter : int, default=50
        Epochs at most.
    annealing : float in [0, 1], default=0
        Share of `max_iter` at the end in which increments count ever less, those of a later
        `partial_fit` too: all hidden weights are tripled four times, evenly spread.
        `n_iter_no_change` may end training before. Not in the paper.
    shuffle : bool, default=True
        Take the samples in a new random order each epoch.
    early_stopping : bool, default=False
        Hold out `validation_fraction` of the samples (stratified), stop when their accuracy
        does not improve, and keep the best weights.
    validation_fraction : float in (0, 1), default=0.1
    n_iter_no_change : int or None, default=10
        Stop after so many epochs in which neither the validation score (with
        `early_stopping`) nor the fraction of triggered samples (without) improves by `tol`.
        Epochs on the first plateau, where 99 % of the samples trigger and the accuracy is near
        chance, do not count. None never stops.
    tol : float >= 0, default=1e-4
    warm_start : bool, default=False
        Let `fit` continue from the previous weights and encoder; `encoder`, `n_steps`,
        `overlap`, `group_size`, `inertia`, `place_code` and `random_state` are not read again,
        and "auto" stays what it was.
    class_weight : dict, "balanced" or None, default=None
        Multiplies `sample_weight`.
    n_jobs : int or None, default=None
        Threads; None is 1, -1 all. The result does not depend on it.
    random_state : int, RandomState instance or None, default=None
        Seeds encoder, weights, order and reinforcement.
    verbose : bool or int, default=False
        Print a line for each epoch.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
    n_features_in_ : int
        Columns of a 2-D X; features of a time step for 3-D X or a list.
    feature_names_in_ : ndarray of str
        Only for 2-D input with column names.
    encoder_ : transformer
        The fitted encoder.
    patch_length_ : int
        Time steps from one patch to the next.
    overlap_ : int
        What "auto" became.
    n_steps_ : int
        Patches of the longest series that trained the encoder. If it is 1, longer series are
        judged by their last step alone.
    inertia_ : float
    place_code_ : bool
        What "auto" became.
    hidden_weights_ : list of int16 arrays
        [Hxs (K_s, n_bits), Hss (K_s, K_s), Hsy (K_y, K_s)], odd integers; their signs are the
        weights of the network.
    prototypes_ : int8 array of +-1, shape (n_classes, K_y)
        P, the fixed classifier (App. C).
    group_sizes_ : list of int
        Of the state and of the output layer.
    n_iter_, t_, loss_curve_, train_scores_, validation_scores_, best_validation_score_
        As in `BEPMLPClassifier`.

    Notes
    -----
    X is an array (n_samples, n_timesteps) or (n_samples, n_timesteps, n_features), or a list of
    numpy arrays (n_timesteps_i,) or (n_timesteps_i, n_features). Time steps of NaN only at
    either end of a series are padding; NaN inside are missing values and give way to the line
    between their neighbours in time. Arrays (n_samples, n_channels, n_timesteps), as in aeon and
    sktime, come in by ``X.transpose(0, 2, 1)``. After a fit on a 2-D X, a table, 2-D arrays must
    have as many columns; 3-D arrays and lists may hold series of any length.

    Examples
    --------
    >>> import numpy as np
    >>> from bepsk import BEPRNNClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(100) % 2
    >>> X = np.sin(np.arange(40) / (3 + y[:, np.newaxis])) + rng.normal(0, 0.2, (100, 40))
    >>> clf = BEPRNNClassifier(64, max_iter=20, random_state=0).fit(X, y)
    >>> clf.score(X, y) > 0.9
    True
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        **BaseBEPClassifier._parameter_constraints,
        "hidden_size": [Interval(Integral, 1, None, closed="left")],
        "output_size": [Interval(Integral, 1, None, closed="left"), None],
        "n_steps": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto", "raw"})],
        "overlap": [Interval(Integral, 0, None, closed="left"), StrOptions({"auto"})],
        "group_size": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "inertia": [Interval(Real, 0, 1, closed="left"), StrOptions({"auto"})],
        "place_code": ["boolean", StrOptions({"auto"})],
        "clip_updates": ["boolean"],
        "ties": [StrOptions({"keep", "positive"})],
        "horizon": [Interval(Integral, 1, None, closed="left"), None],
    }
    group_patience = None

    def __init__(
        self,
        hidden_size=512,
        *,
        output_size=None,
        n_steps="auto",
        overlap="auto",
        encoder="projection",
        margin=0.5,
        gate=0.05,
        group_size="auto",
        reinforcement=0.5,
        inertia="auto",
        place_code="auto",
        clip_updates=True,
        ties="keep",
        horizon=None,
        batch_size="auto",
        max_iter=50,
        annealing=0,
        shuffle=True,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=10,
        tol=1e-4,
        warm_start=False,
        class_weight=None,
        n_jobs=None,
        random_state=None,
        verbose=False,
    ):
        self.hidden_size = hidden_size
        self.output_size = output_size
        self.n_steps = n_steps
        self.overlap = overlap
        self.encoder = encoder
        self.margin = margin
        self.gate = gate
        self.group_size = group_size
        self.reinforcement = reinforcement
        self.inertia = inertia
        self.place_code = place_code
        self.clip_updates = clip_updates
        self.ties = ties
        self.horizon = horizon
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.annealing = annealing
        self.shuffle = shuffle
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.warm_start = warm_start
        self.class_weight = class_weight
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @classmethod
    def strict(cls, hidden_size=512, **parameters):
        """Make a classifier that follows the paper's strict reading (Sec. 3.5, 4.3).

        One time step a patch, ten thermometer bits expanded to `hidden_size` bits by fixed
        random signs, no clipping, no inertia, no place code, and a tie is +1.

        Parameters
        ----------
        hidden_size : int, default=512
        **parameters
            Any others of the class; they win over the above.

        Returns
        -------
        classifier : BEPRNNClassifier
        """
        encoder = make_pipeline(ThermometerEncoder(10), BinaryExpansionEncoder(hidden_size))
        strict = {
            "n_steps": "raw",
            "overlap": 0,
            "encoder": encoder,
            "inertia": 0,
            "place_code": False,
            "clip_updates": False,
            "ties": "positive",
        }
        return cls(hidden_size, **{**strict, **parameters})

    def step(self, x, state=None):
        """Go on by one step of a live series.

        The logits after the last step of a series are those of the whole series, wherever its
        steps are full patches, as always with ``n_steps="raw"``.

        Parameters
        ----------
        x : array-like, shape (n_features,) or (window, n_features)
            What the step sees: the next time step, a number if there is one feature; or, unless
            `n_steps` is "raw", the last ``window = (1 + overlap_) * patch_length_`` time steps,
            the first value repeated where they would lie before the beginning. No NaN.
        state : int32 array, shape (hidden_size + 1,), default=None
            What the step before returned; None at the beginning of a series.

        Returns
        -------
        state : int32 array, shape (hidden_size + 1,)
            The sums z of the state neurons, then the number of steps so far.
        logits : int32 array, shape (n_classes,)

        Raises
        ------
        ValueError
            For x or state of another shape, or NaN.
        """
        check_is_fitted(self)
        window = (1 + self.overlap_) * self.patch_length_
        patch = _series.check_step(x, window, len(self._feature_means))
        network = self._network()
        state = _series.check_state(state, network.layers[1].n_neurons)
        place = state[-1]
        inputs, n_bits = encode(self.encoder_, patch)
        if self.place_code_:
            inputs = inputs ^ place_patterns(self._place_seed, n_bits, [place])
        sums, logits = network.step(inputs, state[:-1])
        return np.append(sums, np.int32(place + 1)), logits

    def _check_input(self, X, reset):
        return _series.check_series(self, X, reset)

    def _check_samples(self, X, y, reset):
        return self._check_input(X, reset), check_labels(X, y)

    def _fit_encoder(self, X, y, seed):
        start, end = _series.find_ends(X)
        longest = int((end - start).max())
        most = {"auto": AUTO_STEPS, "raw": longest}.get(self.n_steps, self.n_steps)
        self.patch_length_ = -(-longest // most)
        self.n_steps_ = -(-longest // self.patch_length_)
        self.overlap_ = int(self.n_steps != "raw") if self.overlap == "auto" else self.overlap
        long = self.n_steps_ >= LONG
        inertia = AUTO_INERTIA * long if self.inertia == "auto" else self.inertia
        self.inertia_ = int(256 * inertia) / 256
        self.place_code_ = long if self.place_code == "auto" else self.place_code
        self._feature_means = _series.feature_means(X)

        patches, _, live, _ = self._cut(X)
        encoder = make_encoder(self.encoder)
        if isinstance(self.encoder, str) and self.encoder == "projection":
            encoder.set_params(n_components=self.hidden_size)
        self._place_seed = derive_key(seed, Stream.PLACES)
        self.encoder_ = seed_encoder(encoder, seed).fit(patches, np.repeat(y, live.sum(axis=1)))

    def _cut(self, X):
        """Return all series' own patches, the first of each, where they are, and their places."""
        cut = self.patch_length_, self.overlap_, self._feature_means
        patches, first = _series.cut_patches(X, *cut)
        places = np.arange(patches.shape[1]) - first[:, np.newaxis]
        live = places >= 0
        return patches[live], first, live, places[live]

    def _encode_input(self, X):
        patches, first, live, places = self._cut(X)
        inputs, n_bits = encode(self.encoder_, patches, self._n_threads())
        if self.place_code_:
            patterns = place_patterns(self._place_seed, n_bits, range(live.shape[1]))
            inputs = inputs ^ patterns[places]
        bits = empty_bits(live.size, n_bits).reshape(*live.shape, -1)
        bits[~live] = 0
        bits[live] = inputs
        return Sequences(bits, first), n_bits

    def _start(self, n_bits, seed):
        n_states, n_outputs = widths = self._widths()
        n_classes, options = len(self.classes_), self._options()
        network = RecurrentNetwork.random(n_bits, n_states, n_outputs, n_classes, seed, **options)
        return network, Progress(seed, [self._group_size(width) for width in widths])

    def _widths(self):
        return [self.hidden_size, self.output_size or self.hidden_size]

    def _group_size(self, width):
        if self.group_size == "auto":
            return nearest_divisor(width, AUTO_GROUP_SIZE)
        if self.group_size > width:
            raise ValueError(
                f"group_size={self.group_size} must not exceed hidden_size or output_size, {width}."
            )
        return self.group_size

    def _options(self):
        return {
            "inertia": int(256 * self.inertia_),
            "clip": self.clip_updates,
            "keep_ties": self.ties == "keep",
            "horizon": self.horizon,
            "single_step": self.n_steps_ == 1,
        }

    def _check_warm_start(self):
        widths = [len(weights) for weights in self.hidden_weights_[1:]]
        if widths != self._widths():
            raise ValueError(
                "warm_start=True keeps hidden_size and output_size of the previous fit, "
                f"{widths}; got {self.hidden_size} and {self.output_size}."
            )

    def _network(self):
        layers = map(Layer, self.hidden_weights_, self._visible_weights)
        return RecurrentNetwork(list(layers), self.prototypes_, **self._options())

    def _n_update_steps(self, inputs):
        return 1 if self.clip_updates else inputs.bits.shape[1]

    def _auto_batch_size(self, n_samples):
        return int(np.clip(n_samples // 10, 1, 20 if self.n_steps_ >= LONG else 64))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = True
        return tags
