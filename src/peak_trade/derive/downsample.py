"""Fewer points of a long series for drawing, with its extremes kept.

Min/max per bucket: of each bucket the points with the smallest and the largest value are kept, in
their order, so that a fall inside a bucket never disappears. First and last point always stay. The
deepest drawdown of a bucket need not lie at its smallest equity: it is kept beside them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from peak_trade.derive.arrays import Floats


def extremes(
    values: Floats, max_points: int, drawdown_curve: Floats | None = None
) -> npt.NDArray[np.intp]:
    """Return ascending positions of at most `max_points` (>= 5) values to draw; NaN is left out.

    All positions of numbers come back if they are no more than `max_points`. `falls` is a second
    series of the same length, of which the smallest values are kept too; NaN where it has none.
    """
    known = np.flatnonzero(~np.isnan(values))
    if known.size <= max_points:
        return known
    size = -(-known.size // ((max_points - 2) // (2 if drawdown_curve is None else 3)))
    shown = values if known.size == values.size else values[known]
    picked = [_least(shown, size), _least(-shown, size), np.array([0, known.size - 1])]
    if drawdown_curve is not None:
        picked.append(
            _least(drawdown_curve if known.size == values.size else drawdown_curve[known], size)
        )
    chosen: npt.NDArray[np.intp] = known[np.unique(np.concatenate(picked))]
    return chosen


def _least(series: Floats, size: int) -> npt.NDArray[np.intp]:
    """Return the position of the smallest value of each bucket of `size`; NaN is none."""
    unknown = np.isnan(series)
    if unknown.any():
        series = np.where(unknown, np.inf, series)
    whole = series.size - series.size % size
    least = np.arange(0, whole, size) + series[:whole].reshape(-1, size).argmin(axis=1)
    rest = series[whole:]
    return np.append(least, whole + rest.argmin()) if rest.size else least


def shares(values: Floats) -> Floats:
    """Return where values lie between the least of them, 0, and the greatest, 1; 0 if all are one.

    Halves are subtracted, for the difference of two numbers may be none.
    """
    halves = values / 2
    least = float(halves.min())
    found: Floats = (halves - least) / ((float(halves.max()) - least) or 1.0)
    return found


def apart(values: Floats, max_points: int) -> npt.NDArray[np.intp]:
    """Return ascending positions of at most `max_points` values to mark on a line.

    All if they are no more; else their range has `max_points` equal parts, and of each the first
    value stays. What is left out lies in the same part as one that stays.
    """
    if values.size <= max_points:
        return np.arange(values.size)
    parts = np.minimum(shares(values) * max_points, max_points - 1).astype(np.intp)
    _, first = np.unique(parts, return_index=True)
    return np.sort(first)
