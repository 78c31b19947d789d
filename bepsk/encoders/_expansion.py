"""Random expansion of bits into more bits: the paper's way to a wide recurrent input."""

from numbers import Integral

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin
from sklearn.utils import check_random_state

from bepsk._sklearn_compat import Interval
from bepsk._state import COUNT, refuse, settle_array, settled
from bepsk.encoders._base import BitEncoder, validate_binary
from bepsk.network.packed import interleave, multiply, pack_bits
from bepsk.network.threads import paced


class BinaryExpansionEncoder(ClassNamePrefixFeaturesOutMixin, BitEncoder):
    """Expand bits into the signs of fixed random +-1 sums of them (Sec. 4.3).

    Parameters
    ----------
    n_components : int, default=512
        Number of bits.
    random_state : int, RandomState instance or None, default=None
        Seed of the random signs.

    Attributes
    ----------
    components_ : int8 array of +-1, shape (n_components, n_features_in_)
        Signs of each sum; its bit is 1 where signs times inputs, both +-1, sum to 0 or more.
    n_features_in_, n_features_out_ : int
        Number of columns of the X that was fitted, and of the bits that a row of it becomes.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from bepsk.encoders import BinaryExpansionEncoder, ThermometerEncoder
    >>> encoder = make_pipeline(
    ...     ThermometerEncoder(n_bits=10), BinaryExpansionEncoder(64, random_state=0)
    ... )
    >>> encoder.fit_transform([[1.0], [2.0], [3.0]]).shape
    (3, 64)
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        "n_components": [Interval(Integral, 1, 2**31, closed="left")],
        "random_state": ["random_state"],
    }
    _state_constraints = {"n_features_in_": COUNT}  # noqa: RUF012
    _sources = ("n_features_in_", "components_")
    _derived = ("_panels",)

    def __init__(self, n_components=512, *, random_state=None):
        self.n_components = n_components
        self.random_state = random_state

    def _fit(self, X, y):
        X = validate_binary(self, X, reset=True)
        rng = check_random_state(self.random_state)
        signs = rng.randint(2, size=(int(self.n_components), X.shape[1]), dtype=np.int8)
        self.components_ = 2 * signs - 1

    def _derive(self):
        components = settle_array(self, "components_", np.int8, (None, self.n_features_in_))
        if (np.abs(components) != 1).any():
            refuse(self, "components_", "-1 and +1", "other values")
        self._panels = interleave(pack_bits(components > 0))

    def _pack(self, X, n_threads):
        bits = pack_bits(validate_binary(self, X, reset=False))
        shape = self.n_features_in_, len(self.components_)
        with paced(n_threads, self, len(bits)) as n_threads:
            return multiply(bits, self._panels, *shape, n_threads, sums=False)[1]

    @property
    def _n_features_out(self):
        return len(settled(self).components_)
