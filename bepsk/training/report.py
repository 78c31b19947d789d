"""What `verbose` prints."""

from time import monotonic

import numpy as np


class Report:
    """Print how training goes: a line per epoch, or per chunk of a stream.

    Each line is flushed. The clock runs from the beginning.

    Parameters
    ----------
    level : int
        0 prints nothing. 1 prints for each epoch its number, the share of triggered samples, the
        training accuracy, the validation score if there is one, its seconds, and how long the
        rest of `max_iter` would take at the mean pace of the epochs so far. From 2 on there are
        also the mean absolute hidden weight of each layer, the group sizes if the rule has any,
        and the number of epochs since training improved.
    max_iter : int, default=1
        The most epochs of this training.
    validated : bool, default=False
        Whether there are validation samples.
    clock : callable, default=time.monotonic
        Returns seconds.

    Examples
    --------
    >>> from bepsk.training import Progress, Report
    >>> report = Report(1, max_iter=50, clock=iter([0.0, 2.0]).__next__)
    >>> report.epoch(None, Progress(0, [], losses=[0.5], train_scores=[0.75]))
    epoch   1 of 50  triggered 0.5000  train 0.7500  2.0 s, 98 s left
    """

    def __init__(self, level, max_iter=1, validated=False, *, clock=monotonic):
        self.level = int(level)
        self.max_iter = max_iter
        self.validated = validated
        self.clock = clock
        self.n_epochs = self.n_before = 0  # those that a checkpoint has saved are before
        self.first = self.last = clock()

    def begin(self):
        """Begin an epoch: what has passed before the first one is not counted."""
        if not self.n_epochs:
            self.first = self.last = self.clock()

    def epoch(self, network, progress):
        """Print a line about the last epoch.

        Parameters
        ----------
        network : BinaryNetwork
            As the epoch has left it.
        progress : Progress
            Of the training.
        """
        self.n_epochs += 1
        now = self.clock()
        pace = (now - self.first) / self.n_epochs
        seconds, self.last = now - self.last, now
        number = self.n_before + self.n_epochs
        left = pace * (self.max_iter - number)
        self._print(
            f"epoch {number:3d} of {self.max_iter}",
            network,
            progress,
            f"{spell(seconds)}, {spell(left)} left",
        )

    def chunk(self, number, n_rows, network, progress=None):
        """Print a line about a chunk of a stream.

        Parameters
        ----------
        number : int
            Number of chunks so far.
        n_rows : int
            Number of samples of this one.
        network : BinaryNetwork
            As the chunk has left it.
        progress : Progress, default=None
            Of the training, where it lists scores.
        """
        if self.level:  # rows of a stream may come by the thousand
            head = f"chunk {number:3d}  rows {n_rows}"
            self._print(head, network, progress, spell(self.clock() - self.first))

    def _print(self, head, network, progress, tail):
        if not self.level:
            return
        parts = [head, *outcome(progress, self.validated)]
        if self.level > 1:
            parts += details(network, progress)
        print(*parts, tail, sep="  ", flush=True)


def outcome(progress, validated):
    """Say how the samples of the last epoch fared, and those of validation."""
    if progress is not None:
        yield f"triggered {progress.losses[-1]:.4f}"
        yield f"train {progress.train_scores[-1]:.4f}"
    if validated:
        yield f"validation {progress.validation_scores[-1]:.4f}"


def details(network, progress):
    """Say in what state the learning is."""
    sizes = [f"{np.abs(layer.hidden_weights).mean():.1f}" for layer in network.layers]
    yield f"weights {' '.join(sizes)}"
    if progress is not None:
        if progress.group_sizes:
            yield f"groups {' '.join(map(str, progress.group_sizes))}"
        yield f"stale {progress.stopping.stale}"


def spell(seconds):
    """Say how long, in the unit that suits: 4 ms, 0.42 s, 4.2 s, 42 s, 42 min or 4.2 h."""
    for limit, unit, digits, name in [
        (0.1, 1e-3, 0, "ms"),
        (1, 1, 2, "s"),
        (10, 1, 1, "s"),
        (100, 1, 0, "s"),
        (6000, 60, 0, "min"),
    ]:
        if seconds < limit:
            return f"{seconds / unit:.{digits}f} {name}"
    return f"{seconds / 3600:.1f} h"
