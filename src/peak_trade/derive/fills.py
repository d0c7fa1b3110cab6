"""Fills of a run: of its trades file, else of its events.

A trades file has a row for each fill with `side`, `quantity`, `price`, and may have `fee`,
`fee_currency`, `step` and a time; its rows may be in any order, and its numbers texts. Without such
a file a fill is a row whose position differs from the one before; its price is what the cash
changed by for each unit, fees included, else the price of the row. The time of a fill is that of
its candle, as charts and statistics have it; without one, its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import numpy as np
import pyarrow as pa

from peak_trade.derive.arrays import Floats, Instants, Places
from peak_trade.derive.falls import NEVER
from peak_trade.derive.metrics import floats
from peak_trade.derive.run_facts import RunFacts, candle_times
from peak_trade.derive.symbols import base_currency, quote_currency, same_asset
from peak_trade.jsonio import finite, loads, number

SIDES: Final = {"buy": 1, "sell": -1}
TIMES: Final = ("ts", "ts_event", "timestamp", "time")
"""Names that a trades file may have for the time of a fill."""

FEE_CURRENCY: Final = "fee_currency"
"""Column that names the currency of a fee; without it, that is the one of the quote."""

ParseTime = Callable[[Any], datetime | None]
"""Gives the time of a stored text in UTC, None if it is none."""


@dataclass(frozen=True, slots=True)
class Fill:
    """One fill; prices and fee in quote currency, quantity > 0 in base units."""

    side: int
    """1 bought, -1 sold."""
    quantity: float
    price: float
    fee: float | None
    """None if no artifact names it; it may be in the price then."""
    row: int
    """Position of its event, -1 if it has none."""
    time: np.datetime64
    slippage_bps: float | None
    """How much worse than the price of the decision, None if no artifact names the fill's price."""
    paid: float = 0.0
    """Its fee; without a trades file what was paid beyond the price of the row."""
    unpriced: str = ""
    """Currency of a fee whose worth in quote currency no artifact tells."""


_Told = tuple[Fill, np.datetime64] | None
"""What a row of a trades file tells: a fill and its own time; None if it cannot be used."""


@dataclass(frozen=True, slots=True)
class _File:
    """Rows of a trades file, what each told, and what that rests on beside the rows."""

    rows: Sequence[Mapping[str, Any]]
    told: Sequence[_Told]
    basis: tuple[str, bool, bool]
    events: int

    def tells(self, place: int, trade: Mapping[str, Any]) -> bool:
        """Tell whether the row at a place is this one, and its event the same behind more events.

        A time after the last event belongs to the next one that comes.
        """
        if place >= len(self.rows) or self.rows[place] != trade:
            return False
        told = self.told[place]
        return told is None or 0 <= told[0].row < self.events - 1


@dataclass(frozen=True, eq=False)
class Fills:
    """Fills in their order, and how many rows of the file could not be used."""

    fills: tuple[Fill, ...] = ()
    unusable: int = 0
    named: bool = False
    """They are those of a trades file."""
    exact: bool = True
    """The event of each is known by its step."""
    rows: Places = field(default_factory=lambda: np.array([], np.intp))
    """Position of each fill's event."""
    file: _File | None = field(default=None, repr=False)
    """The trades file that they were read from."""

    def begin_with(self, others: Fills) -> bool:
        """Tell whether the first of these fills are the others, which may be all of them."""
        if self is others:
            return True
        return self.named == others.named and self.fills[: len(others.fills)] == others.fills

    @cached_property
    def values(self) -> Floats:
        """Quantity x price of each fill."""
        return np.array([fill.quantity * fill.price for fill in self.fills], np.float64)

    @cached_property
    def fees(self) -> Floats:
        """Fee of each fill, NaN where none is named."""
        return np.array([fill.fee for fill in self.fills], np.float64)

    @cached_property
    def slippages(self) -> Floats:
        """Slippage of each fill in basis points, NaN where none is known."""
        return np.array([fill.slippage_bps for fill in self.fills], np.float64)


NO_FILLS: Final = Fills()
NO_FACTS: Final = RunFacts()


