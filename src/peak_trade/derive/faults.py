"""Faults of rows that could be read: running counts, kept up to date per new row.

Assumes rows in the order of the run. A step is missing if the next one is greater by more than
one; rows before the first one are not missed, since a run may be continued. Lengths of time from
one candle to the next are counted as they are: how many candles one of them leaves out depends on
the time frame, which may become known later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from peak_trade.derive.arrays import Floats
from peak_trade.derive.metrics import floats
from peak_trade.schemas import BAR_COLUMN, INSTANT_COLUMN

MAX_INTERVALS: Final = 512
"""Different lengths that are told apart; a further one counts as the next shorter one."""


class Holes(NamedTuple):
    """Places where candles are missing, and how many are."""

    places: int
    candles: int


@dataclass(frozen=True, slots=True)
class RowFaults:
    """Counts over all rows so far."""

    gaps: int = 0
    missing: int = 0
    """Steps that the gaps leave out."""
    repeated: int = 0
    """Rows with the step of the row before."""
    backwards: int = 0
    """Rows whose time is before that of the row before."""
    untimed: int = 0
    latest: datetime | None = None
    """Greatest time of all rows."""
    last_step: float | None = None
    last_time: np.datetime64 | None = None
    last_bar: np.datetime64 | None = None
    """Greatest time of all candles."""
    intervals: Mapping[int, int] = field(default_factory=dict)
    """Seconds from one candle to the next, and how often."""

    def plus(self, table: pa.Table) -> Self:
        """Return the counts after the rows of `table`."""
        if table.num_rows == 0:
            return self
        times = table[INSTANT_COLUMN].to_numpy().astype("datetime64[us]")
        bars = table[BAR_COLUMN].to_numpy().astype("datetime64[us]")
        return self.plus_steps(floats(table, "step")).plus_times(times).plus_bars(bars)

    def plus_steps(self, steps: Floats) -> Self:
        """Return the counts after rows with these steps, NaN for none."""
        known = _after(self.last_step, steps[~np.isnan(steps)])
        jumps = np.diff(known)
        gaps = jumps[jumps > 1]
        return replace(
            self,
            gaps=self.gaps + gaps.size,
            missing=self.missing + int((gaps - 1).sum()),
            repeated=self.repeated + int(np.count_nonzero(jumps == 0)),
            last_step=float(known[-1]) if known.size else self.last_step,
        )

    def plus_times(self, times: npt.NDArray[np.datetime64]) -> Self:
        """Return the counts after rows with these times, NaT for none."""
        timed = times[~np.isnat(times)]
        known = _after(self.last_time, timed)
        drawdown_curve = np.count_nonzero(np.diff(known) < np.timedelta64(0, "us"))
        latest = self.latest
        if timed.size:
            newest: datetime = timed.max().item().replace(tzinfo=UTC)
            latest = newest if latest is None else max(latest, newest)
        return replace(
            self,
            backwards=self.backwards + int(drawdown_curve),
            untimed=self.untimed + times.size - timed.size,
            latest=latest,
            last_time=known[-1] if known.size else self.last_time,
        )

    def plus_bars(self, bars: npt.NDArray[np.datetime64]) -> Self:
        """Return the counts after rows of candles with these times, NaT for none."""
        known = _after(self.last_bar, bars[~np.isnat(bars)])
        if known.size == 0:
            return self
        seconds = np.diff(np.maximum.accumulate(known)) / np.timedelta64(1, "s")
        lengths, counts = np.unique(np.rint(seconds).astype(np.int64), return_counts=True)
        intervals = dict(self.intervals)
        for length, count in zip(lengths.tolist(), counts.tolist(), strict=True):
            if length > 0:
                kept = _kept(length, intervals)
                intervals[kept] = intervals.get(kept, 0) + count
        return replace(self, last_bar=known.max(), intervals=intervals)

    def holes(self, candle: timedelta | None) -> Holes:
        """Return where candles of this length are missing; none if it is not known."""
        if candle is None:
            return Holes(0, 0)
        left_out = [
            (count, round(length / candle.total_seconds()) - 1)
            for length, count in self.intervals.items()
        ]
        found = [(count, candles) for count, candles in left_out if candles > 0]
        return Holes(
            sum(count for count, _ in found), sum(count * candles for count, candles in found)
        )


def _kept(length: int, known: Mapping[int, int]) -> int:
    if length in known or len(known) < MAX_INTERVALS:
        return length
    return max((other for other in known if other < length), default=length)


def _after(last: object, new: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return new values behind the last known one, if there is one."""
    return new if last is None else np.concatenate((np.array([last], dtype=new.dtype), new))
