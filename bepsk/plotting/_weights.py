"""What a layer has learned: its hidden integers."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from bepsk.inspection import last_step
from bepsk.plotting._axes import Display

KINDS = ("histogram", "bars", "images")
MOST_IMAGES = 36
SATURATED = 0.98
"""Share of the weights within the range of colours."""


class HiddenWeightDisplay(Display):
    """Hidden weights of a layer: their sizes, which say how sure it is, or images of them.

    A weight of the network is the sign of a hidden integer h. It flips once h has been pushed past
    0, so that the network is the surer of it the larger abs(h) is.

    Parameters
    ----------
    hidden_weights : int array, shape (n_neurons, n_inputs)
        Rows of H, one per neuron.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        Where it is drawn.
    histogram_ : matplotlib StepPatch
        The histogram of abs(h), of the kind "histogram".
    bars_ : matplotlib BarContainer
        The mean of abs(h) for each input bit, of the kind "bars".
    image_ : matplotlib AxesImage
        All images side by side, with a rim of NaN, of the kind "images".

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from bepsk import BEPMLPClassifier
    >>> from bepsk.encoders import ThermometerEncoder
    >>> from bepsk.plotting import HiddenWeightDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> medians = ThermometerEncoder(n_bits=1)
    >>> clf = BEPMLPClassifier((64,), encoder=medians, max_iter=5, random_state=0).fit(X, y)
    >>> display = HiddenWeightDisplay.from_estimator(clf)
    >>> display.hidden_weights.shape, len(display.histogram_.get_data().values)
    ((64, 61), 15)
    """

    def __init__(self, hidden_weights):
        self.hidden_weights = hidden_weights

    @classmethod
    def from_estimator(
        cls,
        estimator,
        *,
        layer=0,
        neurons=None,
        kind="histogram",
        image_shape=None,
        ax=None,
        **kwargs,
    ):
        """Draw the hidden weights of a fitted estimator; those of bias bits are left out.

        Parameters
        ----------
        estimator : BEPMLPClassifier, BEPRNNClassifier or Pipeline that ends in one
            A fitted estimator.
        layer : int, default=0
            Index into `hidden_weights_`.
        neurons : array-like of int, default=None
            Which neurons; by default all, or the first 36 for the kind "images".
        kind : {"histogram", "bars", "images"}, default="histogram"
            As in `plot`.
        image_shape : tuple of int, (height, width), default=None
            As in `plot`.
        ax : matplotlib Axes, default=None
            Where to draw; by default on a new figure.
        **kwargs
            Passed to matplotlib's `stairs`, `bar` or `imshow`.

        Returns
        -------
        display : HiddenWeightDisplay
            What was drawn.
        """
        check_is_fitted(estimator)
        fitted = last_step(estimator)
        weights = fitted.hidden_weights_[layer]
        if layer == 0:
            weights = weights[:, : weights.shape[1] - fitted.n_bias_]
        if neurons is None and kind == "images":
            neurons = slice(MOST_IMAGES)
        if neurons is not None:
            weights = weights[neurons]
        return cls(weights).plot(ax, kind=kind, image_shape=image_shape, **kwargs)

    def plot(self, ax=None, *, kind="histogram", image_shape=None, **kwargs):
        """Draw the hidden weights.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; by default on a new figure.
        kind : {"histogram", "bars", "images"}, default="histogram"
            The histogram of abs(h) over powers of 2; the mean of abs(h) for each input bit; or each
            neuron's row as an image, blue where it is positive and red where it is negative.
        image_shape : tuple of int, (height, width), default=None
            Of the kind "images", with a product of n_inputs.
        **kwargs
            Passed to matplotlib's `stairs`, `bar` or `imshow`.

        Returns
        -------
        display : HiddenWeightDisplay
            This display.

        Raises
        ------
        ValueError
            If the kind is unknown, or rows are no images of this shape.
        """
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {KINDS}; got {kind!r}.")
        weights = np.asarray(self.hidden_weights, dtype=np.int32)
        if kind == "images":
            mosaic = side_by_side(weights, image_shape)
            limit = np.quantile(np.abs(weights), SATURATED)
            options = {"cmap": "RdBu", "vmin": -limit, "vmax": limit} | kwargs
            self._prepare(ax, xticks=[], yticks=[])
            self.image_ = self.ax_.imshow(mosaic, **options)
            self.figure_.colorbar(self.image_, ax=self.ax_, label="hidden weight")
        elif kind == "bars":
            self._prepare(ax, xlabel="input bit", ylabel="mean |hidden weight|")
            sizes = np.abs(weights).mean(axis=0)
            self.bars_ = self.ax_.bar(np.arange(len(sizes)), sizes, **kwargs)
        else:
            self._prepare(ax, xlabel="|hidden weight|", ylabel="share of weights")
            counts, edges = np.histogram(np.abs(weights), bins=2.0 ** np.arange(16))
            options = {"fill": True} | kwargs
            self.histogram_ = self.ax_.stairs(counts / weights.size, edges, **options)
            self.ax_.set_xscale("log", base=2)
        return self


def side_by_side(rows, image_shape):
    """Return rows as images in a square of them, with NaN in between."""
    if image_shape is None or np.prod(image_shape) != rows.shape[1]:
        raise ValueError(
            f"image_shape={image_shape} must be (height, width) with a product of "
            f"{rows.shape[1]}, the number of input bits; bits that are no pixels have no image."
        )
    height, width = image_shape
    n_columns = int(np.ceil(len(rows) ** 0.5))
    n_rows = -(-len(rows) // n_columns)
    images = np.full((n_rows * n_columns, height + 1, width + 1), np.nan)
    images[: len(rows), :-1, :-1] = rows.reshape(-1, height, width)
    images = images.reshape(n_rows, n_columns, height + 1, width + 1)
    return images.transpose(0, 2, 1, 3).reshape(n_rows * (height + 1), -1)[:-1, :-1]