def slippage_bps(side: int, price: float, decided: float) -> float | None:
    """Return how much worse a price is than that of the decision, in basis points.

    side (P - D) / D * 10,000, with D the arrival price (Perold 1988, The Implementation
    Shortfall); None if D is not above 0.
    """
    return finite(side * (price - decided) / decided * 10_000 + 0.0) if decided > 0 else None


def from_trades(
    table: pa.Table,
    rows: Sequence[Mapping[str, Any]],
    parse: ParseTime,
    symbol: str = "",
    known: Fills = NO_FILLS,
) -> Fills:
    """Return the fills of a trades file; `table` are the events, `symbol` is what they trade.

    `known` are those of an earlier version of it, beside the same events or the first of them:
    rows that are in both are not looked at again.
    """
    look = _Look(table, parse, symbol)
    file = known.file if known.file and known.file.basis == look.basis else None
    told = [
        file.told[place] if file and file.tells(place, trade) else look.at(trade)
        for place, trade in enumerate(rows)
    ]
    usable = [one for one in told if one is not None]
    fills = [fill for fill, _ in usable]
    moments = np.array([own for _, own in usable], "datetime64[us]")
    exact = all(number(trade.get("step")) is not None for trade in rows)
    exact = exact and all(fill.row >= 0 for fill in fills)
    fills = _in_order(fills, moments, by_row=exact)
    places = np.array([fill.row for fill in fills], np.intp)
    now = _File(rows, told, look.basis, table.num_rows)
    return Fills(tuple(fills), len(rows) - len(fills), True, exact, places, now)


class _Look:
    """Looks at rows of a trades file beside the events."""

    def __init__(self, table: pa.Table, parse: ParseTime, symbol: str) -> None:
        self._parse, self._symbol = parse, symbol
        self._places, self._times = _Places(table), candle_times(table)
        self._decided = decision_prices(table)
        self.basis = (symbol, *self._places.by)

    def at(self, trade: Mapping[str, Any]) -> _Told:
        """Return what a row tells."""
        side = SIDES.get(str(trade.get("side")).strip().lower())
        quantity, price = number(trade.get("quantity")), number(trade.get("price"))
        if side is None or not quantity or quantity < 0 or price is None:
            return None
        moment = next((self._parse(trade[name]) for name in TIMES if name in trade), None)
        own = NEVER if moment is None else np.datetime64(moment.replace(tzinfo=None), "us")
        row = self._places.of(number(trade.get("step")), own)
        time = self._times[row] if row >= 0 and not np.isnat(self._times[row]) else own
        slip = slippage_bps(side, price, float(self._decided[row])) if row >= 0 else None
        quantity, fee, unpriced = _paid(_fee(trade), side, quantity, price, self._symbol)
        return Fill(side, quantity, price, fee, row, time, slip, fee or 0.0, unpriced), own


def _fee(trade: Mapping[str, Any]) -> tuple[float | None, str]:
    """Return the fee of a row and the name of its currency.

    That of ccxt is an object with both; in a CSV it is a text, as JSON or as Python shows it.
    """
    fee: Any = trade.get("fee")
    currency: Any = trade.get(FEE_CURRENCY)
    if isinstance(fee, str) and fee.lstrip().startswith("{"):
        try:
            fee = loads(fee.replace("'", '"').replace("None", "null").encode())
        except ValueError:
            return None, ""
    if isinstance(fee, Mapping):
        fee, currency = fee.get("cost"), fee.get("currency") or currency
    return number(fee), str(currency or "").strip()


def _paid(
    named: tuple[float | None, str], side: int, quantity: float, price: float, symbol: str
) -> tuple[float, float | None, str]:
    """Return what a fill changed the position by, its fee in quote currency, else the fee's own.

    A fee in coins is taken off what was bought, or given on top of what was sold, and is worth the
    price of the fill. What one in another currency is worth, no artifact tells.
    """
    fee, currency = named
    if not fee or not currency or same_asset(currency, quote_currency(symbol)):
        return quantity, fee, ""
    if same_asset(currency, base_currency(symbol)) and fee < quantity:
        return quantity - side * fee, fee * price, ""
    return quantity, None, currency


