"""What of a run can be drawn beside its equity, found once for its rows and not once a window.

Everything runs along the time of the candles. A fill is a row of the trades file, at the candle of
its step if it names one; without such a file it is a row with `orders_filled` > 0, at the price of
the step, bought if the position grew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from peak_trade.artifacts import times as stored_times
from peak_trade.artifacts.trades import Trades
from peak_trade.derive.arrays import Floats, Instants
from peak_trade.derive.candles import Candles
from peak_trade.derive.curve import ends
from peak_trade.derive.gaps import Gaps, gaps
from peak_trade.derive.metrics import floats, has_column
from peak_trade.frozen import frozen
from peak_trade.schemas import BAR_COLUMN
from peak_trade.store.runs_state import RunState

BUY, SELL = 1.0, -1.0
TIMES: Final = ("ts", "ts_event", "timestamp", "time")
"""Names that a trades file may have for the time of a fill."""

Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points at a price, in order of time; arrays of the same length."""

    times: Instants
    price: Floats
    value: Floats
    weight: Floats
    """What a point weighs in a mean of prices: the quantity of a fill; NaN where it has none."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawable:
    """What can be drawn of a run."""

    times: Instants
    """Of all rows; NaT where a row has no candle."""
    candles: Candles
    """Of the rows that have a time and a price."""
    places: Rows
    """The row of each candle."""
    closes_only: bool
    """Whether no row has a price that tells an open, a high or a low from the close."""
    gaps: Gaps
    """Times without rows."""
    signals: Points
    """Rows whose signal changed, with the signal."""
    fills: Points
    blocked: Points
    """Rows with blocked orders, with their number."""
    blocked_rows: Rows
    """Which rows those are."""
    reasons: pa.ChunkedArray | None
    """Why orders of a row were blocked, if the file says so."""
    held: Points
    """Rows at which the position changes, and the last one, with the position."""
    begin: np.datetime64 | None
    end: np.datetime64 | None


_KEPT: deque[tuple[object, object, Drawable]] = deque(maxlen=2)
"""Those that were made last, with what they were made of: who zooms, asks for the same run again.

They share the memory of the rows where no value is missing.
"""


def drawable(state: RunState, trades: Trades | None) -> Drawable:
    """Return what can be drawn of a run; from any thread."""
    for events, fills, known in tuple(_KEPT):
        if events is state.events and fills is trades:
            return known
    made = frozen(_make(state.events.table(), trades))
    _KEPT.append((state.events, trades, made))
    return made


def gaps_of(table: pa.Table, most: int) -> Gaps:
    """Return the `most` longest times without rows in the log of a run."""
    return gaps(_bars(table)).longest(most)


def _bars(table: pa.Table) -> Instants:
    if BAR_COLUMN not in table.column_names:
        return np.array([], dtype="datetime64[us]")
    times: Instants = table[BAR_COLUMN].to_numpy().astype("datetime64[us]", copy=False)
    return times


def _make(table: pa.Table, trades: Trades | None) -> Drawable:
    if BAR_COLUMN not in table.column_names:
        table = pa.table({BAR_COLUMN: pa.array([], pa.timestamp("us"))})
    times = _bars(table)
    price = _filled_up(floats(table, "price"), floats(table, "close"))
    names = ("open", "high", "low", "close")
    prices = {name: _filled_up(floats(table, name), price) for name in names}
    whole = Candles(times=times, volume=floats(table, "volume"), **prices)
    known = whole.known()
    closes_only = np.array_equal(whole.high, whole.low, equal_nan=True)
    blocked, position = floats(table, "orders_blocked"), floats(table, "position_size")
    rows = _usable(times, price, blocked > 0)
    begin, end = ends(table)
    return Drawable(
        times=times,
        candles=whole if known.all() else whole.part(known),
        places=np.flatnonzero(known),
        closes_only=closes_only,
        gaps=gaps(times),
        signals=_signals(table, times, price),
        fills=_trades(table, times, trades) if trades else _filled(table, times, price, position),
        blocked=_at(rows, times, price, blocked),
        blocked_rows=rows,
        reasons=table["risk_reasons"] if has_column(table, "risk_reasons") else None,
        held=_held(times, position),
        begin=begin,
        end=end,
    )


def _filled_up(values: Floats, others: Floats) -> Floats:
    unknown = np.isnan(values)
    return np.where(unknown, others, values) if unknown.any() else values


def _points(
    times: Instants, price: Floats, chosen: Mask, values: Floats, weight: Floats | None = None
) -> Points:
    """Return the chosen rows that have a price and a time, with their values."""
    return _at(_usable(times, price, chosen), times, price, values, weight)


def _usable(times: Instants, price: Floats, chosen: Mask) -> Rows:
    """Return which of the chosen rows have a price and a time, in order of time."""
    rows = np.flatnonzero(chosen)
    rows = rows[~np.isnan(price[rows]) & ~np.isnat(times[rows])]
    return rows[np.argsort(times[rows], kind="stable")]


def _at(
    rows: Rows, times: Instants, price: Floats, values: Floats, weight: Floats | None = None
) -> Points:
    weights = np.full(rows.size, np.nan) if weight is None else weight[rows]
    return Points(times[rows], price[rows], values[rows], weights)


def _held(times: Instants, position: Floats) -> Points:
    known = np.flatnonzero(~(np.isnan(position) | np.isnat(times)))
    values = position[known]
    turns = np.diff(values, prepend=np.nan) != 0
    turns[-1:] = True
    chosen = np.zeros(times.size, dtype=bool)
    chosen[known[turns]] = True
    return _points(times, position, chosen, position)


def _signals(table: pa.Table, times: Instants, price: Floats) -> Points:
    signal, changed = floats(table, "signal"), floats(table, "signal_changed")
    if np.isnan(changed).all():
        changed = np.diff(signal, prepend=np.nan)
        changed[:1] = signal[:1]
    return _points(times, price, (np.abs(changed) > 0) & ~np.isnan(signal), signal)


def _filled(table: pa.Table, times: Instants, price: Floats, position: Floats) -> Points:
    change = np.diff(np.nan_to_num(position), prepend=0.0)
    side = np.where(change < 0, SELL, BUY)
    return _points(times, price, floats(table, "orders_filled") > 0, side, np.abs(change))


def _trades(table: pa.Table, bars: Instants, trades: Trades) -> Points:
    rows = trades.rows or ()
    price = np.array([_number(row.get("price")) for row in rows])
    side = np.array([SELL if str(row.get("side")).lower() == "sell" else BUY for row in rows])
    quantity = np.array([_number(row.get("quantity")) for row in rows])
    times = _at_candles(table, bars, rows)
    return _points(times, price, np.ones(times.size, dtype=bool), side, quantity)


def _at_candles(table: pa.Table, bars: Instants, rows: Sequence[Mapping[str, Any]]) -> Instants:
    """Return the time of each trade: of the candle of its step, else its own."""
    stored = (next((row[name] for name in TIMES if name in row), None) for row in rows)
    parsed = (stored_times.parse(text) for text in stored)
    own = [moment.replace(tzinfo=None) if moment else None for moment in parsed]
    times: Instants = np.array(own, dtype="datetime64[us]")
    steps = floats(table, "step")
    if not steps.size or np.isnan(steps).any():
        return times
    wanted = np.array([_number(row.get("step")) for row in rows])
    places = np.minimum(np.searchsorted(steps, wanted), steps.size - 1)
    return np.where(steps[places] == wanted, bars[places], times)


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else np.nan
