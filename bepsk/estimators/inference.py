"""Estimators that hold bits only: they predict, and train no further."""

from copy import copy

from bepsk._state import describe, settle, settled
from bepsk.estimators._base import BaseBEPEstimator
from bepsk.estimators.ensemble import TrajectoryEnsembleClassifier


def inference_only(estimator):
    """Return a fitted estimator without what only training needs.

    Its `hidden_weights_` are their signs, and files hold one bit for each. It predicts the same;
    `partial_fit` and a warm start raise a ValueError, and `fit` begins anew.

    Parameters
    ----------
    estimator : BEPMLPClassifier, BEPMLPRegressor, BEPRNNClassifier or TrajectoryEnsembleClassifier
        Fitted; stays as it is.

    Returns
    -------
    estimator : the same class
        A copy that shares the encoder.

    Raises
    ------
    TypeError
        If it is another estimator; of a pipeline give the last step.

    Examples
    --------
    >>> import pickle
    >>> from sklearn.datasets import load_iris
    >>> from bepsk import BEPMLPClassifier
    >>> from bepsk.export import inference_only
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = BEPMLPClassifier((64, 64), max_iter=5, random_state=0).fit(X, y)
    >>> small = inference_only(clf)
    >>> bool((small.predict_proba(X) == clf.predict_proba(X)).all())
    True
    >>> len(pickle.dumps(small)) < len(pickle.dumps(clf)) / 5
    True
    """
    if not isinstance(estimator, (BaseBEPEstimator, TrajectoryEnsembleClassifier)):
        raise TypeError(
            f"estimator must be an estimator of bepsk, or an ensemble of them; got "
            f"{describe(estimator)}. Of a pipeline give the last step."
        )
    twin = copy(settled(estimator))
    if isinstance(twin, TrajectoryEnsembleClassifier):
        twin.estimators_ = [inference_only(member) for member in twin.estimators_]
    else:
        twin._strip()
    settle(twin)
    return twin
