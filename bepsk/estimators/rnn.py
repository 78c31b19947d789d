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
        gamma: each sample updates at most one neuron in each group of gamma (Sec. 3.3);
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
        `n_iter_no_change` may end training sooner. Not in the paper.
    shuffle : bool, default=True
        Take the samples in a new random order each epoch.
    early_stopping : bool, default=False
        Hold out `validation_fraction` of the samples (stratified), stop when their accuracy
        does not improve, and keep the best weights.
    validation_fraction : float in (0, 1), default=0.1
        Share of the samples that `early_stopping` holds out.
    n_iter_no_change : int or None, default=10
        Stop after this many epochs in which neither the validation score (with
        `early_stopping`) nor the fraction of triggered samples (without) improves by `tol`.
        Epochs on the first plateau, where 99 % of the samples trigger and the accuracy is near
        chance, do not count. None never stops.
    tol : float >= 0, default=1e-4
        The least gain that counts as an improvement for `n_iter_no_change`.
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
    place_seed_ : int
        Seed of the place code: ``place_patterns(place_seed_, n_bits, places)`` of
        `bepsk.network.recurrent` are the bits that each place flips.
    feature_means_ : ndarray, shape (n_features,)
        What stands in for a feature that a series lacks altogether.
    hidden_weights_ : list of int16 arrays
        [Hxs (K_s, n_bits), Hss (K_s, K_s), Hsy (K_y, K_s)], odd integers; their signs are the
        weights of the network.
    prototypes_ : int8 array of +-1, shape (n_classes, K_y)
        P, the fixed classifier (App. C).
    group_sizes_ : list of int
        Of the state and of the output layer.
    n_iter_, t_, loss_curve_, train_scores_, validation_scores_, best_validation_score_, \
temperature_
        As in `BEPMLPClassifier`.
    network_ : RecurrentNetwork
        The fitted network, over the same arrays; it reads what `encode` returns.

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
        **BaseRecurrentEstimator._parameter_constraints,
        **BEPClassifierMixin._class_parameter_constraints,
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
    _width_parameters = "hidden_size and output_size"
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
