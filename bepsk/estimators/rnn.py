"""The binary recurrent network for scikit-learn."""

from numbers import Integral, Real

from sklearn.pipeline import make_pipeline

from bepsk._sklearn_compat import Interval, StrOptions
from bepsk.encoders import BinaryExpansionEncoder, ThermometerEncoder
from bepsk.estimators._classifier import BEPClassifierMixin
from bepsk.estimators._recurrent import BaseRecurrentEstimator


class BEPRNNClassifier(BEPClassifierMixin, BaseRecurrentEstimator):
    """Binary recurrent network for series, trained by Binary Error Propagation through time.

    Weights, states and activations are +-1. A series is cut into steps, each step becomes bits,
    and the state after the last step is classified (BEP-TT, Sec. 3.5 of arXiv:2512.04189). Training
    runs on XNOR, popcount and integer increments: no gradients and no float weights.

    Parameters
    ----------
    hidden_size : int, default=512
        K_s, the number of neurons of the state.
    output_size : int or None, default=None
        K_y, the number of neurons of the layer between the last state and the classifier; None
        means `hidden_size`.
    n_steps : int, "auto" or "raw", default="auto"
        Largest number of consecutive patches, one per step of the network, that nine in ten
        training series are cut into; "auto" is 8, "raw" cuts one patch per time step. All series
        are cut into patches of the same length, counted from their ends: longer series have more
        steps, shorter ones fewer. A first patch that is not full begins with the first value,
        repeated.
    overlap : int or "auto", default="auto"
        Number of patches before its own that a step also sees; "auto" is 0 with
        ``n_steps="raw"``, otherwise 1.
    encoder : {"projection", "thermometer", "binary"} or transformer, default="projection"
        How the values that a step sees become bits: by `RandomProjectionEncoder` with
        `hidden_size` bits, by `ThermometerEncoder`, or not at all if X holds bits already
        (0 / 1, bool or -1 / +1). A transformer is cloned and fitted in `fit`, on one row per
        step; its output must be such bits.
    rule : {"contrastive", "paper"}, default="contrastive"
        How errors become increments. "contrastive" asks only for what sets a class apart from its
        strongest rival, and lets all neurons near their threshold learn; "paper" is BEP as
        published, where one wrong neuron per group learns. docs/algorithm.md compares the two.
    margin : float in (0, 1], default=0.5
        The r of Eq. 1: a sample is learned from while the logit of its class leads by less than
        r times the width of the last layer.
    gate : float in (0, 1] or "auto", default="auto"
        Of the paper's rule, the nu of Eq. 5: errors flow back through neurons with |z| <= nu times
        their fan-in. That of a state neuron is the number of bits of a step plus `hidden_size`.
        "auto" is 0.05.
    group_size : int or "auto", default="auto"
        Of the paper's rule, the gamma of Sec. 3.3: each sample changes at most one neuron in each
        group of gamma. One number for the state and the output layer; "auto" takes the divisor of
        each width that is nearest, by ratio, to 15.
    reinforcement : float >= 0 or "auto", default="auto"
        Of the paper's rule, the p_r of Sec. 3.3: after each mini-batch every hidden weight moves
        away from 0 with probability p_r sqrt(2 / (pi K)) sqrt(E), where K is the number of neurons
        of its layer and E the training error of the previous epoch; "auto" is 0.5.
    inertia : float in [0, 1) or "auto", default="auto"
        Share of its last sum z that a state neuron adds to the next, rounded down to 256ths.
        "auto" is 0.75 if `n_steps_` is 20 or more, otherwise 0. Not in the paper.
    place_code : bool or "auto", default="auto"
        Whether to flip bits of each step by a fixed random pattern of its place in the series,
        so that the same weights can tell places apart; about half of the input bits are never
        flipped. "auto" does so if `n_steps_` is 20 or more. Not in the paper.
    clip_updates : bool or "auto", default="auto"
        Of the paper's rule: whether the change that a sample asks of a weight, summed over its
        steps, is reduced to its sign; "auto" does so. Not in the paper.
    ties : {"keep", "positive", "auto"}, default="auto"
        Of the paper's rule: what a back-projected sum of 0 asks of a state, to stay as it is, or,
        as in the paper, to be +1; "auto" is "keep".
    horizon : int or None, default=None
        Number of last steps of a series through which errors flow back; None means all. Not in
        the paper.
    centering : bool or "auto", default="auto"
        Whether the layer that reads the input learns from centred bits: then bits that are mostly
        0 or mostly 1 do no harm. "auto" does so unless ``rule="paper"``, where it excludes
        `clip_updates`. Not in the paper.
    noise : float in [0, 0.5) or "auto", default="auto"
        Share of the bits of the input and of the states that are flipped at random in
        training, anew in each epoch; rounded up to 256ths. "auto" is 1/16 if `fit` has fewer than
        2000 series of fewer than 20 steps, which it could learn by heart, otherwise 0, and with
        ``rule="paper"``. Not in the paper.
    batch_size : int or "auto", default="auto"
        Samples per mini-batch; "auto" is a fiftieth of the samples, at least 10 and at most 20.
        With ``rule="paper"`` it is a tenth, at most 64, or at most 20 if `n_steps_` is 20 or more.
    max_iter : int, default=50
        Maximum number of epochs per `fit`. Training ends sooner if no sample triggers any more,
        or by `n_iter_no_change`.
    annealing : float in [0, 1] or "auto", default="auto"
        Share of `max_iter`, at its end, over which all hidden weights are tripled four times, so
        that increments count less and less, in later calls of `fit` and `partial_fit` too.
        "auto" is 0.4, or 0 with ``rule="paper"``. Not in the paper.
    average : int >= 1 or "auto", default="auto"
        Number of last epochs whose hidden weights are averaged: `fit` ends with the signs of
        their sums. "auto" is a tenth of the epochs, at least 1 and at most 10, or 1 with
        ``rule="paper"``. Not in the paper.
    shuffle : bool, default=True
        Whether to take the samples in a new random order in each epoch.
    early_stopping : bool, default=False
        Whether to hold out `validation_fraction` of the samples, stratified, and to keep the
        weights of the epoch that scores best on them, the last of equals. Training ends by
        `n_iter_no_change`. Validation samples given to `fit` take the place of those held out.
    scoring : {"auto", "balanced_accuracy", "accuracy", "log_loss"} or callable, default="auto"
        How validation samples are scored; more is better. "auto" is "balanced_accuracy", which
        does not overlook rare classes, or "accuracy" with a `class_weight`. "log_loss" is minus
        the log loss at the best temperature. A callable takes the estimator, X and y of the
        validation samples, as the scorers of scikit-learn do.
    validation_fraction : float in (0, 1), default=0.1
        Share of the samples that `early_stopping` holds out.
    n_iter_no_change : int or None, default=10
        After this many epochs in a row in which neither training improves, its accuracy less the
        fraction of triggered samples, nor, with `early_stopping`, the validation score, the
        epochs of `annealing` begin, or training ends if they have begun or there are none. Epochs
        in which at least 99 % of the samples trigger and the accuracy is near chance do not
        count. None means never.
    tol : float >= 0, default=1e-4
        An improvement counts for `n_iter_no_change` if it exceeds this.
    warm_start : bool, default=False
        Whether `fit` continues with the encoder and the weights of the previous one. `encoder`,
        `n_steps`, `overlap`, `group_size`, `inertia`, `place_code`, `centering`, `noise` and
        `random_state` are not read again; widths and labels must stay the same. With
        ``annealing=0`` and without `average` and `early_stopping`, n such fits of one epoch equal
        one fit of n epochs, unless that ends sooner.
    class_weight : dict, "balanced" or None, default=None
        Factor of `sample_weight` for each label; 1 for labels that a dict leaves out. "balanced"
        is inversely proportional to the number of samples with the label, 10,000 at most.
    n_jobs : int or None, default=None
        Number of threads, one per CPU at most; None means 1, -1 one per CPU. One alone is used
        where that is faster, and in forked processes. The result does not depend on it.
    random_state : int, RandomState instance or None, default=None
        Seed of everything random: encoder, weights, prototypes, validation split, order of the
        samples, reinforcement. An encoder with a `random_state` of its own keeps it.
    verbose : bool or int, default=False
        1 prints a line after each epoch of `fit`, with the time that the rest of `max_iter` would
        take, and one after each call of `partial_fit`; 2 adds details, see `bepsk.training.Report`.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        Labels in ascending order.
    n_features_in_ : int
        Number of columns of a 2-D X; features per time step of a 3-D X or a list.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Names of the columns of a 2-D X; only if X had any.
    encoder_ : transformer
        The fitted encoder.
    patch_length_ : int
        Number of time steps from one patch to the next.
    overlap_ : int
        The `overlap` in use.
    n_steps_ : int
        Largest number of steps of nine in ten of the series that the encoder was fitted on. If it
        is 1, longer series are classified by their last step alone.
    inertia_ : float
        The `inertia` in use.
    place_code_ : bool
        The `place_code` in use.
    place_seed_ : int
        Seed of the place code: ``place_patterns(place_seed_, n_bits, places)`` of
        `bepsk.network.sequences` are the bits that are flipped at each place.
    feature_means_ : ndarray, shape (n_features,)
        What replaces a feature that a series lacks altogether.
    noise_ : float
        The `noise` in use.
    n_bias_ : int
        Number of constant bits that are appended to each step: 0.
    hidden_weights_ : list of int16 arrays
        [Hxs (K_s, n_bits), Hss (K_s, K_s), Hsy (K_y, K_s)], odd integers; their signs are the
        weights of the network. Read-only.
    prototypes_ : int8 array of +-1, shape (n_classes, K_y)
        P, the fixed classifier (App. C).
    group_sizes_ : list of int
        Group sizes of the state and of the output layer; empty unless ``rule="paper"``.
    n_iter_ : int
        Number of epochs so far, `partial_fit` calls included.
    t_ : int
        Number of samples seen so far, each once per epoch.
    loss_curve_ : list of float
        Fraction of triggered samples in each epoch; of a long stream in the last 10,000 chunks.
    train_scores_ : list of float
        Accuracy in each epoch on the training samples, each before its own update.
    validation_scores_ : list of float
        Score of the validation samples, see `scoring`, after each epoch that had any.
    best_validation_score_ : float or None
        The best of these in the last `fit`; None without validation samples.
    temperature_ : float
        What `predict_proba` divides the logits by.
    network_ : RecurrentNetwork
        The fitted network, over the same arrays; it reads what `encode` returns.

    Notes
    -----
    X is an array (n_samples, n_timesteps) or (n_samples, n_timesteps, n_features), or a list of
    numpy arrays (n_timesteps_i,) or (n_timesteps_i, n_features). Time steps at either end of a
    series that hold nothing but NaN are padding; other NaN are missing values, interpolated
    linearly in time. Transpose arrays (n_samples, n_channels, n_timesteps), as aeon and sktime
    have them: ``X.transpose(0, 2, 1)``. After a fit on a 2-D X, other 2-D X must have as many
    columns; 3-D arrays and lists may hold series of any length.

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
        **BaseRecurrentEstimator._parameter_constraints,
        **BEPClassifierMixin._class_parameter_constraints,
        "hidden_size": [Interval(Integral, 1, 2**31, closed="left")],
        "output_size": [Interval(Integral, 1, 2**31, closed="left"), None],
        "n_steps": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto", "raw"})],
        "overlap": [Interval(Integral, 0, 2**31, closed="left"), StrOptions({"auto"})],
        "group_size": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "inertia": [Interval(Real, 0, 1, closed="left"), StrOptions({"auto"})],
        "place_code": ["boolean", StrOptions({"auto"})],
        "clip_updates": ["boolean", StrOptions({"auto"})],
        "ties": [StrOptions({"auto", "keep", "positive"})],
        "horizon": [Interval(Integral, 1, None, closed="left"), None],
    }
    _paper_defaults: dict = BaseRecurrentEstimator._paper_defaults | {
        "clip_updates": True,
        "ties": "keep",
    }
    _width_parameters = "hidden_size and output_size"

    def __init__(
        self,
        hidden_size=512,
        *,
        output_size=None,
        n_steps="auto",
        overlap="auto",
        encoder="projection",
        rule="contrastive",
        margin=0.5,
        gate="auto",
        group_size="auto",
        reinforcement="auto",
        inertia="auto",
        place_code="auto",
        clip_updates="auto",
        ties="auto",
        horizon=None,
        centering="auto",
        noise="auto",
        batch_size="auto",
        max_iter=50,
        annealing="auto",
        average="auto",
        shuffle=True,
        early_stopping=False,
        scoring="auto",
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
        self.rule = rule
        self.margin = margin
        self.gate = gate
        self.group_size = group_size
        self.reinforcement = reinforcement
        self.inertia = inertia
        self.place_code = place_code
        self.clip_updates = clip_updates
        self.ties = ties
        self.horizon = horizon
        self.centering = centering
        self.noise = noise
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.annealing = annealing
        self.average = average
        self.shuffle = shuffle
        self.early_stopping = early_stopping
        self.scoring = scoring
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
        """Make a classifier that follows the paper strictly (Sec. 3.5, 4.3).

        The paper's rule, one step per time step, ten thermometer bits expanded to `hidden_size`
        bits by fixed random signs, no overlap, no clipping, no inertia, no place code, no
        centring, no annealing, and ties are +1.

        Parameters
        ----------
        hidden_size : int, default=512
            K_s, the number of neurons of the state.
        **parameters
            Other parameters of the class; they override the above.

        Returns
        -------
        classifier : BEPRNNClassifier
            Not fitted yet.
        """
        encoder = make_pipeline(ThermometerEncoder(10), BinaryExpansionEncoder(hidden_size))
        strict = {
            "n_steps": "raw",
            "overlap": 0,
            "encoder": encoder,
            "inertia": 0,
            "place_code": False,
            "rule": "paper",
            "clip_updates": False,
            "ties": "positive",
            "centering": False,
            "scoring": "accuracy",
            "annealing": 0,
        }
        return cls(hidden_size, **{**strict, **parameters})
