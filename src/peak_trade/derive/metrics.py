"""Running metrics of a run: kept up to date per new row, never recomputed from the start.

Assumes rows in the order of the run (by step if every row has one, else file order).
Formulas: orders of a row = `orders_filled` if > 0, else `orders_generated`; drawdown of a row =
(equity - M) / M with M the running maximum of equity, null where equity is null or M <= 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

import numpy as np
import pyarrow as pa

from peak_trade.derive.arrays import Floats
from peak_trade.jsonio import finite
from peak_trade.schemas import BAR_COLUMN, DERIVED_COLUMNS, INSTANT_COLUMN


@dataclass(frozen=True, slots=True)
class StepOrder:
    """Whether rows must be sorted by step to be in the order of the run.

    `falls` counts the rows whose step is smaller than that of the row before, in file order.
    """

    stepped: bool = True
    drawdown_curve: int = 0
    last: float = -np.inf

    @property
    def unsorted(self) -> bool:
        """Every row has a step, but they do not come in the order of steps."""
        return self.stepped and self.drawdown_curve > 0

    def plus(self, steps: Floats) -> Self:
        """Return the order after rows with these steps, NaN for none."""
        if steps.size == 0:
            return self
        known = np.concatenate(([self.last], steps))
        return type(self)(
            stepped=self.stepped and not bool(np.isnan(steps).any()),
            drawdown_curve=self.drawdown_curve + int(np.count_nonzero(known[1:] < known[:-1])),
            last=float(steps[-1]),
        )


@dataclass(frozen=True, slots=True)
class RunningMetrics:
    """Metrics over all rows so far; money in account currency, drawdowns as fractions <= 0."""

    steps: int = 0
    orders: int = 0
    blocked: int = 0
    start_equity: float | None = None
    known_equity: float | None = None
    """Equity of the last row that has one."""
    peak: float | None = None
    peak_at: datetime | None = None
    """When equity was at its peak first, as charts have it; None if that row has no time."""
    max_drawdown: float | None = None
    last_row: dict[str, Any] | None = None
    last_instant: datetime | None = None

    @property
    def drawdown(self) -> float | None:
        """Drawdown at the last row with an equity; None without one, or if the peak is <= 0."""
        if self.known_equity is None or self.peak is None or self.peak <= 0:
            return None
        last = drawdowns(np.array([self.known_equity]), np.array([self.peak]))
        return finite(float(last[0]))

    @property
    def gain(self) -> float | None:
        """Change of equity since the first row that has one, a fraction; None if that is <= 0."""
        if self.known_equity is None or self.start_equity is None or self.start_equity <= 0:
            return None
        return finite(self.known_equity / self.start_equity - 1)

    def plus(self, table: pa.Table) -> Self:
        """Return the metrics after the rows of `table`."""
        if table.num_rows == 0:
            return self
        equity = floats(table, "equity")
        known = equity[~np.isnan(equity)]
        drawdown_curve = drawdowns(equity, peaks(equity, self.peak))
        drawdown_curve = drawdown_curve[~np.isnan(drawdown_curve)]
        last = table.slice(table.num_rows - 1).to_pylist()[0]
        start, peak, deepest = self.start_equity, self.peak, self.max_drawdown
        peak_at = self.peak_at
        if known.size:
            start = float(known[0]) if start is None else start
            top = int(np.nanargmax(equity))
            if peak is None or equity[top] > peak:
                peak, peak_at = float(equity[top]), _time_of(table, top)
        if drawdown_curve.size:
            deepest = min(0.0 if deepest is None else deepest, float(drawdown_curve.min()))
        return replace(
            self,
            steps=self.steps + table.num_rows,
            orders=self.orders + int(orders(table).sum()),
            blocked=self.blocked + total(table, "orders_blocked"),
            start_equity=start,
            known_equity=float(known[-1]) if known.size else self.known_equity,
            peak=peak,
            peak_at=peak_at,
            max_drawdown=deepest,
            last_instant=last[INSTANT_COLUMN],
            last_row={name: last[name] for name in last if name not in DERIVED_COLUMNS},
        )


def _time_of(table: pa.Table, row: int) -> datetime | None:
    """Return the time of a row's candle, or without one that of the row itself."""
    times = (
        table[name][row].as_py() for name in (BAR_COLUMN, INSTANT_COLUMN) if has_column(table, name)
    )
    return next((time for time in times if time is not None), None)


def has_column(table: pa.Table, name: str) -> bool:
    """Tell whether a table has a column; their names differ.

    This is asked per request: a list of all names would take longer than reading a column.
    """
    return bool(table.schema.get_field_index(name) >= 0)


def floats(table: pa.Table, name: str) -> Floats:
    """Return a column as float64 of the table's length; null and missing columns are NaN."""
    if not has_column(table, name):
        return np.full(table.num_rows, np.nan)
    column = table[name]
    whole = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    return np.asarray(whole.to_numpy(zero_copy_only=False), dtype=np.float64)


def total(table: pa.Table, name: str) -> int:
    """Return the sum of a column of counts."""
    counts = floats(table, name)
    return int(counts[~np.isnan(counts)].sum())


def orders(table: pa.Table) -> Floats:
    """Return the number of orders of each row."""
    filled = np.nan_to_num(floats(table, "orders_filled"))
    generated = np.nan_to_num(floats(table, "orders_generated"))
    return np.where(filled > 0, filled, generated)


def peaks(equity: Floats, before: float | None = None) -> Floats:
    """Return the running maximum of equity up to each row; -inf before the first equity.

    `before` is the maximum of the rows before, None if they had no equity.
    """
    start = -np.inf if before is None else before
    known = np.where(np.isnan(equity), -np.inf, equity)
    return np.maximum.accumulate(np.maximum(known, start))


def drawdowns(equity: Floats, running_peaks: Floats) -> Floats:
    """Return the drawdown of each row as a fraction <= 0; NaN where there is none."""
    with np.errstate(all="ignore"):
        drawdown_curve = (equity - running_peaks) / running_peaks
        overflown = np.isinf(drawdown_curve)
        drawdown_curve[overflown] = (equity / running_peaks - 1)[overflown]
    drawdown_curve[(running_peaks <= 0) | np.isinf(drawdown_curve)] = np.nan
    return drawdown_curve
