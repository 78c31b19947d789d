"""Levels in fixed point: exact for every value of an integer type, or not at all."""

import numpy as np

from bepsk.export._model import Scale

MAX_SHIFT = 50
MAX_FACTOR = 2**31 - 1
WIDE = 2**62
TRIES = 3
"""How many factors on either side of the nearest one are tried."""


def level(x, offset, scale, smallest, largest):
    """Return the level of x as the encoders compute it."""
    with np.errstate(over="ignore", invalid="ignore"):
        levels = np.nan_to_num(np.floor((x - offset) * scale + 0.5))
    return np.clip(levels, smallest, largest)


def last_below(offset, scale, bounds, smallest, largest, info):
    """Return for each level the largest integer of a type whose own level is below, by bisection.

    The smallest integer less 1 stands for none.
    """
    low = np.full(len(bounds), info.min - 1, dtype=np.int64)
    high = np.full(len(bounds), info.max, dtype=np.int64)
    while (low < high).any():
        middle = (low + high + 1) >> 1
        below = level(middle, offset, scale, smallest, largest) < bounds
        low, high = np.where(below, middle, low), np.where(below, high, middle - 1)
    return low


def find_jumps(offset, scale, smallest, largest, info):
    """Find where the level of one feature rises, among all values of an integer type.

    Returns
    -------
    before : int array
        The last integer below each of the levels that begin within the type.
    levels : int array
        These levels, less that of the smallest integer.
    base, top : int
        Level of the smallest integer, and how much higher that of the largest is.
    """
    ends = level(np.array([info.min, info.max]), offset, scale, smallest, largest)
    base, highest = ends.astype(int).tolist()
    levels = np.arange(base + 1, highest + 1)
    before = last_below(offset, scale, levels, smallest, largest, info)
    return before, levels - base, base, highest - base


def line_through(before, levels, slope):
    """Return integers (factor, start, shift) of a line that reaches each level after its `before`.

    With u counted from the first of `before`, ``(factor u + start) >> shift`` is below a level at
    its `before`, and not at the next integer. None if there is no such line near the slope whose
    numbers fit 64 bits.
    """
    if not len(before):
        return 0, 0, 0
    before = before - before[0]
    for shift in range(MAX_SHIFT + 1):
        bounds, steepness = levels << shift, min(slope * 2.0**shift, MAX_FACTOR)
        nearest = round(steepness)
        for factor in range(max(0, nearest - TRIES), min(nearest + TRIES, MAX_FACTOR) + 1):
            if factor * int(before[-1] + 1) < WIDE:
                least = int((bounds - factor * (before + 1)).max())
                most = int((bounds - factor * before).min()) - 1
                if least <= most:
                    return factor, min(max(0, least), most), shift
    return None


def make_scale(offsets, scales, smallest, largest, input_type):
    """Find the `Scale` of all features; ValueError if there is none that is exact.

    Parameters
    ----------
    offsets, scales : float arrays, shape (n_features,)
        A value x becomes the level floor((x - offset) * scale + 1/2), within bounds.
    smallest, largest : int
        Bounds of the levels.
    input_type : str
        An integer type; the levels are exact for all of its values.
    """
    info = np.iinfo(input_type)
    rows = []
    for feature, (offset, scale) in enumerate(zip(offsets.tolist(), scales.tolist(), strict=True)):
        before, levels, base, top = find_jumps(offset, scale, smallest, largest, info)
        line = line_through(before, levels, scale)
        if line is None:
            raise ValueError(
                f"estimator: the levels of feature {feature} cannot be computed exactly in fixed "
                f"point for every {input_type}. Choose a narrower input_type, fit on X divided by "
                "a power of 2, or take an encoder that compares without scaling, such as "
                "ThermometerEncoder."
            )
        low, high = (before[0], before[-1] + 1) if len(before) else (info.min, info.min)
        rows.append([low, high, *line, top, base])
    return Scale(*np.array(rows).T)
