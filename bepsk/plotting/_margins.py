"""How far the right classes lead."""

import numpy as np

from bepsk.inspection import classifiers_of, lead_of, width_of
from bepsk.plotting._axes import Display


class MarginDisplay(Display):
    """Cumulative distribution of the margins of each class.

    The margin of a sample is the logit of its class less the largest other one, over the width of
    the last layer. It lies in [-2, 2]. Where a curve crosses 0, its height is the share of the
    class that is misclassified; where it crosses the trigger, the share that training still learns
    from.

    Parameters
    ----------
    margins : array-like, shape (n_samples,)
        Margin of each sample.
    y : array-like, shape (n_samples,)
        Its label.
    trigger : float, default=None
        The margin below which training learns from a sample, drawn as a line.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        Where the curves are.
    lines_ : list of matplotlib Line2D
        A curve per class, in the order of the labels.

    See Also
    --------
    TrainingCurveDisplay : The share of triggered samples over the epochs.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from bepsk import BEPMLPClassifier
    >>> from bepsk.plotting import MarginDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = BEPMLPClassifier((64, 64), max_iter=20, random_state=0).fit(X, y)
    >>> display = MarginDisplay.from_estimator(clf, X, y)
    >>> display.margins.shape, len(display.lines_), display.trigger
    ((150,), 3, 0.5)
    """

    def __init__(self, margins, y, *, trigger=None):
        self.margins = margins
        self.y = y
        self.trigger = trigger

    @classmethod
    def from_estimator(cls, estimator, X, y, *, ax=None, **kwargs):
        """Draw the margins of a fitted classifier on samples.

        Parameters
        ----------
        estimator : classifier of bepsk, or Pipeline that ends in one
            A fitted classifier.
        X : array-like, shape (n_samples, n_features)
            Samples, as its `predict` takes them.
        y : array-like, shape (n_samples,)
            Their labels, all of them in `classes_`.
        ax : matplotlib Axes, default=None
            Where to draw; by default on a new figure.
        **kwargs
            Passed to matplotlib's `plot`.

        Returns
        -------
        display : MarginDisplay
            What was drawn.

        Raises
        ------
        TypeError
            If the estimator is another.
        ValueError
            If y holds a label that is not in `classes_`.
        """
        margins = lead_of(estimator, X, y) / width_of(estimator)
        return cls(margins, y, trigger=classifiers_of(estimator)[-1].margin).plot(ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw the margins.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; by default on a new figure.
        **kwargs
            Passed to matplotlib's `plot`.

        Returns
        -------
        display : MarginDisplay
            This display.
        """
        self._prepare(ax, xlabel="margin", ylabel="share of the class")
        margins, y = np.asarray(self.margins), np.asarray(self.y)
        self.lines_ = []
        for label in np.unique(y):
            own = np.sort(margins[y == label])
            shares = np.arange(1, len(own) + 1) / len(own)
            options = {"drawstyle": "steps-post", "label": str(label)} | kwargs
            self.lines_ += self.ax_.plot(own, shares, **options)
        self.ax_.axvline(0, color="black", linewidth=1)
        if self.trigger is not None:
            self.ax_.axvline(self.trigger, color="grey", linestyle="--", linewidth=1)
        self.ax_.legend(title="class")
        return self
