"""The bits that an encoder makes."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from bepsk.plotting._axes import Display

NEARLY_CONSTANT = 0.02


class EncoderDisplay(Display):
    """The share of ones of each bit, or the bits over the range of one feature.

    A bit that is nearly always 0 or nearly always 1 says little; the bits of a good encoder are 1
    on about half of the data. Over the range of a feature the picture shows where the bits change,
    so how finely the encoder looks at it.

    Parameters
    ----------
    ones : array-like, shape (n_bits,)
        Share of the samples on which each bit is 1.
    values : array-like, shape (n_points,), default=None
        Values of one feature in ascending order; None draws the shares of ones.
    bits : array-like of 0 and 1, shape (n_points, n_changing), default=None
        The bits that change over these values, in the order of their first change.
    feature : str, default=None
        Name of the feature.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        Where it is drawn.
    line_ : matplotlib Line2D
        The shares of ones in ascending order, if no feature is given.
    image_ : matplotlib AxesImage
        The bits over a feature, one row per bit.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from bepsk.encoders import ThermometerEncoder
    >>> from bepsk.plotting import EncoderDisplay
    >>> X = load_iris().data
    >>> encoder = ThermometerEncoder(n_bits=8).fit(X)
    >>> display = EncoderDisplay.from_estimator(encoder, X)
    >>> display.ones.round(1)[:8]
    array([0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.2, 0.1])
    >>> EncoderDisplay.from_estimator(encoder, X, feature=2).bits.shape
    (200, 8)
    """

    def __init__(self, ones, *, values=None, bits=None, feature=None):
        self.ones = ones
        self.values = values
        self.bits = bits
        self.feature = feature

    @classmethod
    def from_estimator(cls, encoder, X, *, feature=None, n_points=200, ax=None, **kwargs):
        """Draw the bits of a fitted encoder.

        Parameters
        ----------
        encoder : transformer or BEPMLPClassifier
            A fitted encoder to 0 and 1, or to -1 and +1, or the classifier that it is in.
        X : array-like or DataFrame, shape (n_samples, n_features)
            Samples, all numbers.
        feature : int or str, default=None
            Index or name of the column over whose range to draw the bits; all other features
            stay at their medians.
        n_points : int, default=200
            Number of values, equally spaced.
        ax : matplotlib Axes, default=None
            Where to draw; by default on a new figure.
        **kwargs
            Passed to matplotlib's `plot` or `imshow`.

        Returns
        -------
        display : EncoderDisplay
            What was drawn.
        """
        check_is_fitted(encoder)
        encoder = getattr(encoder, "encoder_", encoder)
        ones = (np.asarray(encoder.transform(X)) == 1).mean(axis=0)
        if feature is None:
            return cls(ones).plot(ax, **kwargs)
        table = np.asarray(X, dtype=np.float64)
        names = list(getattr(X, "columns", (f"x{i}" for i in range(table.shape[1]))))
        index = names.index(feature) if isinstance(feature, str) else feature
        values = np.linspace(np.nanmin(table[:, index]), np.nanmax(table[:, index]), n_points)
        rows = np.tile(np.nanmedian(table, axis=0), (n_points, 1))
        rows[:, index] = values
        if hasattr(X, "columns"):
            rows = type(X)(rows, columns=X.columns)
        bits = np.asarray(encoder.transform(rows)) == 1
        changes = bits[1:] != bits[:-1]
        changing = changes.any(axis=0)
        order = np.argsort(changes.argmax(axis=0)[changing], kind="stable")
        bits = bits[:, changing][:, order].astype(np.uint8)
        display = cls(ones, values=values, bits=bits, feature=names[index])
        return display.plot(ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw the bits.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; by default on a new figure.
        **kwargs
            Passed to matplotlib's `plot` or `imshow`.

        Returns
        -------
        display : EncoderDisplay
            This display.
        """
        if self.bits is None:
            self._prepare(ax, xlabel="bits in ascending order", ylabel="share of ones")
            self.ax_.set_ylim(-0.02, 1.02)
            self.ax_.axhline(0.5, color="grey", linestyle="--", linewidth=1)
            for low in (0, 1 - NEARLY_CONSTANT):
                self.ax_.axhspan(low, low + NEARLY_CONSTANT, color="red", alpha=0.2)
            self.line_ = self.ax_.plot(np.sort(self.ones), **kwargs)[0]
            return self
        self._prepare(ax, xlabel=self.feature, ylabel="bits that change")
        bits = np.asarray(self.bits, dtype=np.uint8).T
        extent = (self.values[0], self.values[-1], len(bits), 0)
        options = {"aspect": "auto", "cmap": "Greys", "interpolation": "nearest"} | kwargs
        self.image_ = self.ax_.imshow(bits, extent=extent, vmin=0, vmax=1, **options)
        return self
