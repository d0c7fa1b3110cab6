"""What is drawn of a run's price: candles, signals, fills, blocked orders, and its position.

Everything runs along the time of the candles. A fill is a row of the trades file, at the candle of
its step if it names one; without such a file it is a row with `orders_filled` > 0, at the price of
the step, bought if the position grew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field
from typing_extensions import TypedDict

from peak_trade.artifacts import times as stored_times
from peak_trade.artifacts.schemas import BAR_COLUMN
from peak_trade.artifacts.trades import Trades
from peak_trade.contract import runs
from peak_trade.contract.pages import (
    Curve,
    CurveParams,
    Instants,
    ends,
    equity_curve,
    inside,
    placed,
)
from peak_trade.contract.route import Context
from peak_trade.derive.candles import Candles, group_size, merge
from peak_trade.derive.downsample import extremes
from peak_trade.derive.figures import Floats, floats
from peak_trade.store.runs_state import RunState

RANGES: Final = {"1h": 3_600, "6h": 21_600, "1d": 86_400, "all": None}
"""Ranges that end at the newest candle, in seconds."""

MAX_CANDLES: Final = 260
MAX_POSITIONS: Final = 300
MAX_MARKS: Final = 100
BUY, SELL = 1, -1
TIMES: Final = ("ts", "ts_event", "timestamp", "time")
"""Names that a trades file may have for the time of a fill."""

Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]


class Marks(TypedDict):
    """Points at a price; arrays of the same length, in order of time."""

    times: Instants
    price: Floats
    value: Annotated[Floats, Field(description="Signal, side (1 bought, -1 sold), or count")]
    count: Annotated[int, Field(description="All of them in the window; the newest are drawn")]


class PriceChart(TypedDict):
    """What is drawn in the price panel and the strip of the position."""

    begin: Annotated[np.datetime64 | None, Field(description="First candle of the run")]
    end: Annotated[np.datetime64 | None, Field(description="Last candle of the run")]
    candles: Candles
    bars: Annotated[int, Field(description="Candles in the window")]
    merged: Annotated[int, Field(description="Candles that one drawn candle stands for")]
    seconds: Annotated[float, Field(description="Time from one drawn candle to the next")]
    signals: Annotated[Marks, Field(description="Rows whose signal changed")]
    fills: Marks
    blocked: Marks
    position_times: Instants
    position: Annotated[Floats, Field(description="Base units, from this time on")]


class RunChart(TypedDict):
    """What is drawn of a run."""

    price: PriceChart
    curve: Curve


def window(since: datetime | None, until: datetime | None, span: str) -> CurveParams:
    """Return what is drawn: from `since` to `until`, else the range `span` up to the end."""
    seconds = RANGES.get(span) if since is None and until is None else None
    last = timedelta(seconds=seconds) if seconds else None
    return CurveParams(since=since, until=until, last=last)


async def run_chart(context: Context, params: CurveParams, run_id: str) -> RunChart:
    """Give all that is drawn of a run, downsampled with the extremes kept."""
    state = await runs.find_run(context, run_id, rows=True)
    trades = await context.store.trades(run_id)

    def draw() -> RunChart:
        shown = placed(state, params)
        return {
            "price": price_chart(state, trades, shown),
            "curve": equity_curve(state, shown.since, shown.until),
        }

    return await context.store.compute(draw)


def price_chart(state: RunState, trades: Trades | None, params: CurveParams) -> PriceChart:
    """Return the price chart of a run in a window."""
    table = state.events.table()
    if BAR_COLUMN not in table.column_names:
        table = pa.table({BAR_COLUMN: pa.array([], pa.timestamp("us"))})
    instants = table[BAR_COLUMN].to_numpy().astype("datetime64[us]", copy=False)
    first, stop = inside(instants, params.since, params.until)
    first, stop = max(first - 1, 0), min(stop + 1, table.num_rows)
    candles, bars, merged = _candles(table, instants, first, stop)
    shown, times = table.slice(first, stop - first), instants[first:stop]
    price, positions = _price(shown), floats(shown, "position_size")
    turns, blocked = _turns(positions), floats(shown, "orders_blocked")
    begin, end = ends(table)
    return {
        "begin": begin,
        "end": end,
        "candles": candles,
        "bars": bars,
        "merged": merged,
        "seconds": _spacing(candles.times),
        "signals": _signals(shown, price, times),
        "fills": _trades(table, instants, trades, params)
        if trades
        else _filled(shown, price, times),
        "blocked": _marks(price, times, blocked > 0, blocked),
        "position_times": times[turns],
        "position": positions[turns],
    }


def _candles(table: pa.Table, times: Instants, first: int, stop: int) -> tuple[Candles, int, int]:
    """Return the candles to draw, how many there are, and how many one stands for.

    A row without a candle but with a price is a candle of that price. Groups begin at the same rows
    wherever the window begins, so that they stay when it is moved.
    """
    size = group_size(stop - first, MAX_CANDLES)
    start = first // size * size
    shown = table.slice(start, stop - start)
    price = _price(shown)
    columns = (floats(shown, name) for name in ("open", "high", "low", "close"))
    whole = Candles(times[start:stop], *(_filled_up(column, price) for column in columns))
    known = whole.known()
    begin, end = int(known[: first - start].sum()), int(known.sum())
    usable = whole if known.all() else whole.part(known)
    drawn, merged = merge(usable, begin, end, MAX_CANDLES)
    return drawn, end - begin, merged


def _price(table: pa.Table) -> Floats:
    return _filled_up(floats(table, "price"), floats(table, "close"))


def _filled_up(values: Floats, others: Floats) -> Floats:
    unknown = np.isnan(values)
    return np.where(unknown, others, values) if unknown.any() else values


def _spacing(times: Instants) -> float:
    """Return the usual time between two neighbours, in seconds; a minute if there are none."""
    gaps = np.diff(times.astype(np.int64)) / 1e6
    gaps = gaps[gaps > 0]
    return float(np.median(gaps)) if gaps.size else 60.0


def _turns(positions: Floats) -> Rows:
    """Return the rows at which a position changes, and the last one."""
    known = np.flatnonzero(~np.isnan(positions))
    values = positions[known]
    changed = np.flatnonzero(np.diff(values, prepend=np.nan, append=np.nan) != 0)
    turns: Rows = known[np.unique(np.minimum(changed, known.size - 1))] if known.size else known
    if turns.size <= MAX_POSITIONS:
        return turns
    chosen: Rows = turns[extremes(positions[turns], MAX_POSITIONS)]
    return chosen


def _signals(table: pa.Table, price: Floats, times: Instants) -> Marks:
    signal, changed = floats(table, "signal"), floats(table, "signal_changed")
    if np.isnan(changed).all():
        changed = np.diff(signal, prepend=np.nan)
        changed[:1] = signal[:1]
    return _marks(price, times, (np.abs(changed) > 0) & ~np.isnan(signal), signal)


def _filled(table: pa.Table, price: Floats, times: Instants) -> Marks:
    position = np.nan_to_num(floats(table, "position_size"))
    side = np.where(np.diff(position, prepend=0.0) < 0, SELL, BUY).astype(np.float64)
    return _marks(price, times, floats(table, "orders_filled") > 0, side)


def _marks(price: Floats, times: Instants, chosen: Mask, values: Floats) -> Marks:
    """Return the newest chosen rows that have a price and a time, with their values."""
    rows = np.flatnonzero(chosen)
    rows = rows[~np.isnan(price[rows]) & ~np.isnat(times[rows])]
    drawn = rows[-MAX_MARKS:]
    return {
        "times": times[drawn],
        "price": price[drawn],
        "value": values[drawn],
        "count": int(rows.size),
    }


def _trades(table: pa.Table, bars: Instants, trades: Trades, params: CurveParams) -> Marks:
    """Return the newest fills of the trades file in the window that have a price and a time."""
    rows = trades.rows or ()
    price = np.array([_number(row.get("price")) for row in rows])
    side = np.array([SELL if str(row.get("side")).lower() == "sell" else BUY for row in rows])
    times = _at_candles(table, bars, rows)
    first, stop = inside(np.sort(times), params.since, params.until)
    order = np.argsort(times, kind="stable")[first:stop]
    order = order[~np.isnan(price[order])] if order.size else order
    drawn = order[-MAX_MARKS:]
    return {
        "times": times[drawn],
        "price": price[drawn],
        "value": side[drawn].astype(np.float64),
        "count": int(order.size),
    }


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
