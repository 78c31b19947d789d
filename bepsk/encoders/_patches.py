"""Balanced random local patches of images."""

from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from bepsk._sklearn_compat import Interval, fit_context
from bepsk.encoders._base import all_or_nothing
from bepsk.encoders._projection import MAX_FIT_ROWS, IntegerProjectionEncoder

GREY_LEVELS = 255


class LocalPatchEncoder(IntegerProjectionEncoder):
    """Compare random +-1 sums over random squares of an image with their training median.

    Parameters
    ----------
    image_shape : tuple of int, (height, width) or (height, width, channels)
        Shape of the image that a row of X holds, row by row, channels last.
    n_components : int, default=4096
        Number of bits.
    patch_size : tuple of int, default=(5, 12)
        Smallest and largest side of the squares, in pixels, both included.
    random_state : int, RandomState instance or None, default=None

    Attributes
    ----------
    components_ : int8 array of -1, 0, +1, shape (n_components, n_pixels)
    thresholds_ : int32 array, shape (n_components, 2)
        A bit is 1 where the sum is > the second; the first lies below all.
    offset_, scale_ : float64 arrays, shape (n_pixels,)
        Pixels become the integers rint((x - offset_) * scale_), 0..255 on the training data.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only for input with column names.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from bepsk.encoders import LocalPatchEncoder
    >>> encoder = LocalPatchEncoder((8, 8), n_components=512, patch_size=(3, 5), random_state=0)
    >>> encoder.fit_transform(load_digits().data).shape
    (1797, 512)
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        "image_shape": [tuple, list],
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "patch_size": [tuple, list],
        "random_state": ["random_state"],
    }

    def __init__(self, image_shape, n_components=4096, *, patch_size=(5, 12), random_state=None):
        self.image_shape = image_shape
        self.n_components = n_components
        self.patch_size = patch_size
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    @all_or_nothing
    def fit(self, X, y=None):
        """Draw the patches and find their medians.

        Parameters
        ----------
        X : array-like of numbers, shape (n_samples, n_pixels)
        y : ignored

        Returns
        -------
        self : LocalPatchEncoder
        """
        X = validate_data(self, X, dtype="numeric")
        self._check_shapes(X.shape[1])
        rng = check_random_state(self.random_state)
        low, high = float(X.min()), float(X.max())
        self.offset_ = np.full(X.shape[1], low)
        self.scale_ = np.full(X.shape[1], GREY_LEVELS / (high - low) if high > low else 1.0)
        self.components_ = np.stack([self._draw_patch(rng) for _ in range(self.n_components)])
        if len(X) > MAX_FIT_ROWS:
            X = X[rng.choice(len(X), MAX_FIT_ROWS, replace=False)]
        self._set_thresholds(X, np.tile([-np.inf, 0.5], (self.n_components, 1)))
        return self

    def _check_shapes(self, n_pixels):
        shape, sides = tuple(self.image_shape), tuple(self.patch_size)
        if len(shape) not in (2, 3) or not positive(shape) or np.prod(shape) != n_pixels:
            raise ValueError(
                f"image_shape={shape} must be (height, width) or (height, width, channels) "
                f"with a product of {n_pixels}, the number of features of X."
            )
        if len(sides) != 2 or not positive(sides) or not sides[0] <= sides[1] <= min(shape[:2]):
            raise ValueError(
                f"patch_size={sides} must be (smallest, largest) with "
                f"1 <= smallest <= largest <= {min(shape[:2])}, the image's shorter side."
            )

    def _draw_patch(self, rng):
        patch = np.zeros(tuple(self.image_shape), dtype=np.int8)
        side = rng.randint(self.patch_size[0], self.patch_size[1] + 1)
        top = rng.randint(patch.shape[0] - side + 1)
        left = rng.randint(patch.shape[1] - side + 1)
        square = patch[top : top + side, left : left + side]
        square[:] = rng.choice([-1, 1], size=square.shape)
        return patch.ravel()


def positive(sizes):
    """Say whether all sizes are integers >= 1."""
    return all(isinstance(size, Integral) and int(size) >= 1 for size in sizes)
