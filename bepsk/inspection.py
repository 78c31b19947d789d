"""Why a classifier decides as it does, counted in the votes of its output neurons."""

from numbers import Integral

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils import check_consistent_length, check_random_state, check_scalar
from sklearn.utils.validation import check_is_fitted

from bepsk._sklearn_compat import safe_indexing
from bepsk.estimators import TrajectoryEnsembleClassifier

__all__ = ["feature_votes", "lead_of"]

BLOCK_ROWS = 4096
"""Of about so many mixtures the leads are counted at once."""


def lead_of(estimator, X, y=None):
    """Count by how many votes a class leads.

    Parameters
    ----------
    estimator : classifier of bepsk, or Pipeline that ends in one
        A fitted classifier.
    X : array-like, shape (n_samples, n_features)
        Samples, as its `predict` takes them.
    y : array-like, shape (n_samples,), default=None
        The class of each sample; by default the one that is predicted.

    Returns
    -------
    lead : int64 array, shape (n_samples,)
        The logit of the class less the largest other one, y_c - max y_c' in Eq. 1.

    Raises
    ------
    TypeError
        If the estimator is another.
    ValueError
        If y holds a label that is not in `classes_`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from bepsk import BEPMLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = BEPMLPClassifier((64, 64), max_iter=20, random_state=0).fit(X, y)
    >>> bool((lead_of(clf, X) >= 0).all())
    True
    """
    check_is_fitted(estimator)
    logits = integer_logits(estimator, X)
    own = logits.argmax(axis=1) if y is None else class_indices(estimator, y)
    check_consistent_length(logits, own)
    return leads(logits, own)


def feature_votes(estimator, X, background, *, y=None, n_orders=10, random_state=None):
    """Count the votes that each feature brings to the class of each sample.

    A row of the background is turned into the sample, one feature after another in a random
    order. What the lead of the class gains while a feature is switched are the votes of that
    feature; they are added up over `n_orders` orders, each from a random row of the background.
    So the votes of a sample sum to `n_orders` times its lead, less the leads in the background
    rows, exactly.

    Parameters
    ----------
    estimator : classifier of bepsk, or Pipeline that ends in one
        A fitted classifier of tables, or of series (n_samples, n_timesteps).
    X : array-like or DataFrame, shape (n_samples, n_features)
        Samples to explain, as its `predict` takes them.
    background : array-like or DataFrame, shape (n_background, n_features)
        Samples to compare with, for example those of the training.
    y : array-like, shape (n_samples,), default=None
        The class to explain for each sample; by default the one that is predicted.
    n_orders : int, default=10
        Number of orders. The standard error of the mean votes falls with its square root.
    random_state : int, RandomState instance or None, default=None
        Seed of the orders and the background rows.

    Returns
    -------
    votes : int64 array, shape (n_samples, n_features)
        Votes for the class, negative against it. Two votes are one output neuron that leaves the
        prototype of the strongest rival for that of the class.

    Raises
    ------
    TypeError
        If the estimator is another.
    ValueError
        If X and background are no tables of the same columns, y holds a label that is not in
        `classes_`, or n_orders is below 1.

    Notes
    -----
    Divided by `n_orders`, these are Shapley values of the lead by the sampling of Strumbelj and
    Kononenko (2014), in whole numbers and without an approximation of the network: it is asked
    n_orders (n_features + 1) times per sample. Shapley values say what the classifier reacts to,
    not what causes the class. Features that depend on each other share their votes, and mixtures
    of two rows may look like no sample at all. With few orders, single votes are noisy; their sum
    is not.

    References
    ----------
    Strumbelj, Kononenko. Explaining prediction models and individual predictions with feature
    contributions. Knowledge and Information Systems 41, 2014.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from bepsk import BEPMLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = BEPMLPClassifier((64, 64), max_iter=20, random_state=0).fit(X, y)
    >>> votes = feature_votes(clf, X[:1], X, random_state=0)
    >>> votes.shape, int(votes.sum()) <= 10 * 128
    ((1, 4), True)
    """
    check_is_fitted(estimator)
    classifiers_of(estimator)
    check_scalar(n_orders, "n_orders", Integral, min_val=1)
    rng = check_random_state(random_state)
    X, background = (Z if hasattr(Z, "iloc") else np.asarray(Z) for Z in (X, background))
    if X.ndim != 2 or X.shape[1:] != background.shape[1:] or not len(background):
        raise ValueError(
            "X and background must be tables of the same columns, background of at least one row; "
            f"got the shapes {X.shape} and {background.shape}."
        )
    own = class_indices(estimator, estimator.predict(X) if y is None else y)
    check_consistent_length(X, own)
    n_samples, n_features = X.shape
    votes = np.zeros((n_samples, n_features), dtype=np.int64)
    n_mixtures = n_features + 1
    for rows in in_blocks(np.repeat(np.arange(n_samples), n_orders), n_mixtures):
        draws = [(rng.permutation(n_features), rng.randint(len(background))) for _ in rows]
        orders, others = map(np.array, zip(*draws, strict=True))
        places = np.argsort(orders, axis=1)[:, np.newaxis]
        switched = (places < np.arange(n_mixtures)[:, np.newaxis]).reshape(-1, n_features)
        each, other = np.repeat(rows, n_mixtures), np.repeat(others, n_mixtures)
        lead = leads(
            integer_logits(estimator, mix(X, each, background, other, switched)), own[each]
        )
        gains = np.diff(lead.reshape(-1, n_mixtures))
        np.add.at(votes, (rows[:, np.newaxis], orders), gains)
    return votes


