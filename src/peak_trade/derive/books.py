"""Checks of a run's books: what its columns say of each other, row by row.

A check that fails names the first row at fault and by how much. Numbers may differ by a millionth
of the greatest of equity, cash and position value of their row, and where all money of it is in
whole cents by what that rounding can make: files have them rounded. Profit is
right if it is that of the closed trades either first in, first out or by average cost, the fees of
entries in it when they were paid or when they are closed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from statistics import median
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from peak_trade.derive.arrays import Floats
from peak_trade.derive.measured import Judged
from peak_trade.derive.metrics import floats
from peak_trade.derive.round_trips import Realized
from peak_trade.i18n import mark

TOLERANCE: Final = 1e-6
CENT: Final = 0.01
FEW: Final = 1e-3
"""Money of which a cent is a greater part than this is not rounded to cents."""
_GREATEST: Final = float(np.finfo(np.float64).max)
Bases = tuple[float, ...]

BASE_ROWS: Final = 3
"""First rows whose median is the equity without the profit: were it that of the first one alone and
that one is wrong, all others would be at fault."""
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


def row_checks(table: pa.Table, run: Judged, begin: int, bases: Bases) -> list[BookCheck]:
    """Return the checks of a run's rows from `begin` on; `bases` are those of all its rows.

    A check whose columns are missing has checked nothing.
    """
    rows = _Rows(table.slice(begin))
    with np.errstate(all="ignore"):
        return list(_row_checks(rows, run, begin, bases))


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
    in_cents: npt.NDArray[np.bool_]
    """Whether all money of a row has at most two decimals, and a cent of it is little."""

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
            unrealized = floats(table, "unrealized_pnl")
            in_cents = room > CENT * TOLERANCE / FEW
            for money in (equity, cash, realized, unrealized):
                in_cents &= np.isnan(money) | (np.round(money, 2) == money)
        found = (equity, cash, position, value, realized, unrealized, room, in_cents)
        for name, array in zip(self.__slots__, found, strict=True):
            object.__setattr__(self, name, array)

    def room_of(self, amounts: int) -> Floats:
        """Return by how much a sum of so many stored amounts may be off."""
        cents = CENT / 2 * amounts * (1 + TOLERANCE)
        return np.where(self.in_cents, np.fmax(self.room, cents), self.room)

    @property
    def profit(self) -> Floats:
        """Realized and unrealized together."""
        return np.where(np.isnan(self.realized), 0.0, self.realized) + self.unrealized


def first_bases(table: pa.Table, known: Bases = ()) -> Bases:
    """Return the equity without the profit of the first rows that have both, behind known ones."""
    found = known
    for begin in range(0, table.num_rows, _BLOCK):
        if len(found) == BASE_ROWS:
            break
        rows = _Rows(table.slice(begin, _BLOCK))
        base = rows.equity - rows.profit
        found = (*found, *base[~np.isnan(base)].tolist())[:BASE_ROWS]
    return found


def _row_checks(rows: _Rows, run: Judged, begin: int, bases: Bases) -> Iterator[BookCheck]:
    count = begin + rows.equity.size
    check = partial(_compare, begin)
    yield check("equity", [rows.cash + rows.value], rows.equity, rows.room_of(2))
    base = median(bases) if len(bases) == BASE_ROWS else next(iter(bases), math.nan)
    yield check("profit", [base + rows.profit], rows.equity, rows.room_of(4))
    if not count or run.fills.unusable:
        yield BookCheck("realized", 0, 0)
        return
    position, *realized = _realized(run, begin, count)
    yield check("realized", realized, rows.realized, rows.room_of(1))
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
