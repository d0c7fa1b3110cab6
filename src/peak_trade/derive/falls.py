"""Falls of equity below its peak, kept up to date per new row.

Assumes rows in the order of the run. Only rows with an equity count; the first one, the start
equity, is the first peak. A fall begins at the last row at the peak and ends at the first row that
is at it again. Depths are those of `metrics.drawdowns`: fractions, none while the peak is <= 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from peak_trade.derive.arrays import Floats, Instants, Places
from peak_trade.derive.metrics import drawdowns, peaks

NEVER: Final = np.datetime64("NaT", "us")


@dataclass(frozen=True, slots=True)
class Fall:
    """One fall; times are NaT where the events have none."""

    depth: float
    peak: float
    begin: np.datetime64
    trough: np.datetime64
    recovery: np.datetime64 | None = None
    """None while the peak is not reached again."""


@dataclass(frozen=True, slots=True)
class Falls:
    """The falls so far."""

    peak: float | None = None
    peak_time: np.datetime64 = NEVER
    """Of the last row at the peak."""
    now: float | None = None
    deepest: Fall | None = None
    n: int = 0
    """Rows with a drawdown."""
    squares: float = 0.0
    """Sum of their squares."""

    def plus(self, equity: Floats, times: Instants) -> Self:
        """Return the falls after rows with this equity, NaN for none, at these times."""
        known = ~np.isnan(equity)
        equity, times = equity[known], times[known]
        if not equity.size:
            return self
        tops = peaks(equity, self.peak)
        depths = drawdowns(equity, tops)
        counted = depths[~np.isnan(depths)]
        at_peak = np.flatnonzero(equity >= tops)
        return replace(
            self,
            peak=float(tops[-1]),
            peak_time=times[at_peak[-1]] if at_peak.size else self.peak_time,
            now=None if np.isnan(depths[-1]) else float(depths[-1]),
            deepest=self._deepest(equity, times, depths, at_peak),
            n=self.n + counted.size,
            squares=self.squares + float(np.square(counted).sum()),
        )

    def _deepest(
        self, equity: Floats, times: Instants, depths: Floats, at_peak: Places
    ) -> Fall | None:
        deepest, after = self.deepest, 0
        place = int(np.argmin(np.where(np.isnan(depths), 0.0, depths)))
        if depths[place] < (deepest.depth if deepest else 0.0):
            before = at_peak[at_peak <= place]
            begin = times[before[-1]] if before.size else self.peak_time
            top = float(equity[before[-1]]) if before.size else float(self.peak or 0.0)
            deepest, after = Fall(float(depths[place]), top, begin, times[place]), place
        if deepest is None or deepest.recovery is not None:
            return deepest
        back = np.flatnonzero(equity[after:] >= deepest.peak)
        return replace(deepest, recovery=times[after + back[0]]) if back.size else deepest


def deepest_falls(equity: Floats, times: Instants, most: int) -> list[Fall]:
    """Return the `most` deepest falls of a run, the deepest first; equal ones in order of time."""
    known = ~np.isnan(equity)
    equity, times = equity[known], times[known]
    tops = peaks(equity, None)
    depths = np.nan_to_num(drawdowns(equity, tops), nan=0.0)
    edges = np.flatnonzero(np.diff(depths < 0, prepend=False, append=False))
    begins, ends = edges[::2], edges[1::2]
    if not begins.size:
        return []
    lowest = np.minimum.reduceat(depths, begins)
    return [
        Fall(
            depth=float(lowest[fall]),
            peak=float(tops[begins[fall]]),
            begin=times[begins[fall] - 1],
            trough=times[begins[fall] + int(np.argmin(depths[begins[fall] : ends[fall]]))],
            recovery=times[ends[fall]] if ends[fall] < times.size else None,
        )
        for fall in np.argsort(lowest, kind="stable")[:most].tolist()
    ]
