"""Fewer points of a long series for drawing, with its extremes kept.

Min/max per bucket: of each bucket the points with the smallest and the largest value are kept, in
their order, so that a fall inside a bucket never disappears. First and last point always stay.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from peak_trade.derive.figures import Floats


def extremes(values: Floats, max_points: int) -> npt.NDArray[np.intp]:
    """Return ascending positions of at most `max_points` (>= 4) values to draw; NaN is left out.

    All positions of numbers come back if they are no more than `max_points`.
    """
    known = np.flatnonzero(~np.isnan(values))
    if known.size <= max_points:
        return known
    buckets = (max_points - 2) // 2
    size = -(-known.size // buckets)
    padded = np.full(buckets * size, np.nan)
    padded[: known.size] = values[known]
    table = padded.reshape(buckets, size)
    table = table[~np.isnan(table).all(axis=1)]
    starts = np.arange(len(table)) * size
    lowest, highest = np.nanargmin(table, axis=1), np.nanargmax(table, axis=1)
    picked = np.concatenate((starts + lowest, starts + highest, [0, known.size - 1]))
    chosen: npt.NDArray[np.intp] = known[np.unique(picked)]
    return chosen


def apart(values: Floats, max_points: int) -> npt.NDArray[np.intp]:
    """Return ascending positions of at most `max_points` values to mark on a line.

    All if they are no more; else their range has `max_points` equal parts, and of each the first
    value stays. What is left out lies in the same part as one that stays.
    """
    if values.size <= max_points:
        return np.arange(values.size)
    width = float(values.max() - values.min()) or 1.0
    parts = np.minimum((values - values.min()) / width * max_points, max_points - 1).astype(np.intp)
    _, first = np.unique(parts, return_index=True)
    return np.sort(first)
