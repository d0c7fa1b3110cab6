"""Faults of rows that could be read: running counts, kept up to date per new row.

Assumes rows in the order of the run. A step is missing if the next one is greater by more than
one; rows before the first one are not missed, since a run may be continued.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from peak_trade.derive.arrays import Floats
from peak_trade.derive.metrics import floats
from peak_trade.schemas import INSTANT_COLUMN


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

    def plus(self, table: pa.Table) -> Self:
        """Return the counts after the rows of `table`."""
        if table.num_rows == 0:
            return self
        times = table[INSTANT_COLUMN].to_numpy().astype("datetime64[us]")
        return self.plus_steps(floats(table, "step")).plus_times(times)

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


def _after(last: object, new: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return new values behind the last known one, if there is one."""
    return new if last is None else np.concatenate((np.array([last], dtype=new.dtype), new))
