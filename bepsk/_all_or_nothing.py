"""Methods that change nothing when they fail."""

from copy import copy
from functools import wraps


def all_or_nothing(method):
    """Make a method leave the estimator as it was if it fails, and return it if it succeeds."""

    @wraps(method)
    def call_on_a_copy(self, *args, **kwargs):
        work = copy(self)
        method(work, *args, **kwargs)
        self.__dict__ = work.__dict__
        return self

    return call_on_a_copy