def _in_order(fills: list[Fill], moments: Instants, *, by_row: bool) -> list[Fill]:
    """Return fills as they came: files of exchanges often begin with the newest one.

    That is by their events, and in one event by their own times; else by their own times, if all
    have one, and as in the file where neither is known.
    """
    if not by_row and np.isnat(moments).any():
        return fills
    rows = np.array([fill.row if by_row else 0 for fill in fills], np.int64)
    return [fills[place] for place in np.lexsort((moments.astype(np.int64), rows))]


class _Places:
    """Finds the event of a fill: that of its step, else the last one up to its time."""

    def __init__(self, table: pa.Table) -> None:
        steps = floats(table, "step")
        rising = steps.size and not np.isnan(steps).any() and bool((np.diff(steps) >= 0).all())
        self._steps = steps if rising else None
        times = candle_times(table)
        timed = times.size and not np.isnat(times).any() and bool((times[1:] >= times[:-1]).all())
        self._times = times if timed else None
        self.by = self._steps is not None, self._times is not None
        """Whether steps and times tell the event."""

    def of(self, step: float | None, time: np.datetime64) -> int:
        if step is not None and self._steps is not None:
            place = int(np.searchsorted(self._steps, step))
            return place if place < self._steps.size and self._steps[place] == step else -1
        if self._times is None or np.isnat(time):
            return -1
        return int(np.searchsorted(self._times, time, "right")) - 1


def decision_prices(table: pa.Table) -> Floats:
    """Return for each row the price at which the last decision was made, NaN for none.

    A decision is a row whose signal changed; before the first one it is the row itself.
    """
    price = floats(table, "price")
    price = np.where(np.isnan(price), floats(table, "close"), price)
    changed = np.nan_to_num(floats(table, "signal_changed")) != 0
    last = np.maximum.accumulate(np.where(changed, np.arange(price.size), -1))
    return price[np.where(last < 0, np.arange(price.size), last)] if price.size else price


def from_events(table: pa.Table, known: Fills = NO_FILLS, facts: RunFacts = NO_FACTS) -> Fills:
    """Return the fills that the events show by their position.

    `known` are those of the rows that are in `facts`, and the same object if there is no further.
    """
    last = facts.exposure.last
    begin = facts.rows if last < 0 else last
    table = table.slice(begin)
    position = floats(table, "position_size")
    places = np.flatnonzero(~np.isnan(position))
    change = np.diff(position[places], prepend=0.0 if last < 0 else position[:1])
    turned = np.flatnonzero(change)
    if not turned.size:
        return known
    rows, before = places[turned], places[np.maximum(turned - 1, 0)]
    found = _of_rows(table, begin, rows, before, change[turned])
    return Fills(
        known.fills + found,
        known.unusable + turned.size - len(found),
        rows=np.concatenate((known.rows, [fill.row for fill in found])).astype(np.intp),
    )


def _of_rows(
    table: pa.Table, begin: int, rows: Places, before: Places, change: Floats
) -> tuple[Fill, ...]:
    """Return the fills of rows of a part that have a price; `before` are the rows before them."""
    price, cash = floats(table, "price"), floats(table, "cash")
    price = np.where(np.isnan(price), floats(table, "close"), price)[rows]
    with np.errstate(all="ignore"):
        paid = np.where(before == rows, np.nan, (cash[before] - cash[rows]) / change)
        at = np.where(paid > 0, paid, price)
        beyond = change * (at - price)
    beyond = np.where(np.isfinite(beyond), beyond, 0.0)
    columns = (rows + begin, change, at, beyond)
    return tuple(
        Fill(1 if by > 0 else -1, abs(by), price, None, row, time, None, paid)
        for row, by, price, paid, time in zip(
            *(column.tolist() for column in columns), candle_times(table)[rows], strict=True
        )
        if math.isfinite(price)
    )


def total_fee(fills: Iterable[Fill]) -> float | None:
    """Return the sum of the fees, None if no fill names one."""
    named = [fill.fee for fill in fills if fill.fee is not None]
    return sum(named) if named else None
