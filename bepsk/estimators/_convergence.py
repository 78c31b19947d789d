"""Warnings about training that `max_iter` has ended too soon."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from bepsk.network import ClassTargets
from bepsk.training import is_at_chance

SMALL_RISE = 0.02
"""So much may training accuracy rise from one tenth of the epochs to the next."""


def warn_if_unfinished(estimator):
    """Warn of an estimator that has learned nothing, or would learn more, in more epochs.

    Nothing is said of regressors and of several labels that have learned nothing: there samples
    may trigger however good the predictions are.

    Parameters
    ----------
    estimator : BEPMLPClassifier, BEPMLPRegressor or BEPRNNClassifier
        Its training has gone through all epochs.
    """
    scores, n_epochs = estimator.train_scores_, estimator.n_iter_
    targets, loss = estimator._restore_targets(), estimator.loss_curve_[-1]
    if isinstance(targets, ClassTargets) and is_at_chance(loss, scores[-1], targets.chance):
        message = (
            f"Nothing was learned in {n_epochs} epoch(s): {loss:.0%} of the samples trigger, and "
            "training accuracy is near chance. Increase max_iter; if that does not help, another "
            "encoder may, or y does not depend on X. See Troubleshooting in the documentation."
        )
        warnings.warn(message, ConvergenceWarning, stacklevel=2)
        return
    tenth = max(1, n_epochs // 10)
    last, before = np.mean(scores[-tenth:]), np.mean(scores[-2 * tenth : -tenth] or scores)
    n_counted = tenth * estimator.t_ / n_epochs
    error = (last * (1 - last) + before * (1 - before)) / n_counted
    if loss > 0 and last - before > SMALL_RISE + 2 * error**0.5:
        message = (
            f"Training still improved when max_iter ended it: over the last {2 * tenth} of "
            f"{n_epochs} epochs train_scores_ rose from {before:.3f} to {last:.3f}. Increase "
            "max_iter, or go on with warm_start=True."
        )
        warnings.warn(message, ConvergenceWarning, stacklevel=2)