def in_blocks(rows, n_mixtures):
    """Cut rows into blocks of about BLOCK_ROWS mixtures, `n_mixtures` of each row."""
    size = max(1, BLOCK_ROWS // n_mixtures)
    return (rows[start : start + size] for start in range(0, len(rows), size))


def mix(X, rows, background, others, switched):
    """Return mixtures of rows of X, where `switched`, and others of the background."""
    own, other = safe_indexing(X, rows), safe_indexing(background, others)
    if hasattr(own, "iloc"):
        return own.reset_index(drop=True).where(switched, other.reset_index(drop=True))
    return np.where(switched, own, other)


def integer_logits(estimator, X):
    """Return the logits y = P a_L, int64 (n_samples, n_classes), up to a constant for each row."""
    width = width_of(estimator)
    logits = np.rint(estimator.decision_function(X) * width).astype(np.int64)
    return logits if logits.ndim == 2 else np.stack([np.zeros_like(logits), logits], axis=1)


def leads(logits, own):
    """Return the logits of the classes `own` less the largest others."""
    rows = np.arange(len(logits))
    others = logits.copy()
    others[rows, own] = np.iinfo(np.int64).min
    return logits[rows, own] - others.max(axis=1)


def class_indices(estimator, y):
    """Return where labels are in `classes_`; ValueError unless all of them are."""
    classes = estimator.classes_
    index = {label: i for i, label in enumerate(classes.tolist())}
    try:
        return np.array([index[label] for label in np.asarray(y).tolist()], dtype=np.intp)
    except KeyError as error:
        raise ValueError(f"y must hold labels in classes_, {classes}; got {error}.") from None


def width_of(estimator):
    """Return by what `decision_function` divides the logits."""
    members = classifiers_of(estimator)
    return sum(member.prototypes_.shape[1] for member in members)


def classifiers_of(estimator):
    """Return the fitted classifiers, one or the members of an ensemble; TypeError for others."""
    clf = last_step(estimator)
    members = clf.estimators_ if isinstance(clf, TrajectoryEnsembleClassifier) else [clf]
    if not all(hasattr(member, "prototypes_") for member in members):
        raise TypeError(
            f"estimator must be a classifier of bepsk, or a Pipeline that ends in one; got {clf!r}."
        )
    return members


def last_step(estimator):
    """Return the last step of a pipeline, and anything else as it is."""
    return estimator[-1] if isinstance(estimator, Pipeline) else estimator
