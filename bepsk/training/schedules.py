"""What changes from epoch to epoch: the group sizes."""


def next_divisor(n, size):
    """Return the smallest divisor of n above size, or n itself.

    Examples
    --------
    >>> next_divisor(525, 35), next_divisor(525, 525)
    (75, 525)
    """
    return next((d for d in range(size + 1, n) if n % d == 0), n)


class Patience:
    """Count the epochs since a score last rose by more than `tol`.

    Attributes
    ----------
    best : float
    stale : int
        Epochs without improvement.
    """

    def __init__(self, tol=0.0, best=-float("inf"), stale=0):
        self.tol = tol
        self.best = best
        self.stale = stale

    def improved(self, score):
        """Record the score of an epoch; say whether it is the best so far."""
        if score > self.best + self.tol:
            self.best, self.stale = score, 0
            return True
        self.stale += 1
        return False
