"""The networks of the last epochs, voting together."""

from copy import copy
from numbers import Integral

import numpy as np
from sklearn.base import MetaEstimatorMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from bepsk._sklearn_compat import CallbackSupportMixin, Interval, begin_tasks, fit_context
from bepsk._state import CheckedEstimator, describe, keep_checked, refuse
from bepsk.estimators._classifier import (
    BEPClassifierMixin,
    LogitClassifierMixin,
    settled_temperature,
)
from bepsk.estimators._convergence import warn_if_unfinished
from bepsk.estimators._watch import check_callback, material
from bepsk.network.threads import usable_threads


class TrajectoryEnsembleClassifier(
    CallbackSupportMixin, MetaEstimatorMixin, LogitClassifierMixin, CheckedEstimator
):
    """Sum the logits of the networks that training passes through in its last epochs.

    Binary networks keep changing from epoch to epoch. Those of the last epochs make different
    errors, and their sum makes fewer. Training takes the epochs of one network, prediction the
    time of `n_members` networks.

    Parameters
    ----------
    estimator : BEPMLPClassifier or BEPRNNClassifier
        Cloned, and trained for its `max_iter` epochs.
    n_members : int, default=10
        Number of last epochs: `max_iter` at most. There are fewer networks if training is
        interrupted from the keyboard, or ends because nothing is left to learn.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        Labels in ascending order.
    n_features_in_ : int
        As in `estimator`.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        As in `estimator`.
    estimators_ : list of classifiers
        The fitted members, in the order of training, each different from the one before.
    temperature_ : float
        What `predict_proba` divides the summed logits by.

    Notes
    -----
    Not in the paper. Each of the last epochs is a `fit` with ``warm_start=True``, so that a member
    is what the estimator would be after that many epochs. `annealing` is set to 0, since annealed
    networks hardly differ.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from bepsk import BEPMLPClassifier, TrajectoryEnsembleClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> one = BEPMLPClassifier((64, 64), max_iter=20, random_state=0)
    >>> ensemble = TrajectoryEnsembleClassifier(one, n_members=5).fit(X, y)
    >>> 1 <= len(ensemble.estimators_) <= 5, ensemble.score(X, y) > 0.9
    (True, True)
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        "estimator": [BEPClassifierMixin],
        "n_members": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, estimator, n_members=10):
        self.estimator = estimator
        self.n_members = n_members

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, sample_weight=None, *, callback=None):
        """Train the estimator, and keep what it is after each of the last epochs.

        Parameters
        ----------
        X : array-like
            What the estimator takes.
        y : array-like, shape (n_samples,)
            Labels of any kind.
        sample_weight : array-like, shape (n_samples,), default=None
            How many times each sample counts, as in `fit` of the estimator.
        callback : callable, default=None
            Called after each epoch with the member in training, as in `fit` of the estimator;
            training ends if it returns true, and the members so far are kept.

        Returns
        -------
        self : TrajectoryEnsembleClassifier
            The fitted ensemble.

        Raises
        ------
        KeyboardInterrupt
            On Ctrl-C. The members so far are kept, a first one as far as it has come. Before its
            training begins the ensemble stays as it was.
        """
        check_callback(callback)
        self.estimator._validate_params()
        n_members = min(self.n_members, self.estimator.max_iter)
        member = clone(self.estimator)
        n_epochs = member.max_iter - n_members + 1
        member.set_params(max_iter=n_epochs, warm_start=True, annealing=0)
        members: list = []
        given = material(self, X, y, sample_weight)
        fit = begin_tasks(self, n_members)
        fit.call_on_fit_task_begin(**given)
        stop = False

        def after_epoch(member):
            nonlocal stop
            stop = callback is not None and bool(callback(member))
            return stop

        try:
            for _ in range(n_members):
                task = fit.subcontext(task_name="member")
                with task.propagate_callback_context(member):
                    task.call_on_fit_task_begin(**given)
                    member.fit(X, y, sample_weight, callback=after_epoch)
                if not members or have_learned(member, members[-1]):
                    members.append(member)
                stop |= task.call_on_fit_task_end(
                    **given, reconstruction_attributes=lambda: {"estimators_": list(members)}
                )
                if stop:
                    break
                member = copy(member).set_params(max_iter=1)
        except KeyboardInterrupt:
            if not members and hasattr(member, "classes_"):
                members = [member]  # rather a network cut short than none
            if members:
                self._keep(members)
            raise
        self._keep(members)
        fit.call_on_fit_task_end(**given, reconstruction_attributes={})
        if not stop and member.n_iter_ == self.estimator.max_iter:
            warn_if_unfinished(members[-1])
        return self

    def _keep(self, members):
        self.estimators_ = members
        keep_checked(self)

    @property
    def classes_(self):
        """Labels in ascending order."""
        return self.estimators_[-1].classes_

    @property
    def n_features_in_(self):
        """Number of features, as in `estimator`."""
        return self.estimators_[-1].n_features_in_

    @property
    def feature_names_in_(self):
        """Names of the columns, as in `estimator`."""
        return self.estimators_[-1].feature_names_in_

    @property
    def temperature_(self):
        """Temperature of the summed logits: the sum of the members' temperatures."""
        return sum(map(settled_temperature, self.estimators_))

    def _logits(self, X):
        check_is_fitted(self)
        networks = self._networks()
        last = self.estimators_[-1]
        inputs, n_threads = last.encode(X), usable_threads(last.n_jobs)
        return sum(network.logits(inputs, n_threads) for network in networks)

    def _networks(self):
        """Return the networks of the members; ValueError unless they belong together."""
        members = vars(self).get("estimators_")
        if (
            not isinstance(members, (list, tuple))
            or not members
            or not all(isinstance(member, BEPClassifierMixin) for member in members)
            or not all(are_akin(member, members[-1]) for member in members)
        ):
            expected = "a list of classifiers of one kind that share classes_ and encoder_"
            refuse(self, "estimators_", expected, describe(members))
        networks = [member.network_ for member in members]
        n_inputs = [network.layers[0].n_inputs for network in networks]
        if len(set(n_inputs)) > 1:
            refuse(self, "estimators_", "classifiers that read as many bits", n_inputs)
        return networks

    def _derive(self):
        self._networks()

    @property
    def _several(self):
        return self.estimators_[-1]._several

    @property
    def _n_outputs(self):
        return sum(member._n_outputs for member in self.estimators_)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        if isinstance(self.estimator, BEPClassifierMixin):  # fit complains about others
            tags.input_tags = get_tags(self.estimator).input_tags
            tags.classifier_tags = get_tags(self.estimator).classifier_tags
        return tags


def have_learned(member, before):
    """Say whether a member has other weights than the one before."""
    pairs = zip(member.hidden_weights_, before.hidden_weights_, strict=True)
    return any((now != earlier).any() for now, earlier in pairs)


def are_akin(one, other):
    """Say whether two classifiers read the same bits for the same classes."""
    a, b = vars(one), vars(other)
    return (
        type(one) is type(other)
        and a.get("encoder_") is b.get("encoder_")
        and np.array_equal(a.get("classes_"), b.get("classes_"))
    )
