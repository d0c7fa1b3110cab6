"""What the statistics of a run are made of, kept up to date per new row.

Assumes rows in the order of the run. Guarantees: the facts of rows that come in any pieces are
those of all rows at once, sums up to rounding; a further row costs the same after a million.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Self

import numpy as np
import pyarrow as pa

from peak_trade.derive.arrays import Floats, Instants
from peak_trade.derive.benchmark import Benchmark, closes
from peak_trade.derive.falls import NEVER, Falls
from peak_trade.derive.metrics import floats, has_column, total
from peak_trade.derive.returns import Returns
from peak_trade.schemas import BAR_COLUMN

MAX_GAPS: Final = 10_000
"""Times between candles that the length of a bar is taken from, the first ones."""

YEAR_SECONDS: Final = 365 * 86_400
"""A year has 365 whole days."""


@dataclass(frozen=True, slots=True, eq=False)
class Pace:
    """When the candles of rows with an equity were; times are NaT without any."""

    begin: np.datetime64 = NEVER
    end: np.datetime64 = NEVER
    last: np.datetime64 = NEVER
    rows: int = 0
    """Rows with a time."""
    gaps: Floats = field(default_factory=lambda: np.array([], dtype=np.float64))
    """Seconds from one candle to the next, where above 0."""
    bar_seconds: float | None = None
    """Length of a bar: the median of the times between candles; None without two times."""

    def plus(self, times: Instants) -> Self:
        """Return the pace with further candles, NaT for none."""
        known = times[~np.isnat(times)]
        if not known.size:
            return self
        whole = known if np.isnat(self.last) else np.concatenate(([self.last], known))
        gaps, bar_seconds = self.gaps, self.bar_seconds
        if gaps.size < MAX_GAPS:
            new = np.diff(whole).astype(np.int64) / 1e6
            gaps = np.concatenate((gaps, new[new > 0]))[:MAX_GAPS]
            bar_seconds = float(np.median(gaps)) if gaps.size else None
        low, high = known.min(), known.max()
        return replace(
            self,
            begin=low if np.isnat(self.begin) else min(self.begin, low),
            end=high if np.isnat(self.end) else max(self.end, high),
            last=known[-1],
            rows=self.rows + known.size,
            gaps=gaps,
            bar_seconds=bar_seconds,
        )

    @property
    def span(self) -> float:
        """Seconds from the first candle to the last."""
        return 0.0 if np.isnat(self.begin) else float((self.end - self.begin).astype(int)) / 1e6

    @property
    def bars_per_year(self) -> float | None:
        """Rows in a year of 365 days that come as these did, None without two times.

        What a market that closes, a hole, months, or several rows a candle make of a year is
        counted, not assumed.
        """
        return (self.rows - 1) * YEAR_SECONDS / self.span if self.span else None


@dataclass(frozen=True, slots=True)
class Exposure:
    """Rows with a position, of those that say which."""

    rows: int = 0
    held: int = 0
    last: int = -1
    """Place of the last of them, -1 for none."""

    def plus(self, position: Floats, begin: int) -> Exposure:
        """Return the counts with further rows, the first of them at `begin`."""
        known = np.flatnonzero(~np.isnan(position))
        if not known.size:
            return self
        held = self.held + int(np.count_nonzero(position[known]))
        return Exposure(self.rows + known.size, held, begin + int(known[-1]))


@dataclass(frozen=True, slots=True)
class OrderCounts:
    """Orders of the rows; None where a column was never there."""

    generated: int | None = None
    filled: int | None = None
    blocked: int | None = None

    def plus(self, table: pa.Table) -> OrderCounts:
        """Return the counts with those of further rows."""
        return OrderCounts(
            **{
                name: (getattr(self, name) or 0) + total(table, f"orders_{name}")
                if has_column(table, f"orders_{name}")
                else getattr(self, name)
                for name in self.__slots__
            }
        )


Months = Mapping[np.datetime64, float]
"""Each month with the last equity in it, in order of the rows."""


def _months(known: Months, equity: Floats, times: Instants) -> Months:
    usable = ~(np.isnan(equity) | np.isnat(times))
    equity, months = equity[usable], times[usable].astype("datetime64[M]")
    if not months.size:
        return known
    last = [*np.flatnonzero(months[1:] != months[:-1]).tolist(), months.size - 1]
    return {**known, **{months[place]: float(equity[place]) for place in last}}


@dataclass(frozen=True, slots=True, eq=False)
class RunFacts:
    """The facts of the rows so far."""

    rows: int = 0
    returns: Returns = field(default_factory=Returns)
    benchmark: Benchmark = field(default_factory=Benchmark)
    falls: Falls = field(default_factory=Falls)
    pace: Pace = field(default_factory=Pace)
    exposure: Exposure = field(default_factory=Exposure)
    orders: OrderCounts = field(default_factory=OrderCounts)
    months: Months = field(default_factory=dict)

    def plus(self, table: pa.Table) -> Self:
        """Return the facts after the rows of `table`."""
        if not table.num_rows:
            return self
        times, equity = candle_times(table), floats(table, "equity")
        with np.errstate(all="ignore"):
            return replace(
                self,
                rows=self.rows + table.num_rows,
                returns=self.returns.plus(equity, self.rows),
                benchmark=self.benchmark.plus(equity, closes(table)),
                falls=self.falls.plus(equity, times),
                pace=self.pace.plus(times[~np.isnan(equity)]),
                orders=self.orders.plus(table),
                exposure=self.exposure.plus(floats(table, "position_size"), self.rows),
                months=_months(self.months, equity, times),
            )


def candle_times(table: pa.Table) -> Instants:
    """Return the time of each row's candle, NaT where it has none."""
    return column_times(table, BAR_COLUMN)


def column_times(table: pa.Table, name: str) -> Instants:
    """Return a column of times; NaT where there is none, also for a column that is missing."""
    if not has_column(table, name):
        return np.full(table.num_rows, NEVER)
    times: Instants = table[name].to_numpy().astype("datetime64[us]", copy=False)
    return times
