"""Checks of a run's books: what its columns say of each other, row by row.

A check that fails names the first row at fault and by how much. Numbers may differ by a millionth
of the greatest of equity, cash and position value of their row: files have them rounded. Profit is
right if it is that of the closed trades either first in, first out or by average cost, fees in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
import pyarrow as pa

from peak_trade.derive.arrays import Floats
from peak_trade.derive.measured import Judged
from peak_trade.derive.metrics import floats
from peak_trade.derive.round_trips import Realized
from peak_trade.i18n import mark

TOLERANCE: Final = 1e-6
_GREATEST: Final = float(np.finfo(np.float64).max)
_BLOCK: Final = 4096
"""Rows that are searched at a time."""

CHECKS: Final[dict[str, str]] = {
    "equity": mark("equity = cash + position x price"),
    "profit": mark("equity - start equity = realized + unrealized"),
    "realized": mark("realized = closed trades net of fees"),
    "position": mark("position = bought - sold in the trades file"),
    "fills": mark("orders filled = rows of the trades file"),
    "telemetry_orders": mark(
        "orders of the telemetry = orders of the events that were not blocked"
    ),
    "telemetry_fills": mark("fills of the telemetry = orders filled"),
    "session_realized_pnl": mark("realized of the session = realized of the run"),
    "session_unrealized_pnl": mark("unrealized of the session = unrealized of the run"),
    "session_max_drawdown": mark("max drawdown of the session = max drawdown of the run"),
    "session_orders": mark("orders of the session = orders filled"),
    "session_equity": mark("equity of the session = equity of the run"),
    "session_steps": mark("steps of the session = events of the run"),
}
"""Each check with what has to hold."""


@dataclass(frozen=True, slots=True)
class BookCheck:
    """One check: `checked` things, of which `failed` are wrong, the first of them at `row`."""

    name: str
    checked: int
    failed: int
    row: int | None = None
    """Position of the event, from 0; None if the check is of the run as a whole."""
    expected: float | None = None
    found: float | None = None

    @property
    def difference(self) -> float | None:
        """What was found, less what was expected."""
        if self.expected is None or self.found is None:
            return None
        return self.found - self.expected


def row_checks(table: pa.Table, run: Judged, begin: int, first: float) -> list[BookCheck]:
    """Return the checks of a run's rows from `begin` on; `first` is its first profit.

    A check whose columns are missing has checked nothing.
    """
    rows = _Rows(table.slice(begin))
    with np.errstate(all="ignore"):
        return list(_row_checks(rows, run, begin, first))


def together(before: list[BookCheck], after: list[BookCheck]) -> list[BookCheck]:
    """Return the checks of some rows and of those behind them as those of all."""
    return [
        replace(
            one if one.failed else two,
            checked=one.checked + two.checked,
            failed=one.failed + two.failed,
        )
        for one, two in zip(before, after, strict=True)
    ]


@dataclass(frozen=True, slots=True, init=False, eq=False)
class _Rows:
    equity: Floats
    cash: Floats
    position: Floats
    value: Floats
    """Position x price."""
    realized: Floats
    unrealized: Floats
    room: Floats
    """By how much amounts of a row may differ."""

    def __init__(self, table: pa.Table) -> None:
        price, close = floats(table, "price"), floats(table, "close")
        realized = floats(table, "realized_pnl")
        realized = np.where(np.isnan(realized), floats(table, "pnl"), realized)
        position, equity, cash = (
            floats(table, name) for name in ("position_size", "equity", "cash")
        )
        with np.errstate(all="ignore"):
            value = position * np.where(np.isnan(price), close, price)
            value = np.where(position == 0, 0.0, value)
            room = _room(np.fmax(np.fmax(np.abs(equity), np.abs(cash)), np.abs(value)))
        found = (equity, cash, position, value, realized, floats(table, "unrealized_pnl"), room)
        for name, array in zip(self.__slots__, found, strict=True):
            object.__setattr__(self, name, array)

    @property
    def profit(self) -> Floats:
        """Realized and unrealized together."""
        return np.where(np.isnan(self.realized), 0.0, self.realized) + self.unrealized


def first_profit(table: pa.Table) -> float:
    """Return the profit at the first row that has an equity, which is in the start equity.

    NaN without such a row.
    """
    for begin in range(0, table.num_rows, _BLOCK):
        rows = _Rows(table.slice(begin, _BLOCK))
        known = np.flatnonzero(~np.isnan(rows.equity))
        if known.size:
            return float(rows.profit[known[0]])
    return math.nan


def _row_checks(rows: _Rows, run: Judged, begin: int, first: float) -> Iterator[BookCheck]:
    count = begin + rows.equity.size
    check = partial(_compare, begin)
    yield check("equity", [rows.cash + rows.value], rows.equity, rows.room)
    expected = (run.facts.returns.start or 0.0) + rows.profit - first
    yield check("profit", [expected], rows.equity, rows.room)
    if not count or run.fills.unusable:
        yield BookCheck("realized", 0, 0)
        return
    position, fifo, average = _realized(run, begin, count)
    yield check("realized", [fifo, average], rows.realized, rows.room)
    if run.fills.named:
        room = _room(np.fmax(np.abs(position), np.abs(rows.position)))
        yield check("position", [position], rows.position, room)


def _realized(run: Judged, begin: int, count: int) -> Realized:
    """Return what was realized up to each row from `begin` on.

    A fill that has no step is at some row about its time: then only the last row is told.
    """
    steps, fills = run.ledger.realized, run.fills
    if fills.exact:
        risen = np.maximum.accumulate(fills.rows)
        last = np.searchsorted(risen, np.arange(begin, count), "right")
        return Realized(*(values[last] for values in steps))
    untold = np.full(count - begin - 1, np.nan)
    return Realized(*(np.append(untold, values[-1]) for values in steps))


def _room(greatest: Floats) -> Floats:
    """Return by how much numbers may differ whose greatest is this, NaN for none."""
    room: Floats = TOLERANCE * np.minimum(np.fmax(greatest, TOLERANCE), _GREATEST)
    return room


def _compare(
    begin: int, name: str, allowed: list[Floats], found: Floats, room: Floats
) -> BookCheck:
    """Compare each row with the nearest of the values that are allowed."""
    apart = np.abs(allowed[0] - found)
    for other in allowed[1:]:
        apart = np.fmin(apart, np.abs(other - found))
    checked = int(np.count_nonzero(~np.isnan(apart)))
    wrong = np.flatnonzero(apart > room)
    if not wrong.size:
        return BookCheck(name, checked, 0)
    row = int(wrong[0])
    expected, stored = float(allowed[0][row]), float(found[row])
    return BookCheck(name, checked, wrong.size, begin + row, expected, stored)


def whole_check(name: str, expected: float | None, found: float | None) -> BookCheck:
    """Compare two numbers of a run as a whole; where one is missing there is nothing to check."""
    if expected is None or found is None:
        return BookCheck(name, 0, 0)
    wrong = abs(found - expected) > TOLERANCE * max(abs(expected), abs(found), TOLERANCE)
    return BookCheck(name, 1, int(wrong), None, expected, found)
