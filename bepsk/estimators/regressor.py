"""The binary multilayer perceptron that predicts numbers."""

from bepsk._sklearn_compat import StrOptions
from bepsk.estimators._encoding import ENCODERS, Transformer
from bepsk.estimators._feedforward import BaseFeedForwardEstimator
from bepsk.estimators._probe import make_plan
from bepsk.estimators._regression import BEPRegressorMixin


class BEPMLPRegressor(BEPRegressorMixin, BaseFeedForwardEstimator):
    """Binary multilayer perceptron that predicts numbers, trained by Binary Error Propagation.

    Weights and activations are +-1, as in `BEPMLPClassifier`. The last layer is a thermometer: each
    of its neurons says whether y exceeds a threshold of its own. Thresholds are quantiles of the
    training targets, so that y is learned by rank, whatever its units and outliers.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(512,)
        Number of neurons of each hidden layer; an int means one layer. The last is the thermometer.
    encoder : {"auto", "projection", "sparse", "thermometer", "binary"} or transformer, \
default="auto"
        How X becomes bits: by `RandomProjectionEncoder` of all features or of a few each, by
        `ThermometerEncoder`, or not at all if X holds bits already (0 / 1, bool or -1 / +1). A
        transformer is cloned and fitted in `fit`; its output must be such bits. "auto" is a
        projection: a probe chooses between "sparse", with noise, and "projection", see Notes.
    categorical_features : "from_dtype", array-like of int, bool or str, or None, \
default="from_dtype"
        Columns of X that hold categories, by index, mask or name; each category becomes a 0 / 1
        column for the encoder, a missing one too. "from_dtype" means the columns of a DataFrame of
        strings or of dtype category; an `encoder` that is not one of `bepsk.encoders` gets X as
        it is then. A category that `fit` or the first chunk of `partial_fit` did not see is 0 in
        all columns. Of more than 64 categories of a column the rarest are one.
    rule : {"contrastive", "paper"}, default="contrastive"
        How errors become increments. "contrastive" asks only the wrong neurons of the last layer to
        change, and lets all neurons near their threshold learn; "paper" is BEP as published, where
        one wrong neuron per group learns.
    epsilon : float in [0, 1), default=0.01
        A sample is learned from while more than this share of the last layer is wrong. One neuron
        stands for one quantile, so that this is about how far the rank of the prediction among the
        training targets may be from the true one.
    gate : float in (0, 1] or "auto", default="auto"
        Of the paper's rule, the nu of Eq. 5: errors flow back through neurons with |z| <= nu times
        their fan-in. Small values help on images; 1 leaves all gates open; "auto" is 0.05.
    group_size : int, sequence of int or "auto", default="auto"
        Of the paper's rule, the gamma of Sec. 3.3: each sample changes at most one neuron in each
        group of gamma. One number for all layers or one per layer; "auto" takes the divisor of each
        width that is nearest, by ratio, to 1.4 times its square root.
    group_patience : int, None or "auto", default="auto"
        Of the paper's rule: number of epochs without a better score after which each group size
        moves to the next larger divisor of its layer's width. The score is the validation accuracy,
        or the training accuracy if there are no validation samples. Epochs in which at least 99 %
        of the samples trigger and the accuracy is near chance do not count. None means never,
        "auto" is 3.
    reinforcement : float >= 0 or "auto", default="auto"
        Of the paper's rule, the p_r of Sec. 3.3: after each mini-batch every hidden weight moves
        away from 0 with probability p_r sqrt(2 / (pi K)) sqrt(E), where K is the number of neurons
        of its layer and E the training error of the previous epoch; "auto" is 0.5.
    centering : bool or "auto", default="auto"
        Whether the first layer learns from centred input bits, and has `n_bias_` constant bits
        appended to its input as biases: then bits that are mostly 0 or mostly 1 do no harm.
        "auto" does so unless ``rule="paper"``. Not in the paper.
    noise : float in [0, 0.5) or "auto", default="auto"
        Share of the bits of the input and of the hidden layers that are flipped at random in
        training, anew in each epoch; rounded up to 256ths. "auto" is 1/8 or 0 by the probe of
        ``encoder="auto"``, and 0 with any other encoder, in `partial_fit` and with
        ``rule="paper"``. Not in the paper.
    batch_size : int or "auto", default="auto"
        Samples per mini-batch; "auto" is a fiftieth of the samples, at least 10 and at most 100.
    max_iter : int, default=50
        Maximum number of epochs per `fit`. Training ends sooner if no sample triggers any more,
        or by `n_iter_no_change`.
    annealing : float in [0, 1] or "auto", default="auto"
        Share of `max_iter`, at its end, over which all hidden weights are tripled four times, so
        that increments count less and less, in later calls of `fit` and `partial_fit` too.
        "auto" is 0: weights that keep changing have better averages here. Not in the paper.
    average : int >= 1 or "auto", default="auto"
        Number of last epochs whose hidden weights are averaged: `fit` ends with the signs of
        their sums. "auto" is a tenth of the epochs, at least 1 and at most 10, or 1 with
        ``rule="paper"``. Not in the paper.
    shuffle : bool, default=True
        Whether to take the samples in a new random order in each epoch.
    early_stopping : bool, default=False
        Whether to hold out `validation_fraction` of the samples, to stop when R2 on them no longer
        improves, and to keep the weights of the best epoch. Validation samples given to `fit` take
        the place of those held out.
    validation_fraction : float in (0, 1), default=0.1
        Share of the samples that `early_stopping` holds out.
    n_iter_no_change : int or None, default=10
        Stop after this many epochs in a row in which R2 on the validation samples (with
        `early_stopping`) or the fraction of triggered samples (without) does not improve. Epochs
        in which at least 99 % of the samples trigger do not count. None means never.
    tol : float >= 0, default=1e-4
        An improvement counts for `n_iter_no_change` if it exceeds this.
    warm_start : bool, default=False
        Whether `fit` continues with the encoder, the thresholds and the weights of the previous
        one. `encoder`, `categorical_features`, `group_size`, `centering`, `noise` and
        `random_state` are not read again; widths must stay the same. With ``annealing=0`` and
        without `average` and `early_stopping`, n such fits of one epoch equal one fit of n epochs,
        unless that ends sooner.
    n_jobs : int or None, default=None
        Number of threads, one per CPU at most; None means 1, -1 one per CPU. One alone is used
        where that is faster, and in forked processes. The result does not depend on it.
    random_state : int, RandomState instance or None, default=None
        Seed of everything random: encoder, weights, order of the thresholds, validation split,
        order of the samples, reinforcement. An encoder with a `random_state` of its own keeps it.
    verbose : bool or int, default=False
        1 prints a line after each epoch of `fit`, with the time that the rest of `max_iter` would
        take, and one after each call of `partial_fit`; 2 adds details, see `bepsk.training.Report`.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of the X that was fitted.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Names of these columns; only if X had any.
    encoder_ : transformer
        The fitted encoder; a Pipeline that ends in it if X holds categories.
    noise_ : float
        The `noise` in use.
    n_bias_ : int
        Number of constant bits, all 1, that are appended to the output of the encoder.
    hidden_weights_ : list of int16 arrays, shapes (width, fan-in)
        H, odd integers; their signs are the weights of the network. Read-only.
    thresholds_ : float64 array, shape (width of the last layer,)
        t: neuron j of the last layer says whether y > t_j. In random order.
    widths_ : int32 array, shape (width of the last layer,)
        What each of these neurons adds to the prediction if it is up, in units of `scale_`; in part
        if its sum is within 3 sqrt(fan-in) of 0.
    offset_, scale_ : float
        The prediction is `offset_` plus `scale_` times the sum of the widths.
    group_sizes_ : list of int
        Group size of each layer after the last epoch; empty unless ``rule="paper"``.
    n_iter_ : int
        Number of epochs so far, `partial_fit` calls included.
    t_ : int
        Number of samples seen so far, each once per epoch.
    loss_curve_ : list of float
        Fraction of triggered samples in each epoch; of a long stream in the last 10,000 chunks.
    train_scores_ : list of float
        Share of the training samples in each epoch that did not trigger, the rest of
        `loss_curve_`.
    validation_scores_ : list of float
        R2 on the validation samples after each epoch that had any.
    best_validation_score_ : float or None
        The best of these in the last `fit`; None without validation samples.
    network_ : FeedForwardNetwork
        The fitted network, over the same arrays; it reads what `encode` returns.

    Notes
    -----
    Not in the paper. Predictions lie between the smallest and the largest target of training, as
    those of trees do.

    The probe trains networks of at most 128 neurons per layer for 25 epochs, on four fifths of the
    training samples, 4000 of them at most: with sparse projections and an eighth of the bits
    flipped, and with dense projections without noise. The first is chosen unless its squared error
    on the remaining fifth is higher than that of the second by more than a standard error. There is
    no probe of fewer than 100 samples, nor after the first chunk in `partial_fit` and the first fit
    under `warm_start`.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from bepsk import BEPMLPRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> reg = BEPMLPRegressor((64, 64), max_iter=20, random_state=0).fit(X, y)
    >>> reg.score(X, y) > 0.5
    True
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        **BaseFeedForwardEstimator._parameter_constraints,
        **BEPRegressorMixin._number_parameter_constraints,
        "encoder": [StrOptions({"auto", *ENCODERS}), Transformer()],
    }

    _probed_noise = 1 / 8

    def __init__(
        self,
        hidden_layer_sizes=(512,),
        *,
        encoder="auto",
        categorical_features="from_dtype",
        rule="contrastive",
        epsilon=0.01,
        gate="auto",
        group_size="auto",
        group_patience="auto",
        reinforcement="auto",
        centering="auto",
        noise="auto",
        batch_size="auto",
        max_iter=50,
        annealing="auto",
        average="auto",
        shuffle=True,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=10,
        tol=1e-4,
        warm_start=False,
        n_jobs=None,
        random_state=None,
        verbose=False,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.encoder = encoder
        self.categorical_features = categorical_features
        self.rule = rule
        self.epsilon = epsilon
        self.gate = gate
        self.group_size = group_size
        self.group_patience = group_patience
        self.reinforcement = reinforcement
        self.centering = centering
        self.noise = noise
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.annealing = annealing
        self.average = average
        self.shuffle = shuffle
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def _make_plan(self, *samples, noise, temperature):
        return make_plan(self, *samples, noise=noise, temperature=False)
