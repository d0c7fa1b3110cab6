"""Payloads that several pages share: entries of lists, curves, and the live dashboard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field
from typing_extensions import TypedDict

from peak_trade.artifacts.runs import RunMeta
from peak_trade.artifacts.schemas import BAR_COLUMN, INSTANT_COLUMN, PEAK_COLUMN
from peak_trade.artifacts.sessions import SessionRecord
from peak_trade.contract import fields as f
from peak_trade.contract import runs, sessions
from peak_trade.contract.route import Context, Params
from peak_trade.derive.downsample import extremes
from peak_trade.derive.figures import Floats, drawdowns, floats
from peak_trade.derive.freshness import limits
from peak_trade.jsonio import finite
from peak_trade.store.runs_state import RunHead, RunState

MAX_POINTS: Final = 1000
TAIL_ROWS: Final = 50
TAIL_ALERTS: Final = 20

Instants = npt.NDArray[np.datetime64]
Places = npt.NDArray[np.intp]


class Freshness(TypedDict):
    """How old data is, and from which age on it is not what one expects of its time frame."""

    as_of: Annotated[
        datetime | None, f.about("Time of the newest data", "2026-01-15T18:25:02+00:00")
    ]
    ended_at: Annotated[datetime | None, f.about("When the run ended", "2026-01-15T19:00:00+00:00")]
    late_after: Annotated[float, f.about("Age beyond which it is late", 75.0, unit=f.SECONDS)]
    stale_after: Annotated[float, f.about("Age beyond which it is stale", 240.0, unit=f.SECONDS)]
    crashed_after: Annotated[float, f.about("Age that means a crash", 600.0, unit=f.SECONDS)]


class RunEntry(runs.RunItem):
    """One run of a page's list."""

    freshness: Freshness


class RunList(TypedDict):
    """The runs of the live dashboard."""

    total: int
    matching: int
    runs: Annotated[list[RunEntry], Field(description="At most 50, newest last event first")]


class SessionRow(sessions.SessionItem):
    """One session of the console's table; its maximum drawdown is a fraction <= 0."""

    strategy_name: str
    tier: Annotated[str, Field(description="Of the strategy, unclassified if it has none")]
    symbol: str
    currency: Annotated[str, Field(description="Quote currency of the symbol, empty if unknown")]
    env_name: str
    started: datetime
    as_of: Annotated[datetime, Field(description="Its end, else its start")]


class Curve(TypedDict):
    """Equity and drawdown for drawing; arrays of the same length."""

    times: Instants
    equity: Floats
    drawdown: Annotated[Floats, Field(description="Fraction <= 0, NaN for none")]
    places: Annotated[Places, Field(description="Numbers of the points in the run, from 0")]
    points: Annotated[int, Field(description="Events with a time and an equity, in the window")]
    drawn: int
    begin: Annotated[np.datetime64 | None, Field(description="Time of the first point of the run")]
    end: Annotated[np.datetime64 | None, Field(description="Time of the last point of the run")]


class EventRow(runs.TailRow):
    """One row of the live dashboard's table of events."""

    seq: Annotated[int, Field(description="Position of the event in the run, from 0")]
    time: Annotated[datetime | None, Field(description="`ts_event`, else `ts_bar`")]


class LiveRun(TypedDict):
    """What the live dashboard shows of one run, all of it at the same revision."""

    snapshot: runs.RunSnapshot
    started_at: datetime | None
    currency: Annotated[str, Field(description="Quote currency of the symbol, empty if unknown")]
    asset: Annotated[str, Field(description="What the symbol trades, empty if unknown")]
    start_equity: float | None
    max_drawdown: float | None
    position_size: Annotated[float | None, Field(description="Position of the last event")]
    freshness: Freshness
    events: Annotated[list[EventRow], Field(description="The last 50, newest first")]
    alerts: Annotated[list[runs.RunAlertItem], Field(description="The newest 20, newest first")]


class CurveParams(Params):
    """The window of time to draw; the points just outside of it are drawn as well."""

    since: datetime | None = None
    until: datetime | None = None
    last: timedelta | None = None
    """Instead of `since`: begin so long before the newest candle."""


