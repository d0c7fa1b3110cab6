"""Times without candles, in a run whose candles otherwise follow each other in one rhythm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from peak_trade.derive.arrays import Floats, Instants

FACTOR: Final = 3.0
"""A gap is longer than so many times the usual distance of two candles."""

TOLERANCE: Final = 0.25
REGULAR: Final = 0.75
"""There is a rhythm if this part of the distances is the usual one, but for the tolerance."""


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """Arrays of the same length, in order of time."""

    first: Instants
    """The last candle before each gap."""
    last: Instants
    """The first candle after it."""

    def longest(self, most: int) -> Gaps:
        """Return the `most` longest ones."""
        if self.first.size <= most:
            return self
        chosen = np.sort(np.argsort(self.last - self.first, kind="stable")[-most:])
        return Gaps(self.first[chosen], self.last[chosen])


def gaps(times: Instants) -> Gaps:
    """Return the gaps between candles, given in any order; NaT is left out.

    Without a rhythm there is no gap: what comes when it comes is missing at no time.
    """
    known = _rising(times[~np.isnat(times)])
    ticks: npt.NDArray[np.int64] = known.astype(np.int64)
    distances = ticks[1:] - ticks[:-1]
    if distances.size < 2:  # of one distance nobody knows whether it is usual
        return Gaps(known[:0], known[:0])
    usual = float(np.median(distances))
    if (np.abs(distances - usual) <= usual * TOLERANCE).mean() < REGULAR:
        return Gaps(known[:0], known[:0])
    wide = np.flatnonzero(distances > usual * FACTOR)
    return Gaps(known[wide], known[wide + 1])


def _rising(times: Instants) -> Instants:
    """Return each time once, in order; candles come in order, which a stable sort makes use of."""
    ordered = np.sort(times, kind="stable")
    once: Instants = ordered[np.append(ordered[1:] != ordered[:-1], True)[: ordered.size]]
    return once


def broken(times: Instants, found: Gaps, columns: dict[str, Floats]) -> dict[str, Floats]:
    """Return columns of points with NaN between the two points on either side of each gap.

    `columns` are along `times`, in order; one of them may be the times as numbers.
    """
    places = np.searchsorted(times, found.first, side="right")
    places = np.unique(places[(places > 0) & (places < times.size)])
    return {name: np.insert(values, places, np.nan) for name, values in columns.items()}
