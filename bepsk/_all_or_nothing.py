"""Methods that fail without a trace."""

from copy import copy
from functools import wraps


def all_or_nothing(method):
    """Let a method that fails leave the estimator as it was; one that succeeds returns it."""

    @wraps(method)
    def call_on_a_copy(self, *args, **kwargs):
        work = copy(self)
        method(work, *args, **kwargs)
        self.__dict__ = work.__dict__
        return self

    return call_on_a_copy
