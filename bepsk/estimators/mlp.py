"""The binary multilayer perceptron for scikit-learn."""

from bepsk._sklearn_compat import StrOptions
from bepsk.estimators._encoding import ENCODERS, Transformer
from bepsk.estimators._feedforward import BaseFeedForwardEstimator
from bepsk.estimators._online import OnlineMixin
from bepsk.estimators._probe import make_plan


class BEPMLPClassifier(OnlineMixin, BaseFeedForwardEstimator):
    """Binary multilayer perceptron trained by Binary Error Propagation (BEP).

    Weights and activations are +-1. Training runs on XNOR, popcount and integer increments:
    no gradients and no float weights.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(512, 512)
        Number of neurons of each hidden layer; an int means one layer.
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
        How errors become increments. "contrastive" asks only for what sets a class apart from its
        strongest rival, and lets all neurons near their threshold learn; "paper" is BEP as
        published, where one wrong neuron per group learns. docs/algorithm.md compares the two.
    margin : float in (0, 1], default=0.5
        The r of Eq. 1: a sample is learned from while the logit of its class leads by less than
        r times the width of the last layer.
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
        training, anew in each epoch; rounded up to 256ths. It keeps the network from learning
        noisy labels by heart. "auto" is 1/4 or 0 by the probe of ``encoder="auto"``, and 0 with
        any other encoder, in `partial_fit` and with ``rule="paper"``. Not in the paper.
    weight_bits : int in 8 .. 16, default=16
        Bits of a hidden weight: +-(2^(weight_bits - 1) - 1) at most. `fit` learns with 16 bits and
        scales the weights down at its end, which changes no prediction; in `partial_fit` they
        saturate.
    online : bool, default=False
        Whether `partial_fit` learns from one row after the other, in place and in integers alone,
        as a microcontroller does: for networks that go on learning where they are used. Faster
        and better for single rows; mini-batches are better for many at once. The first chunk of
        all, which fits the encoder, is learned from as without. The first row after that brings
        large `hidden_weights_` down to a mean size of 15, so that they can change; no prediction
        changes by that. Biases and `temperature_` stay as they are, scores are not listed, and
        `hidden_weights_` change in place. Not in the paper; see docs/algorithm.md.
    batch_size : int or "auto", default="auto"
        Samples per mini-batch; "auto" is a fiftieth of the samples, at least 10 and at most 100.
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
        `categorical_features`, `group_size`, `centering`, `noise` and `random_state` are not read
        again; widths and labels must stay the same. With ``annealing=0`` and without `average` and
        `early_stopping`, n such fits of one epoch equal one fit of n epochs, unless that ends
        sooner.
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
        Labels in ascending order; with several per sample 0 .. n_labels - 1.
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
    prototypes_ : int8 array of +-1, shape (n_classes, width of the last layer)
        P, the fixed classifier (App. C). With several labels per sample one row of signs: each
        label has a share of the last layer, and these signs there say yes, their opposite no.
    group_sizes_ : list of int
        Group size of each layer after the last epoch; empty unless ``rule="paper"``.
    n_iter_ : int
        Number of epochs so far, `partial_fit` calls included.
    t_ : int
        Number of samples seen so far, each once per epoch.
    loss_curve_ : list of float
        Fraction of triggered samples in each epoch; of a long stream in the last 10,000 chunks.
    train_scores_ : list of float
        Accuracy in each epoch on the training samples, each before its own update. A sample of
        several labels counts if all of them are right.
    validation_scores_ : list of float
        Score of the validation samples, see `scoring`, after each epoch that had any.
    best_validation_score_ : float or None
        The best of these in the last `fit`; None without validation samples.
    temperature_ : float
        What `predict_proba` divides the logits by; from the validation samples, from the probe if
        there are none, or else from the training samples.
    network_ : FeedForwardNetwork
        The fitted network, over the same arrays; it reads what `encode` returns.

    Notes
    -----
    The probe (not in the paper) trains networks of at most 128 neurons per layer for 25 epochs, on
    four fifths of the training samples, 4000 of them at most. It does so for sparse projections
    with a quarter of the bits flipped, and for dense projections without noise. The first is
    chosen unless its log loss on the remaining fifth is higher than that of the second by more
    than a standard error. With any other encoder there is one such network. The temperature that
    suits those samples best, per neuron of the last layer, becomes `temperature_`, since training
    samples would call for too much confidence. There is no probe of fewer than 100 samples, nor
    after the first chunk in `partial_fit` and the first fit under `warm_start`.

    References
    ----------
    Colombo, Pittorino, Zambon, Baldassi, Roveri, Alippi. BEP: A Binary Error Propagation
    Algorithm for Binary Neural Networks Training. ICLR 2026, arXiv:2512.04189.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from bepsk import BEPMLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = BEPMLPClassifier((64, 64), max_iter=20, random_state=0).fit(X, y)
    >>> clf.score(X, y) > 0.9
    True
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        **BaseFeedForwardEstimator._parameter_constraints,
        **OnlineMixin._class_parameter_constraints,
        **OnlineMixin._online_constraints,
        "encoder": [StrOptions({"auto", *ENCODERS}), Transformer()],
    }
    _derived = (*BaseFeedForwardEstimator._derived, "_live")

    def __init__(
        self,
        hidden_layer_sizes=(512, 512),
        *,
        encoder="auto",
        categorical_features="from_dtype",
        rule="contrastive",
        margin=0.5,
        gate="auto",
        group_size="auto",
        group_patience="auto",
        reinforcement="auto",
        centering="auto",
        noise="auto",
        weight_bits=16,
        online=False,
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
        self.hidden_layer_sizes = hidden_layer_sizes
        self.encoder = encoder
        self.categorical_features = categorical_features
        self.rule = rule
        self.margin = margin
        self.gate = gate
        self.group_size = group_size
        self.group_patience = group_patience
        self.reinforcement = reinforcement
        self.centering = centering
        self.noise = noise
        self.weight_bits = weight_bits
        self.online = online
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
    def strict(cls, hidden_layer_sizes=(512, 512), **parameters):
        """Make a classifier that follows the paper strictly (Sec. 3.1 - 3.3).

        The paper's rule, no centring, no annealing, no average.

        Parameters
        ----------
        hidden_layer_sizes : int or sequence of int, default=(512, 512)
            Number of neurons of each hidden layer.
        **parameters
            Other parameters of the class; they override the above.

        Returns
        -------
        classifier : BEPMLPClassifier
            Not fitted yet.
        """
        strict = {
            "rule": "paper",
            "centering": False,
            "annealing": 0,
            "average": 1,
            "scoring": "accuracy",
        }
        return cls(hidden_layer_sizes, **{**strict, **parameters})

    def _make_plan(self, *samples, **wanted):
        return make_plan(self, *samples, **wanted)
