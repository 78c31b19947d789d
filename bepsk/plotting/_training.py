"""How training went, epoch by epoch."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from bepsk.inspection import last_step
from bepsk.plotting._axes import Display


class TrainingCurveDisplay(Display):
    """Accuracies, the share of triggered samples and group sizes over the epochs.

    Parameters
    ----------
    train_scores : array-like, shape (n_epochs,)
        Accuracy on the training samples, in [0, 1].
    losses : array-like, shape (n_epochs,)
        Fraction of triggered samples.
    validation_scores : array-like, shape (n_last_epochs,), default=()
        Accuracy on validation samples, of the last epochs.
    group_sizes : array-like, shape (n_last_epochs, n_layers), default=()
        Neurons per group in each layer, of the last epochs; they get an axis on the right.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        Where the curves are.
    lines_ : list of matplotlib Line2D
        The curves of train accuracy and triggered share, and of validation accuracy if there is
        any.
    group_ax_ : matplotlib Axes or None
        The axis of the group sizes.
    group_lines_ : list of matplotlib Line2D
        A curve per layer on it.

    See Also
    --------
    MarginDisplay : How sure the trained network is.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from bepsk import BEPMLPClassifier
    >>> from bepsk.plotting import TrainingCurveDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = BEPMLPClassifier((64, 64), max_iter=20, random_state=0).fit(X, y)
    >>> display = TrainingCurveDisplay.from_estimator(clf)
    >>> [line.get_label() for line in display.lines_]
    ['train accuracy', 'triggered share']
    """

    def __init__(self, train_scores, losses, *, validation_scores=(), group_sizes=()):
        self.train_scores = train_scores
        self.losses = losses
        self.validation_scores = validation_scores
        self.group_sizes = group_sizes

    @classmethod
    def from_estimator(cls, estimator, *, group_sizes=(), ax=None, **kwargs):
        """Draw the curves of a fitted estimator.

        Parameters
        ----------
        estimator : BEPMLPClassifier, BEPRNNClassifier or Pipeline that ends in one
            A fitted estimator.
        group_sizes : array-like, shape (n_last_epochs, n_layers), default=()
            Those of ``rule="paper"``. An estimator knows only the last; gather them with
            ``fit(X, y, callback=lambda clf: group_sizes.append(list(clf.group_sizes_)))``.
        ax : matplotlib Axes, default=None
            Where to draw; by default on a new figure.
        **kwargs
            Passed to matplotlib's `plot`.

        Returns
        -------
        display : TrainingCurveDisplay
            What was drawn.
        """
        check_is_fitted(estimator)
        fitted = last_step(estimator)
        display = cls(
            fitted.train_scores_,
            fitted.loss_curve_,
            validation_scores=fitted.validation_scores_,
            group_sizes=group_sizes,
        )
        return display.plot(ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; by default on a new figure.
        **kwargs
            Passed to matplotlib's `plot`.

        Returns
        -------
        display : TrainingCurveDisplay
            This display.
        """
        self._prepare(ax, xlabel="epoch", ylabel="share of samples")
        from matplotlib.ticker import MaxNLocator

        self.ax_.xaxis.set_major_locator(MaxNLocator(integer=True))
        n_epochs = len(self.train_scores)
        curves = {
            "train accuracy": self.train_scores,
            "triggered share": self.losses,
            "validation accuracy": self.validation_scores,
        }
        self.lines_ = [
            draw(self.ax_, n_epochs, values, label=label, **kwargs)
            for label, values in curves.items()
            if len(values)
        ]
        self.group_ax_, self.group_lines_ = None, []
        if len(self.group_sizes):
            self.group_ax_ = self.ax_.twinx()
            self.group_ax_.set_ylabel("neurons per group")
            options = {"drawstyle": "steps-post", "color": "grey"} | kwargs
            for layer, sizes in enumerate(np.transpose(self.group_sizes)):
                style = ["--", ":", "-."][layer % 3]
                label = f"group size, layer {layer + 1}"
                self.group_lines_.append(
                    draw(self.group_ax_, n_epochs, sizes, label=label, linestyle=style, **options)
                )
        self.ax_.legend(handles=self.lines_ + self.group_lines_)
        return self


def draw(ax, n_epochs, values, **options):
    """Draw the curve of the last epochs, and return it."""
    epochs = np.arange(n_epochs - len(values), n_epochs) + 1
    return ax.plot(epochs, values, **options)[0]
