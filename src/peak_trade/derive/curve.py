"""Equity curve and drawdown in a window of time, reduced to what can be drawn."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field
from typing_extensions import TypedDict

from peak_trade.derive.arrays import Floats, Instant, Instants, Places, figure
from peak_trade.derive.downsample import extremes
from peak_trade.derive.metrics import drawdowns, floats
from peak_trade.schemas import BAR_COLUMN, PEAK_COLUMN

MAX_POINTS: Final = 1000

BEGIN: Final = "2026-01-15T17:36:00+00:00"
END: Final = "2026-01-15T18:25:00+00:00"


class Curve(TypedDict):
    """Equity and drawdown for drawing; arrays of the same length."""

    times: Annotated[Instants, Field(description="Times of the candles")]
    equity: Annotated[Floats, figure("Cash plus positions", "account currency", [1000.5])]
    drawdown: Annotated[Floats, figure("<= 0, NaN for none", "fraction", [-0.05, None])]
    places: Annotated[Places, Field(description="Numbers of the points in the run, from 0")]
    points: Annotated[
        int, Field(description="Events with a time and an equity, in the window", examples=[50])
    ]
    drawn: Annotated[int, Field(description="Points that are drawn", examples=[50])]
    begin: Annotated[Instant | None, Field(description="First point of the run", examples=[BEGIN])]
    end: Annotated[Instant | None, Field(description="Last point of the run", examples=[END])]


def equity_curve(
    table: pa.Table,
    since: datetime | None = None,
    until: datetime | None = None,
    max_points: int = MAX_POINTS,
) -> Curve:
    """Return equity and drawdown of a run's rows in a window: at most `max_points`, extremes kept.

    Only the rows of the window and one beside it are computed, however long the run is.
    """
    if BAR_COLUMN not in table.column_names:
        return _curve(np.array([], dtype="datetime64[us]"), table, 0, None, None, max_points)
    instants = table[BAR_COLUMN].to_numpy().astype("datetime64[us]", copy=False)
    first, stop = inside(instants, since, until)
    begin, end = first, stop
    if stop > first:
        begin, end = max(first - 1, 0), min(stop + 1, table.num_rows)
    shown = table.slice(begin, end - begin)
    curve = _curve(instants[begin:end], shown, begin, since, until, max_points)
    curve["begin"], curve["end"] = ends(table)
    return curve


def ends(table: pa.Table) -> tuple[np.datetime64 | None, np.datetime64 | None]:
    """Return the times of the first and the last candle."""
    if BAR_COLUMN not in table.column_names:
        return None, None
    found = pc.min_max(table[BAR_COLUMN].combine_chunks())
    low, high = (found[name].as_py() for name in ("min", "max"))
    if low is None or high is None:
        return None, None
    naive = (moment.astimezone(UTC).replace(tzinfo=None) for moment in (low, high))
    first, last = (np.datetime64(moment, "us") for moment in naive)
    return first, last


def _curve(
    instants: Instants,
    table: pa.Table,
    offset: int,
    since: datetime | None,
    until: datetime | None,
    max_points: int,
) -> Curve:
    """Return the points of the rows from number `offset` on: those inside, and one beside each."""
    equity, peak = (floats(table, name)[: instants.size] for name in ("equity", PEAK_COLUMN))
    usable = ~(np.isnan(equity) | np.isnat(instants))
    known = np.arange(instants.size) if usable.all() else np.flatnonzero(usable)
    times, equity = (
        (instants, equity) if known.size == instants.size else (instants[known], equity[known])
    )
    first, stop = inside(times, since, until)
    drawdown_curve = drawdowns(equity, peak if known.size == peak.size else peak[known])
    chosen = first + extremes(equity[first:stop], max_points, drawdown_curve[first:stop])
    around = [i for i in (first - 1, stop) if 0 <= i < times.size and stop > first]
    chosen = np.unique(np.concatenate((chosen, np.array(around, dtype=np.intp))))
    return {
        "times": times[chosen],
        "equity": equity[chosen],
        "drawdown": drawdown_curve[chosen],
        "places": offset + known[chosen],
        "points": stop - first,
        "drawn": int(chosen.size),
        "begin": None,
        "end": None,
    }


def inside(times: Instants, since: datetime | None, until: datetime | None) -> tuple[int, int]:
    """Return the first position in a window and the one after the last; equal if there is none."""
    ticks = times.view(np.int64)  # no time is the least number
    if not np.isnat(times[:1]).any() and (ticks[1:] >= ticks[:-1]).all():
        first = np.searchsorted(times, _naive(since), "left") if since else 0
        stop = np.searchsorted(times, _naive(until), "right") if until else times.size
        return int(first), int(max(first, stop))
    within = ~np.isnat(times)
    if since is not None:
        within &= times >= _naive(since)
    if until is not None:
        within &= times <= _naive(until)
    if not within.any():
        return 0, 0
    return int(within.argmax()), within.size - int(within[::-1].argmax())


def _naive(moment: datetime) -> np.datetime64:
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")
