"""State that is checked where it comes in: out of a file, or from a user's hands."""

import inspect
import sys
import warnings
from copy import copy
from numbers import Integral
from operator import is_
from typing import NoReturn

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from bepsk._sklearn_compat import CALLBACK_STATE, Interval

FORMAT = 3
"""Of pickled state; it rises whenever the meaning of an attribute changes. The state of bepsk
0.1.0, which had no number yet, is format 1. A state of format 3 or later loads for ever: whoever
raises this brings the older ones up to it."""

COUNT = Interval(Integral, 1, 2**31, closed="left")


class CheckedEstimator(BaseEstimator):
    """Base of estimators that check their fitted attributes before they compute with them.

    A subclass gives `_derive`. Its `fit` ends with `settle`, and what it computes begins with
    `settled`.
    """

    _doc_link_module = "bepsk"
    _doc_link_template = "https://bepsk.readthedocs.io/en/latest/api/{room}.{name}.html"

    _sources: tuple = ()
    """Names of the fitted attributes that it computes with."""
    _derived: tuple = ()
    """Names of what is computed from them once and for all; no part of pickles."""
    _state_constraints: dict = {}  # noqa: RUF012
    """What fitted attributes that are numbers must satisfy."""

    def _derive(self):
        """Check the sources, make their arrays read-only, and set what is derived from them."""

    def _upgrade(self, state):
        """Return the state that an earlier version saved, with the attributes that are new since.

        It has not been checked.
        """
        return state

    def _doc_link_url_param_generator(self):
        room = ".".join(type(self).__module__.split(".")[:2])
        return {"room": room.removesuffix(".estimators"), "name": type(self).__name__}

    def _source_objects(self):
        return list(map(vars(self).get, self._sources))

    def __copy__(self):
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    def __getstate__(self):
        left_out = {*self._derived, *CALLBACK_STATE, "_checked"}
        state = {k: v for k, v in super().__getstate__().items() if k not in left_out}
        return state | {"_bepsk_format": FORMAT, "_bepsk_version": own_version()}

    def __setstate__(self, state):
        named = isinstance(state, dict) and all(isinstance(name, str) for name in state)
        state = dict(state) if named else {}
        version = state.pop("_bepsk_version", "0.1.0 or before")
        check_format(self, state.pop("_bepsk_format", 1), version)
        if version != own_version():
            warnings.warn(
                f"An estimator that bepsk {version} saved is loaded by bepsk {own_version()}. "
                "Parameters that are new since have their default values.",
                UserWarning,
                stacklevel=2,
            )
            state = self._upgrade(default_parameters(type(self)) | state)
        for name in self._get_param_names():
            if name not in state:
                refuse(self, name, "a parameter", "none")
        super().__setstate__(state)
        if any(name.endswith("_") and not name.startswith("_") for name in state):
            settle(self)


def default_parameters(kind):
    """Return the parameters of a class of estimators that have default values, and these."""
    parameters = inspect.signature(kind).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def own_version():
    """Return the version of bepsk, whose package imports this module."""
    return sys.modules[__package__].__version__


def check_format(estimator, found, version):
    """Raise ValueError unless this bepsk reads the state of an estimator in this format."""
    if found == FORMAT:
        return
    remedy = f"fit it again, or load it with bepsk {version}"
    if isinstance(found, int) and found > FORMAT:
        remedy = f"update bepsk to {version}"
    raise ValueError(
        f"This {type(estimator).__name__} was saved by bepsk {version} in format {found}; bepsk "
        f"{own_version()} reads format {FORMAT}: {remedy}."
    )


def settle(estimator):
    """Check the fitted attributes, and set what is derived from them."""
    check_attributes(estimator, estimator._state_constraints)
    estimator._derive()
    keep_checked(estimator)


def keep_checked(estimator):
    """Remember that the fitted attributes are as they should be, if there are any."""
    objects = estimator._source_objects()
    if objects:
        estimator._checked = objects


def is_settled(estimator):
    """Say whether the fitted attributes are those that were checked, none assigned since."""
    now, checked = estimator._source_objects(), vars(estimator).get("_checked", ())
    return len(now) == len(checked) and all(map(is_, now, checked))


def settled(estimator):
    """Return the estimator; or, where fitted attributes were assigned, a copy that is settled.

    Raises
    ------
    NotFittedError
        If it has none.
    ValueError
        If they do not fit each other.
    """
    if is_settled(estimator):
        return estimator
    check_is_fitted(estimator)
    twin = copy(estimator)
    settle(twin)
    return twin


def refuse(estimator, name, expected, found) -> NoReturn:
    """Raise the ValueError of a fitted attribute that is not as it should be."""
    raise ValueError(
        f"{type(estimator).__name__}.{name} must be {expected}; got {found}. Assign what it must "
        "be, fit again, or load a file that is whole."
    )


def check_attributes(estimator, constraints):
    """Raise ValueError unless fitted attributes satisfy the constraints under their names."""
    for name, constraint in constraints.items():
        value = vars(estimator).get(name)
        if not constraint.is_satisfied_by(value):
            refuse(estimator, name, constraint, describe(value))


def settle_array(estimator, name, dtype, shape):
    """Check a fitted attribute by `checked_array`, make it read-only, and return it."""
    array = checked_array(estimator, name, vars(estimator).get(name), dtype, shape)
    setattr(estimator, name, array)
    return array


def checked_array(estimator, name, array, dtype, shape):
    """Return an array of the fitted state, read-only for good; ValueError if it is another.

    Parameters
    ----------
    estimator : estimator
    name : str
        What to call it.
    array : object
        What should be an array.
    dtype : dtype
        What it must hold, in native byte order.
    shape : tuple of int or None
        None stands for any size from 1 on.
    """
    if not (
        isinstance(array, np.ndarray)
        and array.dtype == dtype
        and has_shape(array, shape)
        and array.flags.c_contiguous
        and array.flags.aligned
    ):
        sizes = str(shape).replace("None", "any")
        expected = f"a C-contiguous {np.dtype(dtype)} array of shape {sizes}"
        refuse(estimator, name, expected, describe(array))
    return read_only(array)


def has_shape(array, shape):
    """Say whether an array has a shape, in which None stands for any size from 1 on."""
    return array.ndim == len(shape) and all(
        n > 0 if size is None else n == size for n, size in zip(array.shape, shape, strict=True)
    )


def read_only(array):
    """Return an array over the same memory that nothing makes writable again."""
    # A flag can be set back; an array over a read-only buffer stays what it is.
    return np.asarray(memoryview(array).toreadonly()) if array.flags.writeable else array


def describe(value):
    """Say what an attribute is, in a few words."""
    if isinstance(value, np.ndarray):
        layout = "" if value.flags.c_contiguous and value.flags.aligned else ", of another layout"
        return f"an array of {value.dtype}, of shape {value.shape}{layout}"
    if value is None or isinstance(value, (bool, int, float, str, np.generic)):
        return repr(value)
    return f"a {type(value).__name__}"
