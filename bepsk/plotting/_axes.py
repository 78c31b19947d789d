"""What all displays share: axes to draw on."""


class Display:
    """Base of the displays; a subclass draws on `ax_`."""

    def _prepare(self, ax, **labels):
        """Set `ax_` and `figure_`, to new ones if there are none, and label the axes."""
        if ax is None:
            ax = import_pyplot().figure(layout="constrained").add_subplot()
        self.ax_, self.figure_ = ax, ax.figure
        self.ax_.set(**labels)


def import_pyplot():
    """Return matplotlib.pyplot; ImportError with the remedy if there is none."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            "bepsk.plotting draws with matplotlib: pip install 'bepsk[plot]'."
        ) from error
    return plt
