"""What is drawn of a run's returns: by month, how they spread, and their ratios over time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from peak_trade.derive.arrays import Floats
from peak_trade.derive.returns import Returns
from peak_trade.derive.run_facts import Months

MAX_BARS: Final = 40
MAX_POINTS: Final = 300
MIN_WINDOW: Final = 20


def monthly(months: Months, start: float | None) -> Iterator[tuple[str, float | None]]:
    """Yield each month with its return: last equity / that of the month before - 1."""
    before = start
    for month, last in months.items():
        yield str(month), last / before - 1 if before is not None and before > 0 else None
        before = last


def spread(returns: Returns) -> tuple[Floats, list[int]]:
    """Return the edges of bars of equal width over all returns, and how many lie in each."""
    ordered = returns.ordered
    if not ordered.n:
        return np.array([]), []
    low, high = ordered.quantile(0.0), ordered.quantile(1.0)
    bars = min(MAX_BARS, max(1, round(float(np.sqrt(ordered.n))))) if high > low else 1
    edges = np.linspace(low, high, bars + 1)
    below = [0, *(ordered.below(float(edge)) for edge in edges[1:-1]), ordered.n]
    return edges, np.diff(below).tolist()


class Rolling(NamedTuple):
    """Ratios of the last `window` returns, up to some rows of the run, in their order.

    NaN where there is none: returns that do not vary have no Sharpe ratio, those of which none is
    below 0 no Sortino ratio.
    """

    window: int
    sharpe: Floats
    sortino: Floats


def rolling(equity: Floats, bars_per_year: float | None) -> Rolling:
    """Return the ratios that the table of statistics has of the whole run, over its course.

    The window is a tenth of all returns, at least 20. Both are empty while there are fewer
    returns, an equity is 0 or below, or there are no times.
    """
    known = equity[~np.isnan(equity)]
    window = max(MIN_WINDOW, (known.size - 1) // 10)
    if known.size <= window or bars_per_year is None or (known <= 0).any():
        return Rolling(window, np.array([]), np.array([]))
    with np.errstate(all="ignore"):
        values = known[1:] / known[:-1] - 1
        ends = np.unique(np.linspace(window, values.size, MAX_POINTS).astype(int))

        def within(part: Floats) -> Floats:
            """Return the sums over the windows."""
            sums = np.concatenate(([0.0], np.cumsum(part)))
            found: Floats = sums[ends] - sums[ends - window]
            return found

        mean = within(values) / window
        square = within(np.square(values)) - window * np.square(mean)
        deviation = np.sqrt(np.maximum(square, 0) / (window - 1))
        downside = np.sqrt(np.maximum(within(np.square(np.minimum(values, 0))), 0) / window)
        least = 1e-9 * np.maximum(np.abs(mean), 1e-3)
        sharpe, sortino = (
            np.where(risk > least, mean / risk * np.sqrt(bars_per_year), np.nan)
            for risk in (deviation, downside)
        )
    return Rolling(window, sharpe, sortino)