def freshness(meta: RunMeta, last_event: datetime | None) -> Freshness:
    """Return how fresh a run's data is; late and stale depend on its time frame."""
    return aged(meta.timeframe, last_event, meta.ended_at)


def aged(timeframe: str, as_of: datetime | None, ended_at: datetime | None) -> Freshness:
    """Return how old data may be that comes once a candle."""
    beyond = limits(timeframe)
    return {
        "as_of": as_of,
        "ended_at": ended_at,
        "late_after": beyond.late.total_seconds(),
        "stale_after": beyond.stale.total_seconds(),
        "crashed_after": beyond.crashed.total_seconds(),
    }


def run_entry(head: RunHead, now: datetime) -> RunEntry:
    """Return the list entry of a run."""
    return {
        **runs.run_item(head, now),
        "freshness": freshness(head.meta, head.last_event),
    }


def session_row(record: SessionRecord) -> SessionRow:
    """Return the table row of a session."""
    strategy = record.config.get("strategy_name")
    return {
        **sessions.session_item(record),
        "max_drawdown": sessions.drawdown(record),
        "strategy_name": strategy if isinstance(strategy, str) else "",
        "tier": sessions.shown_tier(record),
        "symbol": record.symbol,
        "currency": quote_currency(record.symbol),
        "env_name": record.env_name,
        "started": as_utc(record.started_at),
        "as_of": as_utc(record.finished_at or record.started_at),
    }


def as_utc(moment: datetime) -> datetime:
    """Return a stored time as an instant; one without offset means UTC."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def quote_currency(symbol: str) -> str:
    """Return the currency that a pair is priced in, empty if `symbol` is no pair."""
    return symbol.rpartition("/")[2] if "/" in symbol else ""


async def live_run(context: Context, params: Params, run_id: str) -> LiveRun:
    """Give what the live dashboard shows of a run besides its curve."""
    state = await runs.find_run(context, run_id, rows=True)
    figures = state.events.figures
    rows = runs.last_rows(state, TAIL_ROWS)
    first = figures.steps - len(rows)
    return {
        "snapshot": runs.run_snapshot(state),
        "started_at": state.meta.started_at,
        "currency": quote_currency(state.meta.symbol),
        "asset": state.meta.symbol.rpartition("/")[0],
        "start_equity": figures.start_equity,
        "max_drawdown": figures.max_drawdown,
        "position_size": finite((figures.last_row or {}).get("position_size")),
        "freshness": freshness(state.meta, figures.last_instant),
        "events": [event_row(row, first + index) for index, row in enumerate(rows)][::-1],
        "alerts": [
            runs.alert_item(alert, run_id) for alert in runs.newest_alerts(state)[:TAIL_ALERTS]
        ],
    }


def event_row(row: runs.Row, seq: int) -> EventRow:
    """Return the table row of an event."""
    return {**runs.tail_row(row), "seq": seq, "time": row.get(INSTANT_COLUMN)}


def placed(state: RunState, params: CurveParams) -> CurveParams:
    """Return the window with its begin, if it is given as a length of time."""
    table = state.events.table()
    if params.last is None or BAR_COLUMN not in table.column_names:
        return params
    end = pc.max(table[BAR_COLUMN]).as_py()
    return params.model_copy(update={"since": end and end - params.last})


def equity_curve(
    state: RunState,
    since: datetime | None = None,
    until: datetime | None = None,
    max_points: int = MAX_POINTS,
) -> Curve:
    """Return equity and drawdown in a window: at most `max_points` points, extremes kept.

    Only the rows of the window and one beside it are computed, however long the run is.
    """
    table = state.events.table()
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
    falls = drawdowns(equity, peak if known.size == peak.size else peak[known])
    chosen = first + extremes(equity[first:stop], max_points, falls[first:stop])
    around = [i for i in (first - 1, stop) if 0 <= i < times.size and stop > first]
    chosen = np.unique(np.concatenate((chosen, np.array(around, dtype=np.intp))))
    return {
        "times": times[chosen],
        "equity": equity[chosen],
        "drawdown": falls[chosen],
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
