"""The binary multilayer perceptron for scikit-learn."""

from numbers import Integral

import numpy as np

from bepsk._sklearn_compat import Interval, StrOptions
from bepsk.estimators._base import BaseBEPEstimator
from bepsk.estimators._classifier import BEPClassifierMixin
from bepsk.network import FeedForwardNetwork
from bepsk.training.schedules import nearest_divisor


class BEPMLPClassifier(BEPClassifierMixin, BaseBEPEstimator):
    """Binary multilayer perceptron trained by Binary Error Propagation (BEP).

    Weights and activations are +-1. Training runs on XNOR, popcount and integer increments:
    no gradients and no float weights.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(512, 512)
        Neurons of each hidden layer.
    encoder : {"projection", "thermometer", "binary"} or transformer, default="projection"
        How X becomes bits: `RandomProjectionEncoder`, `ThermometerEncoder`, or not at all
        (X is 0 / 1, bool or -1 / +1 already). A transformer instance is cloned and fitted in
        `fit`; its output must be binary.
    margin : float in (0, 1], default=0.5
        r: a sample is learned from while its logit leads by less than r times the width of
        the last layer (Eq. 1).
    gate : float in (0, 1], default=0.05
        nu: errors flow back through neurons with |z| <= nu times their fan-in (Eq. 5). Small
        values help on images; 1 leaves all gates open.
    group_size : int, sequence of int or "auto", default="auto"
        gamma: each sample updates at most one neuron in each group of gamma (Sec. 3.3).
        One number for all layers or one per layer; "auto" takes a divisor of the width near
        1.4 times its square root.
    group_patience : int or None, default=3
        Epochs without a better score until each group size moves to the next larger divisor
        of its layer's width. The score is the validation accuracy if there is one, the
        training accuracy otherwise. Epochs on the first plateau, where 99 % of the samples
        trigger and the accuracy is near chance, do not count. None keeps the sizes.
    reinforcement : float >= 0, default=0.5
        p_r: after each mini-batch every weight moves away from 0 with probability
        p_r sqrt(2 / (pi K)) sqrt(error) (Sec. 3.3).
    batch_size : int or "auto", default="auto"
        Samples in a mini-batch; "auto" is a fiftieth of the samples, within 10 and 100.
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
        Epochs on the first plateau do not count. None never stops.
    tol : float >= 0, default=1e-4
        The least gain that counts as an improvement for `n_iter_no_change`.
    warm_start : bool, default=False
        Let `fit` continue from the previous weights and encoder; `encoder`, `group_size` and
        `random_state` are not read again. n warm fits of one epoch are one fit of n epochs,
        without `annealing` and `early_stopping`.
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
    feature_names_in_ : ndarray of str
        Only for input with column names.
    encoder_ : transformer
        The fitted encoder.
    hidden_weights_ : list of int16 arrays, shapes (width, fan-in)
        H, odd integers; their signs are the weights of the network.
    prototypes_ : int8 array of +-1, shape (n_classes, width of the last layer)
        P, the fixed classifier (App. C).
    n_iter_ : int
        Epochs so far, `partial_fit` calls included.
    t_ : int
        Samples seen so far.
    loss_curve_ : list of float
        Fraction of triggered samples in each epoch.
    train_scores_ : list of float
        Accuracy in each epoch on the samples as they were met, before their update.
    validation_scores_ : list of float
        Accuracy on the validation samples after each epoch; empty without any.
    best_validation_score_ : float or None
    group_sizes_ : list of int
        The group size of each layer after the last epoch.
    temperature_ : float
        What `predict_proba` divides the logits by.
    network_ : FeedForwardNetwork
        The fitted network, over the same arrays; it reads what `encode` returns.

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
        **BaseBEPEstimator._parameter_constraints,
        **BEPClassifierMixin._class_parameter_constraints,
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "group_size": [
            "array-like",
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
        "group_patience": [Interval(Integral, 1, None, closed="left"), None],
    }

    _width_parameters = "hidden_layer_sizes"

    def __init__(
        self,
        hidden_layer_sizes=(512, 512),
        *,
        encoder="projection",
        margin=0.5,
        gate=0.05,
        group_size="auto",
        group_patience=3,
        reinforcement=0.5,
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
        self.hidden_layer_sizes = hidden_layer_sizes
        self.encoder = encoder
        self.margin = margin
        self.gate = gate
        self.group_size = group_size
        self.group_patience = group_patience
        self.reinforcement = reinforcement
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

    def make_network(self, n_inputs, seed):
        """Draw the network that `fit` trains; a subclass may draw another.

        Parameters
        ----------
        n_inputs : int
            Bits that the encoder gives.
        seed : int
            Seed of its weights and of its prototypes.

        Returns
        -------
        network : FeedForwardNetwork
            Not trained yet.
        """
        widths = self._widths()
        targets = self._make_targets(widths[-1], seed)
        return FeedForwardNetwork.random(n_inputs, widths, targets, seed)

    def _restore_network(self, layers, targets):
        return FeedForwardNetwork(layers, targets)

    def _widths(self):
        return positive_integers(self.hidden_layer_sizes, "hidden_layer_sizes")

    def _group_sizes(self):
        return group_sizes(self.group_size, self._widths())

    def _auto_batch_size(self, n_samples):
        return int(np.clip(n_samples // 50, 10, 100))


def positive_integers(values, name):
    """Return an int or a sequence of them as a list; ValueError unless all are >= 1."""
    values = np.atleast_1d(values)
    if values.ndim != 1 or not len(values) or values.dtype.kind not in "iu" or values.min() < 1:
        raise ValueError(f"{name} must be an integer >= 1 or a sequence of them; got {values}.")
    return values.tolist()


def group_sizes(group_size, widths):
    """Return the group size of each layer for the parameter `group_size`."""
    if isinstance(group_size, str):
        return [nearest_divisor(width, 1.4 * width**0.5) for width in widths]
    sizes = positive_integers(group_size, "group_size")
    if len(sizes) == 1:
        sizes *= len(widths)
    if len(sizes) != len(widths):
        raise ValueError(
            f"group_size has {len(sizes)} values for {len(widths)} hidden layers; give one "
            "number or one per layer."
        )
    if any(size > width for size, width in zip(sizes, widths, strict=True)):
        raise ValueError(
            f"group_size={group_size} must not exceed the width of its hidden layer, {widths}."
        )
    return sizes
