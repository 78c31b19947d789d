"""Group sizes, and how they change from epoch to epoch."""

from dataclasses import dataclass


def next_divisor(n, size):
    """Return the smallest divisor of n above size, or n itself.

    Examples
    --------
    >>> next_divisor(525, 35), next_divisor(525, 525)
    (75, 525)
    """
    return next((d for d in range(size + 1, n) if n % d == 0), n)


def nearest_divisor(n, size):
    """Return the divisor of n nearest to size, by ratio.

    Examples
    --------
    >>> nearest_divisor(512, 15), nearest_divisor(510, 15)
    (16, 15)
    """
    divisors = [d for d in range(1, n + 1) if n % d == 0]
    return min(divisors, key=lambda d: max(d / size, size / d))


def annealing_epochs(share, max_iter):
    """Return four epochs before which to anneal, evenly spread over the last share of `max_iter`.

    Examples
    --------
    >>> annealing_epochs(0.4, 50)
    [30, 35, 40, 45]
    """
    return [max_iter - round(share * max_iter * left / 4) for left in (4, 3, 2, 1)]


@dataclass
class Patience:
    """Count the epochs since a score last improved.

    Parameters
    ----------
    best : float, default=-inf
        The best score so far.
    stale : int, default=0
        Number of epochs since.

    Examples
    --------
    >>> from bepsk.training import Patience
    >>> patience = Patience()
    >>> [patience.improved(score) for score in (0.5, 0.7, 0.6)], patience.stale
    ([True, True, False], 1)
    """

    best: float = -float("inf")
    stale: int = 0

    def improved(self, score, tol=0.0):
        """Record the score of an epoch, and say whether it is an improvement.

        Parameters
        ----------
        score : float
            The score; more is better.
        tol : float, default=0.0
            What an improvement must exceed.

        Returns
        -------
        improved : bool
            Whether `score` exceeds `best` by more than `tol`.
        """
        if score > self.best + tol:
            self.best, self.stale = score, 0
            return True
        self.stale += 1
        return False
