"""What training carries from one epoch to the next."""

from collections import deque
from copy import copy
from dataclasses import dataclass, field, replace

import numpy as np

from bepsk.network.network import BinaryNetwork
from bepsk.training.schedules import Patience


@dataclass
class Progress:
    """Everything except the weights that training carries from one epoch to the next.

    Parameters
    ----------
    seed : int
        Seed of all random streams.
    group_sizes : list of int
        Neurons per group for each of the network's `widths`, gamma in Sec. 3.3; may be empty if
        the rule has none.
    n_steps, n_epochs, n_seen : int, default=0
        Numbers of mini-batches, epochs and samples so far.
    error : float, default=1.0
        E, the training error of the previous epoch (Sec. 3.3).
    growth, stopping : Patience
        Epochs without improvement, for the growth of groups and for the end of training.
    losses : list of float
        Fraction of triggered samples in each epoch.
    train_scores : list of float
        Accuracy in each epoch on the training samples, each before its own update.
    validation_scores : list of float
        Score on the validation samples after each epoch that had any.
    bit_counts : int64 array, shape (n_bits + 1,), or None, default=None
        In how many samples each bit of the input was 1, and the number of samples, where the
        input is centred.
    best : BinaryNetwork or None, default=None
        What the last `train` returns, if that is not the network it trains: the average of the
        last epochs, or with early stopping the network after the best epoch.

    Examples
    --------
    >>> from bepsk.training import Progress
    >>> Progress(seed=0, group_sizes=[16, 16]).n_epochs
    0
    """

    seed: int
    group_sizes: list
    n_steps: int = 0
    n_epochs: int = 0
    n_seen: int = 0
    error: float = 1.0
    growth: Patience = field(default_factory=Patience)
    stopping: Patience = field(default_factory=Patience)
    losses: list = field(default_factory=list)
    train_scores: list = field(default_factory=list)
    validation_scores: list = field(default_factory=list)
    bit_counts: np.ndarray | None = None
    best: BinaryNetwork | None = None

    def copy(self):
        """Return an independent copy, which shares the best network.

        Returns
        -------
        progress : Progress
            Equal to this one.
        """
        return replace(
            self,
            group_sizes=list(self.group_sizes),
            growth=copy(self.growth),
            stopping=copy(self.stopping),
            losses=list(self.losses),
            train_scores=list(self.train_scores),
            validation_scores=list(self.validation_scores),
        )


@dataclass
class Course:
    """How far one call of `train` has come.

    Parameters
    ----------
    recent : deque of lists of int16 arrays
        Hidden weights of the layers after each of the last epochs, as many as are averaged at most.
    epoch : int, default=0
        Number of epochs of this call.
    place : int, default=0
        Place in the schedule of annealing; training ends at `max_iter`.
    best_score : float, default=-inf
        The best score so far, with early stopping.
    watched : Patience
        Epochs without a better score, with early stopping.

    Examples
    --------
    >>> from collections import deque
    >>> from bepsk.training import Course
    >>> Course(deque(maxlen=10)).epoch
    0
    """

    recent: deque
    epoch: int = 0
    place: int = 0
    best_score: float = -float("inf")
    watched: Patience = field(default_factory=Patience)
