"""Candles for drawing: several become one where there are more of them than places to draw.

Assumes candles in order of time, without gaps in their numbers (NaN). A merged candle opens with
the first and closes with the last of its candles; its high and low are theirs, so that no extreme
disappears. Candles are merged in groups whose borders depend on positions in the run alone: a new
candle changes the last group and no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field

from peak_trade.derive.arrays import Floats, Instants, Places


@dataclass(frozen=True, slots=True, eq=False)
class Candles:
    """Arrays of the same length; `times` is when a candle begins."""

    times: Annotated[Instants, Field(description="When each candle begins")]
    open: Annotated[Floats, Field(description="First price of each candle")]
    high: Annotated[Floats, Field(description="Highest price of each candle")]
    low: Annotated[Floats, Field(description="Lowest price of each candle")]
    close: Annotated[Floats, Field(description="Last price of each candle")]
    volume: Annotated[Floats, Field(description="Traded volume of each candle; null if unknown")]

    @property
    def size(self) -> int:
        """Number of candles."""
        return int(self.times.size)

    def part(self, chosen: slice | npt.NDArray[np.bool_]) -> Self:
        """Return some of the candles."""
        return type(self)(
            self.times[chosen],
            self.open[chosen],
            self.high[chosen],
            self.low[chosen],
            self.close[chosen],
            self.volume[chosen],
        )

    def known(self) -> npt.NDArray[np.bool_]:
        """Tell which candles have a time and all four prices."""
        prices = np.isfinite((self.open, self.high, self.low, self.close))
        usable: npt.NDArray[np.bool_] = prices.all(axis=0) & ~np.isnat(self.times)
        return usable


def group_size(count: int, most: int) -> int:
    """Return how many candles one stands for, a power of two, so that at most `most` are drawn."""
    size = 1
    while -(-count // size) > most - 1:
        size *= 2
    return size


def merge(candles: Candles, first: int, stop: int, most: int) -> tuple[Candles, int]:
    """Return at most `most` (>= 2) candles, and how many one of them stands for.

    They are drawn for those from `first` up to `stop`; the first group may begin before `first`.
    """
    size = group_size(stop - first, most)
    if size == 1 or stop - first <= most:
        return candles.part(slice(first, stop)), 1
    begin = first // size * size
    inside = candles.part(slice(begin, stop))
    starts = np.arange(0, inside.size, size)
    ends = np.append(starts[1:], inside.size) - 1
    merged = Candles(
        inside.times[starts],
        inside.open[starts],
        np.maximum.reduceat(inside.high, starts),
        np.minimum.reduceat(inside.low, starts),
        inside.close[ends],
        _sums(inside.volume, starts),
    )
    return merged, size


def _sums(values: Floats, starts: Places) -> Floats:
    """Return the sum of each group that begins at one of `starts`; NaN if none is known."""
    known = ~np.isnan(values)
    sums = np.add.reduceat(np.where(known, values, 0.0), starts)
    return np.where(np.logical_or.reduceat(known, starts), sums, np.nan)
