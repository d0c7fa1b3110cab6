"""Closed trades of a run: exits paired with the oldest open entries (first in, first out).

A fill against the position closes the oldest lots, in parts if need be; what is left of it opens
a lot on the other side. Profit is (exit - entry) x quantity x side, less the fees of both sides,
each in the share of its fill that was closed; a fee that no artifact names counts as 0.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from peak_trade.derive.arrays import Floats
from peak_trade.derive.fills import Fill
from peak_trade.derive.metrics import floats

DUST: Final = 1e-9
"""A lot that is this small a part of its fill is closed: quantities are rounded in files."""

BLOCK: Final = 1024


@dataclass(frozen=True, slots=True)
class ClosedTrade:
    """One entry with its exit; money in account currency."""

    side: int
    """1 long, -1 short."""
    quantity: float
    entry: Fill
    exit: Fill
    fees: float
    pnl: float
    mae: float | None = None
    """Maximum adverse excursion, <= 0; None where the events have no price."""
    mfe: float | None = None
    """Maximum favourable excursion, >= 0."""

    @property
    def pnl_ratio(self) -> float | None:
        """Profit as a fraction of what the entry cost."""
        cost = abs(self.entry.price * self.quantity)
        return self.pnl / cost if cost else None

    @property
    def held_seconds(self) -> float | None:
        """How long it was open."""
        held = self.exit.time - self.entry.time
        return None if np.isnat(held) else float(held.astype("timedelta64[us]").astype(int)) / 1e6


class Realized(NamedTuple):
    """What was realized after each fill, fees of closed parts in it: 0 first, then one a fill."""

    position: Floats = np.zeros(1)
    fifo: Floats = np.zeros(1)
    average: Floats = np.zeros(1)
    """The same by the average cost of the position."""
    fifo_paid: Floats = np.zeros(1)
    """Both with the fees of what is open, too: they are realized when they are paid."""
    average_paid: Floats = np.zeros(1)


@dataclass(slots=True)
class Book:
    """Open lots, oldest first, as fills with what is left of their quantity."""

    lots: deque[tuple[Fill, float]] = field(default_factory=deque)
    position: float = 0.0
    cost: float = 0.0
    """Paid for the position at its average, fees included; below 0 for a short one."""
    fifo: float = 0.0
    average: float = 0.0
    open_fees: float = 0.0
    """Fees of the open lots, kept up to date: there may be many, and each fill asks for it."""
    held_fees: float = 0.0
    """Fees in the average cost of the position."""

    def take(self, fill: Fill, trades: list[ClosedTrade]) -> tuple[float, ...]:
        """Take a fill, note the trades that it closes, and return what is realized now."""
        left, position = fill.quantity, self.position
        while left > DUST * fill.quantity and self.lots and self.lots[0][0].side != fill.side:
            entry, open_quantity = self.lots.popleft()
            closed = min(left, open_quantity)
            left -= closed
            gone, rest = open_quantity, open_quantity - closed
            if rest > DUST * entry.quantity:
                self.lots.appendleft((entry, rest))
                gone = closed
            position -= entry.side * gone
            self.open_fees -= entry.paid * gone / entry.quantity
            trades.append(self._closed(entry, fill, closed))
        closed = fill.quantity - left
        if left > DUST * fill.quantity:
            self.lots.append((fill, left))
            position += fill.side * left
            self.open_fees += fill.paid * left / fill.quantity
        self._average(fill, closed)
        self.position = position
        if not self.lots:  # rounding is not carried on
            self.position = self.open_fees = 0.0
        paid = self.fifo - self.open_fees, self.average - self.held_fees
        return self.position, self.fifo, self.average, *paid

    def _closed(self, entry: Fill, leaving: Fill, quantity: float) -> ClosedTrade:
        fees = sum((one.fee or 0) * quantity / one.quantity for one in (entry, leaving))
        pnl = entry.side * (leaving.price - entry.price) * quantity - fees
        self.fifo += pnl
        return ClosedTrade(entry.side, quantity, entry, leaving, fees, pnl)

    def _average(self, fill: Fill, closed: float) -> None:
        fee = (fill.fee or 0) / fill.quantity
        if closed and self.position:
            part = min(closed / abs(self.position), 1.0)
            taken = self.cost * part
            got = -fill.side * closed * fill.price - fee * closed
            self.average += got - taken
            self.cost -= taken
            self.held_fees *= 1 - part
        opened = fill.quantity - closed
        self.cost += fill.side * opened * fill.price + fee * opened
        self.held_fees += fill.paid * opened / fill.quantity


@dataclass(frozen=True, eq=False)
class Ledger:
    """What the fills of a run came to; further ones are added, none is paired again."""

    trades: tuple[ClosedTrade, ...] = ()
    """Closed trades, in order of their exits."""
    realized: Realized = field(default_factory=Realized)
    book: Book = field(default_factory=Book)

    def plus(self, fills: Sequence[Fill], table: pa.Table) -> Ledger:
        """Return the ledger after further fills; `table` are all events."""
        if not fills:
            return self
        book = replace(self.book, lots=deque(self.book.lots))
        closed: list[ClosedTrade] = []
        steps = np.array([book.take(fill, closed) for fill in fills]).T
        realized = Realized(*map(np.concatenate, zip(self.realized, steps, strict=True)))
        return Ledger(self.trades + with_excursions(closed, table), realized, book)

    @property
    def taken(self) -> int:
        """How many fills it is of."""
        return self.realized.position.size - 1

    @cached_property
    def pnl(self) -> Floats:
        """Profit of each trade."""
        return np.array([trade.pnl for trade in self.trades], np.float64)

    @cached_property
    def held(self) -> Floats:
        """Seconds that each trade was open, NaN where a time is missing."""
        begin = np.array([trade.entry.time for trade in self.trades], "datetime64[us]")
        end = np.array([trade.exit.time for trade in self.trades], "datetime64[us]")
        held: Floats = (end - begin) / np.timedelta64(1, "s")
        return held

    @cached_property
    def mae(self) -> Floats:
        """Maximum adverse excursion of each trade, NaN for none."""
        return np.array([trade.mae for trade in self.trades], np.float64)

    @cached_property
    def mfe(self) -> Floats:
        """Maximum favourable excursion of each trade, NaN for none."""
        return np.array([trade.mfe for trade in self.trades], np.float64)


class _Range:
    """Least values of parts of a series, NaN left out: blocks once, then parts in little time."""

    def __init__(self, values: Floats) -> None:
        self._values = np.where(np.isnan(values), np.inf, values)
        starts = np.arange(0, values.size, BLOCK)
        self._blocks = np.minimum.reduceat(self._values, starts) if values.size else values

    def least(self, begin: int, stop: int) -> float:
        first, last = -(-begin // BLOCK), stop // BLOCK
        if first >= last:
            return float(self._values[begin:stop].min(initial=np.inf))
        ends = (self._values[begin : first * BLOCK], self._values[last * BLOCK : stop])
        inner = float(self._blocks[first:last].min())
        return min(inner, *(float(part.min(initial=np.inf)) for part in ends))


def with_excursions(trades: Sequence[ClosedTrade], table: pa.Table) -> tuple[ClosedTrade, ...]:
    """Return the trades with how far the price went against them and for them.

    Looked at are the candles from that of the entry up to the one before that of the exit, and the
    price of the exit (Sweeney 1996, Maximum Adverse Excursion).
    """
    rows = [row for trade in trades for row in (trade.entry.row, trade.exit.row) if row >= 0]
    if not rows:
        return tuple(trades)
    first = min(rows)
    table = table.slice(first, max(rows) - first)
    price = floats(table, "price")
    low, high = (
        np.where(np.isnan(v), price, v) for v in (floats(table, "low"), floats(table, "high"))
    )
    lows, highs = _Range(low), _Range(-high)
    return tuple(_excursed(trade, first, lows, highs) for trade in trades)


def _excursed(trade: ClosedTrade, first: int, lows: _Range, highs: _Range) -> ClosedTrade:
    """Return a trade with its excursions; `first` is the row with which the ranges begin."""
    begin, stop = trade.entry.row - first, trade.exit.row - first
    if trade.entry.row < 0 or trade.exit.row < 0:
        return trade
    entry, leaving = trade.entry.price, trade.exit.price
    least = min(lows.least(begin, stop), leaving, entry) - entry
    most = max(-highs.least(begin, stop), leaving, entry) - entry
    against, favour = (least, most) if trade.side > 0 else (-most, -least)
    return replace(trade, mae=against * trade.quantity + 0.0, mfe=favour * trade.quantity + 0.0)
