"""The only room that imports private names of scikit-learn."""

from contextlib import nullcontext

from sklearn.base import _fit_context as fit_context
from sklearn.utils import _safe_indexing as safe_indexing
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions, make_constraint
from sklearn.utils.multiclass import (
    _check_partial_fit_first_call as check_partial_fit_first_call,
)
from sklearn.utils.validation import _check_feature_names_in as check_feature_names_in
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:  # scikit-learn before 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Callbacks are not supported."""


CALLBACK_STATE = "_callback_fit_ctx", "_skl_callbacks_to_teardown", "_parent_callback_ctx"
"""Attributes that an estimator has while callbacks look on."""


def begin_tasks(estimator, max_subtasks):
    """Return the task that is a fit, for the callbacks of an estimator, and set these up.

    Parameters
    ----------
    estimator : estimator
        Its `fit`, under `fit_context`, tears them down.
    max_subtasks : int
        How many tasks the fit has, at most.

    Returns
    -------
    task : CallbackContext
        Or one that calls nobody, with a scikit-learn before 1.9.
    """
    begin = getattr(estimator, "_init_callback_context", None)
    return NoTask() if begin is None else begin(max_subtasks=max_subtasks)


def has_callbacks(estimator):
    """Say whether callbacks are set on an estimator."""
    return "_skl_callbacks" in vars(estimator)


class NoTask:
    """What stands for a `CallbackContext` where there are no callbacks."""

    def subcontext(self, **options):
        """Return a task of this task."""
        return self

    def call_on_fit_task_begin(self, **options):
        """Do nothing."""

    def call_on_fit_task_end(self, **options):
        """Do nothing; return False, do not stop."""
        return False

    def propagate_callback_context(self, sub_estimator):
        """Return a context that does nothing."""
        return nullcontext()


__all__ = [
    "CALLBACK_STATE",
    "CallbackSupportMixin",
    "HasMethods",
    "Interval",
    "NoTask",
    "StrOptions",
    "begin_tasks",
    "check_feature_names_in",
    "check_partial_fit_first_call",
    "check_sample_weight",
    "fit_context",
    "has_callbacks",
    "make_constraint",
    "safe_indexing",
]
