"""Targets that are numbers: each neuron of the last layer says whether they exceed a threshold."""

import math

import numpy as np

from bepsk.network.layer import Error
from bepsk.network.packed import all_ones, pack_bits
from bepsk.network.randomness import random_permutation

LARGEST_SUM = 2**30
"""The widths of all cells add up to about this, so that their sums are exact in 32 bits."""
UNIT = 256
"""What a neuron reads that is far from undecided."""
REACH = 3
"""A neuron is undecided within this many square roots of its fan-in."""


class NumberTargets:
    """A thermometer: neuron j of the last layer says whether the target exceeds t_j.

    A neuron is read as a number from -256 to 256, in proportion to its sum z_j while that is within
    3 sqrt(fan-in) of 0; so predictions are smoother than by signs alone. `decode` adds them up. A
    sample is learned from by the signs.

    Parameters
    ----------
    thresholds : float64 array, shape (K_L,)
        For each neuron its t_j, in any order.
    widths : int32 array, shape (K_L,)
        How far the target lies higher if neuron j is up; not negative, at most 2^31 - 1 in all.
    offset, scale : float
        The target is `offset` plus `scale` times what `decode` returns.

    Examples
    --------
    >>> import numpy as np
    >>> from bepsk.network import NumberTargets
    >>> targets = NumberTargets.from_sample(np.arange(100.0), 9, key=0)
    >>> np.sort(targets.thresholds).round().tolist()[:3]
    [6.0, 16.0, 28.0]
    """

    chance = 0.0
    """Expected score of a guess."""
    reads_sums = True

    def __init__(self, thresholds, widths, offset, scale):
        self.thresholds = thresholds
        self.widths = widths
        self.offset = offset
        self.scale = scale
        self.n_outputs = len(thresholds)

    @classmethod
    def from_sample(cls, y, n_outputs, key):
        """Put the thresholds at quantiles of a sample.

        They cut it in K_L + 1 cells of about as many values each, or fewer where it has fewer
        different values. Neuron j is worth the distance between the means of the two cells that
        its threshold parts; neurons with the same threshold share it.

        Parameters
        ----------
        y : float64 array, shape (n_samples,)
            Targets.
        n_outputs : int
            K_L, neurons of the last layer.
        key : int
            Key of the random stream that shuffles the thresholds.

        Returns
        -------
        targets : NumberTargets
            The targets over these thresholds.
        """
        thresholds, worths = place_thresholds(y, n_outputs)
        heights = worths - worths[0]
        scale = float(heights[-1] / LARGEST_SUM) or 1.0
        widths = np.diff(np.rint(heights / scale)).astype(np.int32)
        places = random_permutation(key, n_outputs)
        return cls(thresholds[places], widths[places], float(worths[0]), scale)

    def read(self, z, n_inputs):
        """Return how far each neuron is up or down.

        Parameters
        ----------
        z : int32 array, shape (n_samples, K_L)
            Sums of the last layer.
        n_inputs : int
            Its fan-in.

        Returns
        -------
        levels : int16 array, shape (n_samples, K_L)
            256 z / (3 sqrt(fan-in)), rounded down, within -256 and 256; not negative where a_L
            is 1.
        """
        reach = min(math.isqrt(REACH**2 * n_inputs), n_inputs)
        return (np.clip(z, -reach, reach) * UNIT // reach).astype(np.int16)

    def decode(self, levels):
        """Return the sums of the widths of the neurons that are up, of undecided ones in part.

        Parameters
        ----------
        levels : int16 array, shape (n_samples, K_L)
            What `read` returned.

        Returns
        -------
        sums : float64 array, shape (n_samples,)
            From 0 to the sum of all widths; multiples of 1 / 512.
        """
        # Sums of integers below 2^53 are exact in floating point, in any order.
        up = levels.astype(np.float64) + UNIT
        return up @ self.widths.astype(np.float64) / (2 * UNIT)

    def predict(self, levels):
        """Return the targets that levels stand for.

        Parameters
        ----------
        levels : int16 array, shape (n_samples, K_L)
            What `read` returned.

        Returns
        -------
        y : float64 array, shape (n_samples,)
            `offset` plus `scale` times what `decode` returns.
        """
        return self.offset + self.scale * self.decode(levels)

    def trigger(self, levels, y, sample_weight, margin, *, contrast=False):
        """Find the samples of whose bits more than a share is wrong.

        Parameters
        ----------
        levels : int16 array, shape (n_samples, K_L)
            What `read` returned.
        y : float64 array, shape (n_samples,)
            The targets.
        sample_weight : int32 array, shape (n_samples,)
            How many times each sample counts; one of weight 0 does not trigger.
        margin : float
            The share.
        contrast : bool, default=False
            Whether to ask only for the wrong bits to change.

        Returns
        -------
        triggered : int32 array, shape (n,)
            Rows of these samples, in ascending order.
        error : Error, shape (n, K_L)
            The error of the last layer: its signs say whether y > t_j; it is 0 where the bit
            is right already, with `contrast`.
        counts : list of int
            The `n_triggered`, `n_wrong` and `n_samples` of an `Update`; those who trigger are
            those who are wrong.
        """
        desired = pack_bits(y[:, np.newaxis] > self.thresholds)
        wrong = pack_bits(levels >= 0) ^ desired
        n_wrong = np.bitwise_count(wrong).sum(axis=1, dtype=np.int64)
        misses = (n_wrong > margin * self.n_outputs) & (sample_weight > 0)
        triggered = np.flatnonzero(misses).astype(np.int32)
        nonzero = wrong[triggered] if contrast else all_ones(len(triggered), self.n_outputs)
        weight = int(sample_weight[triggered].sum(dtype=np.int64))
        counts = [weight, weight, int(sample_weight.sum(dtype=np.int64))]
        return triggered, Error(desired[triggered], nonzero), counts

    def score(self, levels, y, sample_weight):
        """Return the weighted R2, 1 minus the mean squared error over the variance of y.

        Parameters
        ----------
        levels : int16 array, shape (n_samples, K_L)
            What `read` returned.
        y : float64 array, shape (n_samples,)
            The targets.
        sample_weight : array, shape (n_samples,)
            How much each sample counts.

        Returns
        -------
        score : float
            1 for perfect predictions, 0 for those of a constant, at the mean; below for worse.
        """
        heights = self._heights(y)
        mean = np.average(heights, weights=sample_weight)
        rest = np.average(self.losses(levels, y), weights=sample_weight)
        spread = np.average((heights - mean) ** 2, weights=sample_weight)
        return float(1 - rest / spread) if spread else float(rest == 0)

    def losses(self, levels, y):
        """Return the squared error of each sample, in units in which squares do not overflow.

        Parameters
        ----------
        levels : int16 array, shape (n_samples, K_L)
            What `read` returned.
        y : float64 array, shape (n_samples,)
            The targets.

        Returns
        -------
        losses : float64 array, shape (n_samples,)
            The unit is about the square of the largest prediction minus the smallest.
        """
        return (self._heights(y) - self.decode(levels) / LARGEST_SUM) ** 2

    def _heights(self, y):
        return (y - self.offset) / (self.scale * LARGEST_SUM)


def place_thresholds(y, n):
    """Cut a sample in n + 1 cells of about as many values each.

    Parameters
    ----------
    y : float64 array, shape (n_samples,)
        The sample.
    n : int
        Number of thresholds.

    Returns
    -------
    thresholds : float64 array, shape (n,)
        In ascending order, each half-way between neighbouring values; equal ones where the sample
        has too few different values.
    worths : float64 array, shape (n + 1,)
        What the target is worth if it exceeds so many thresholds: the mean of the cell; equal
        thresholds divide the step between two means evenly.

    Examples
    --------
    >>> place_thresholds(np.array([1.0, 1.0, 2.0, 4.0]), 2)
    (array([1.5, 3. ]), array([1., 2., 4.]))
    """
    values, counts = np.unique(y, return_counts=True)
    if len(values) == 1:
        return np.full(n, values[0]), np.full(n + 1, values[0])
    shares = np.cumsum(counts)[:-1] / len(y)  # below each gap between neighbouring values
    wanted = (np.arange(n) + 0.5) / n
    gaps = np.searchsorted((shares[1:] + shares[:-1]) / 2, wanted)
    lower, upper = values[:-1], values[1:]
    middles = lower + (upper - lower) / 2
    thresholds = np.where(middles < upper, middles, lower)[gaps]

    gaps, which, n_equal = np.unique(gaps, return_inverse=True, return_counts=True)
    starts = np.concatenate([[0], gaps + 1])
    means = np.add.reduceat(values * counts, starts) / np.add.reduceat(counts, starts)
    steps = (np.diff(means) / n_equal)[which]
    return thresholds, means[0] + np.concatenate([[0], np.cumsum(steps)])
