"""Patches of training images, looked for in small windows: the encoder for images."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin
from sklearn.utils import check_random_state

from bepsk._numbers import about, check_table
from bepsk._quick_checks import is_plain
from bepsk._sklearn_compat import Interval
from bepsk._state import COUNT, checked_array, describe, refuse, settle_array, settled
from bepsk.encoders._base import BitEncoder, cut_points
from bepsk.kernels import encode as kernels
from bepsk.network.packed import empty_bits, pack_bits
from bepsk.network.threads import paced

BLOCK_ROWS = 256
LANES = 16
"""Images that a kernel compares with a patch at once."""
MAX_FIT_ROWS = 2048
"""Patches and thresholds come from at most this many randomly chosen images."""
GREY_LEVELS = 255
LARGEST = float(np.finfo(np.float64).max)
MAX_WEIGHT = 127
N_DRAWS = 8
"""A patch is the one with the most contrast of this many drawn at random."""


class LocalPatchEncoder(ClassNamePrefixFeaturesOutMixin, BitEncoder):
    """Look for small patches of training images in windows of the image.

    Each bit has a patch of its own: a square of random size cut out of a training image, less its
    mean. Eight such squares are drawn, and the one with the most contrast is kept. The bit is 1
    where the largest correlation of the patch with the image, over the places in a small random
    window, exceeds its median on the training data.

    Parameters
    ----------
    image_shape : tuple of int, (height, width) or (height, width, channels)
        Shape of the image in each row of X, in C order with channels last.
    n_components : int, default=4096
        Number of bits.
    patch_size : tuple of int, default=(3, 10)
        Smallest and largest side of the squares in pixels, both included; at least 2. The largest
        is limited to the shorter side of the image.
    window_size : tuple of int, default=(1, 6)
        Smallest and largest side of the windows in places of the patch, both included; limited
        likewise. (1, 1) compares at one place.
    random_state : int, RandomState instance or None, default=None
        Seed of the patches and their windows.

    Attributes
    ----------
    components_ : tuple of n_components int8 arrays, shapes (side, side, channels)
        The patches, with values from -127 to 127.
    places_ : int32 array, shape (n_components, 3)
        Top row and left column of the first place of each patch, and the side of its window.
    thresholds_ : int32 array, shape (n_components,)
        A bit is 1 where the largest correlation exceeds its threshold.
    offset_, scale_ : float
        A pixel x becomes the integer floor((x - offset_) * scale_ + 1/2), clipped to 0..255.
    n_features_in_, n_features_out_ : int
        Number of columns of the X that was fitted, and of the bits that a row of it becomes.

    Notes
    -----
    X may also hold the images as they are, (n_samples, height, width) or (n_samples, height,
    width, channels). Patches and thresholds come from at most 2048 randomly chosen images. Patches
    of the data serve better than random ones, as Coates, Lee and Ng (AISTATS 2011) found for float
    networks.

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
        "n_components": [Interval(Integral, 1, 2**31, closed="left")],
        "patch_size": [tuple, list],
        "window_size": [tuple, list],
        "random_state": ["random_state"],
    }
    _state_constraints = {  # noqa: RUF012
        "n_features_in_": COUNT,
        "offset_": Interval(Real, None, None, closed="both"),
        "scale_": Interval(Real, None, None, closed="both"),
    }
    _sources = (*_state_constraints, "_shape", "components_", "places_", "thresholds_")
    _derived = ("_weights", "_where")

    def __init__(
        self,
        image_shape,
        n_components=4096,
        *,
        patch_size=(3, 10),
        window_size=(1, 6),
        random_state=None,
    ):
        self.image_shape = image_shape
        self.n_components = n_components
        self.patch_size = patch_size
        self.window_size = window_size
        self.random_state = random_state

    def _fit(self, X, y):
        X = check_table(self, flatten_images(X, self.image_shape), reset=True)
        self._check_shapes(X.shape[1])
        self._shape = (*self.image_shape, 1)[:3]
        rng = check_random_state(self.random_state)
        self.offset_, self.scale_ = grey_scale(X)
        X = draw_images(X, rng)
        images = self._levels(X)
        patches, places = zip(
            *(self._draw(images, rng) for _ in range(self.n_components)), strict=True
        )
        self.components_ = patches
        self.places_ = np.array(places, dtype=np.int32)
        self._lay_out()
        self._set_thresholds(X)

    def _refit(self, X):
        X = check_table(self, flatten_images(X, self._shape), reset=False)
        if X.min() < X.max():
            self.offset_, self.scale_ = grey_scale(X)
            self._set_thresholds(draw_images(X, check_random_state(self.random_state)))

    def _set_thresholds(self, X):
        correlations = np.concatenate(list(self._correlations(X, 1))).T
        middle = np.full(len(correlations), len(X) // 2)
        lower, upper = cut_points(np.sort(correlations, axis=1), middle)
        self.thresholds_ = ((lower.astype(np.int64) + upper) // 2).astype(np.int32)

    def _derive(self):
        shape, patches = vars(self).get("_shape"), vars(self).get("components_")
        if not (
            isinstance(shape, tuple)
            and len(shape) == 3
            and positive(shape)
            and np.prod(shape, dtype=object) == self.n_features_in_
        ):
            expected = f"(height, width, channels) with a product of {self.n_features_in_}"
            refuse(self, "_shape", expected, describe(shape))
        self._shape = tuple(map(int, shape))
        if not isinstance(patches, (tuple, list)) or not patches:
            refuse(self, "components_", "a tuple of arrays", describe(patches))
        self.components_ = tuple(map(self._checked_patch, range(len(patches)), patches))
        settle_array(self, "thresholds_", np.int32, (len(patches),))
        start, window = np.split(settle_array(self, "places_", np.int32, (len(patches), 3)), [2], 1)
        sides = np.array([[len(patch)] for patch in self.components_])
        if start.min() < 0 or window.min() < 1 or (start > shape[:2] - sides - window + 1).any():
            refuse(self, "places_", "windows inside of the image", "one that is not")
        self._lay_out()

    def _checked_patch(self, index, patch):
        height, width, channels = self._shape
        side = min(max([1, *np.shape(patch)[:1]]), height, width)
        name = f"components_[{index}]"
        patch = checked_array(self, name, patch, np.int8, (side, side, channels))
        if largest_sum(side, channels) >= 2**31 or patch.min() < -MAX_WEIGHT:
            refuse(self, name, "weights whose sums fit 32 bits", "larger ones")
        return patch

    def _pack(self, X, n_threads):
        if not is_plain(self, X):
            X = check_table(self, flatten_images(X, self._shape), reset=False)
        bits = empty_bits(len(X), len(self._where))
        blocks = self._correlations(X, n_threads)
        for start, correlations in zip(range(0, len(X), BLOCK_ROWS), blocks, strict=True):
            bits[start : start + BLOCK_ROWS] = pack_bits(correlations > self.thresholds_)
        return bits

    def _check_shapes(self, n_pixels):
        shape, sides = tuple(self.image_shape), tuple(self.patch_size)
        if len(shape) not in (2, 3) or not positive(shape) or np.prod(shape) != n_pixels:
            raise ValueError(
                f"image_shape={shape} must be (height, width) or (height, width, channels) "
                f"with a product of {n_pixels}, the number of features of X."
            )
        if not is_range(sides) or not 2 <= sides[0] <= min(shape[:2]):
            raise ValueError(
                f"patch_size={sides} must be (smallest, largest) with 2 <= smallest <= largest "
                f"and smallest <= {min(shape[:2])}, the image's shorter side."
            )
        if largest_sum(min(sides[1], *shape[:2]), (*shape, 1)[2]) >= 2**31:
            raise ValueError(f"patch_size={sides} is too large: sums may exceed 32 bits.")
        if not is_range(self.window_size):
            raise ValueError(
                f"window_size={tuple(self.window_size)} must be (smallest, largest) with "
                "1 <= smallest <= largest."
            )

    def _levels(self, X):
        """Return the images as int16, 0..255, shape (n_samples, height, width, channels)."""
        if X.dtype == np.float32 and not 1e-30 < self.scale_ < 1e30:
            X = X.astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):  # infinite levels are clipped as well
            levels = np.floor((X - self.offset_) * self.scale_ + 0.5)
        levels[np.isnan(levels)] = 0
        levels = np.clip(levels, 0, GREY_LEVELS, out=levels).astype(np.int16)
        return levels.reshape(len(X), *self._shape)

    def _draw(self, images, rng):
        """Draw a patch, and the window where it is looked for: its top, left and side."""
        shape = np.array(images.shape[1:3])
        side = draw_size(self.patch_size, shape.min(), rng)
        window = draw_size(self.window_size, shape.min() - side + 1, rng)
        candidates = []
        for _ in range(N_DRAWS):
            image = images[rng.randint(len(images))]
            top, left = rng.randint(shape - side + 1)
            patch = image[top : top + side, left : left + side]
            candidates.append(patch - patch.mean())
        patch = max(candidates, key=np.linalg.norm)
        largest = np.abs(patch).max()
        weights = np.rint(patch * (MAX_WEIGHT / largest if largest else 0)).astype(np.int8)
        return weights, (*rng.randint(shape - side - window + 2), window)

    def _lay_out(self):
        """Put patches and places in the order in which the kernel reads them."""
        _, width, channels = self._shape
        rows = [patch.reshape(len(patch), -1) for patch in self.components_]
        rows = [np.pad(row, [(0, 0), (0, 1)]) if row.shape[1] % 2 else row for row in rows]
        self._weights = np.concatenate([patch.ravel() for patch in rows]).astype(np.int16)
        starts = np.cumsum([0, *(patch.size for patch in rows[:-1])])
        sides = [len(patch) for patch in rows]
        top, left, window = self.places_.T
        where = np.stack([(top * width + left) * channels, starts, sides, window], axis=1)
        self._where = where.astype(np.int32)

    def _correlations(self, X, n_threads):
        """Yield the largest sums, int32 (n_rows, n_components), of BLOCK_ROWS images at a time."""
        _, width, channels = self._shape
        for start in range(0, len(X), BLOCK_ROWS):
            rows = X[start : start + BLOCK_ROWS]
            n_blocks = -(-len(rows) // LANES)
            pixels = np.zeros((n_blocks * LANES, X.shape[1] + 1), dtype=np.int16)
            pixels[: len(rows), :-1] = self._levels(rows).reshape(len(rows), -1)
            pixels = pixels.reshape(n_blocks, LANES, -1).transpose(0, 2, 1)
            pairs = np.ascontiguousarray(np.stack([pixels[:, :-1], pixels[:, 1:]], axis=-1))
            best = np.empty((n_blocks, len(self._where), LANES), dtype=np.int32)
            with paced(n_threads, self, len(rows)) as used:
                kernels.match_patches(
                    pairs, self._where, self._weights, width * channels, channels, best, used
                )
            yield best.transpose(0, 2, 1).reshape(-1, len(self._where))[: len(rows)]

    @property
    def _n_features_out(self):
        return len(settled(self).components_)


def grey_scale(X):
    """Return the offset and the scale of pixels."""
    low, high = float(X.min()), float(X.max())
    scale = min(GREY_LEVELS / min(high - low, LARGEST), LARGEST) if high > low else 1.0
    return low, scale


def draw_images(X, rng):
    """Choose the rows of X from which patches and thresholds come."""
    return X[rng.choice(len(X), MAX_FIT_ROWS, replace=False)] if len(X) > MAX_FIT_ROWS else X


def flatten_images(X, image_shape):
    """Turn images into the rows of a table.

    Parameters
    ----------
    X : array-like, shape (n_samples, height, width) or (n_samples, height, width, channels)
        The images. What is a table already is returned as it is.
    image_shape : tuple of int, (height, width) or (height, width, channels)
        What shape each image should have; one channel may be left out in either.

    Returns
    -------
    X : array, shape (n_samples, height * width * channels)
        The same numbers.

    Raises
    ------
    ValueError
        If the images have another shape.

    Examples
    --------
    >>> flatten_images(np.zeros((5, 8, 8)), (8, 8)).shape
    (5, 64)
    """
    if isinstance(X, (list, tuple)) and X:
        with about("X"):
            X = np.asarray(X) if np.ndim(X[0]) > 1 else X
    if getattr(X, "ndim", 2) < 3:
        return X
    wanted = np.atleast_1d(image_shape).tolist()
    shape = (*X.shape[1:], 1)[:3]
    if X.ndim > 4 or shape != (*wanted, 1)[:3]:
        raise ValueError(
            f"X must hold images of image_shape={tuple(wanted)}, one in each row of a table "
            f"or an array (n_samples, *image_shape); got an array of shape {X.shape}."
        )
    return X.reshape(len(X), int(np.prod(shape)))


def largest_sum(side, channels):
    """Return the largest sum that the weights of a patch can give."""
    return side**2 * channels * MAX_WEIGHT * GREY_LEVELS


def positive(sizes):
    """Say whether all sizes are integers >= 1."""
    return all(isinstance(size, Integral) and int(size) >= 1 for size in sizes)


def is_range(sizes):
    """Say whether sizes are (smallest, largest), integers >= 1."""
    return len(sizes) == 2 and positive(sizes) and sizes[0] <= sizes[1]


def draw_size(sizes, largest, rng):
    """Draw one of the sizes smallest..largest, both cut down to `largest`."""
    low, high = np.minimum(sizes, largest)
    return rng.randint(low, high + 1)
