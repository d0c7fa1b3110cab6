"""Payloads of runs: list, snapshot, tail, alerts.

Values follow the order of the run (by step if every row has one). Null in the last row is null:
nothing looks back to earlier rows.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import Field
from typing_extensions import TypedDict

from peak_trade.artifacts import times
from peak_trade.artifacts.run_alerts import RunAlert
from peak_trade.artifacts.runs import RunMeta
from peak_trade.contract import fields as f
from peak_trade.contract.route import Context, Params
from peak_trade.errors import NotFoundError
from peak_trade.jsonio import finite
from peak_trade.store.runs_state import RunHead, RunState

CONTRACT_VERSION: Final = "v0.1B"
ACTIVE_WITHIN: Final = timedelta(minutes=10)
MAX_LISTED: Final = 50

Row = dict[str, Any]
"""One event: column name to value, null for no value."""


class RunItem(TypedDict):
    """One run of the list."""

    run_id: f.RunId
    mode: f.Mode
    strategy_name: f.Strategy
    symbol: f.Symbol
    timeframe: f.Timeframe
    started_at: f.Started
    ended_at: f.Ended
    is_active: Annotated[
        bool, f.about("Not ended, and the last event is less than 10 minutes old", True)
    ]
    last_event_time: f.LastEvent


class RunMetrics(TypedDict):
    """Figures of a run at its last event."""

    equity: f.Equity
    realized_pnl: f.Realized
    unrealized_pnl: f.Unrealized
    drawdown: f.Drawdown
    total_steps: Annotated[int, f.about("Number of events", 320)]
    total_orders: Annotated[
        int, f.about("Sum over all events of orders filled if > 0, else generated", 17)
    ]
    total_blocked_orders: Annotated[int, f.about("Sum of blocked orders", 0)]


class RunSnapshot(RunMetrics):
    """A run at its last event."""

    run_id: f.RunId
    mode: f.Mode
    strategy_name: f.Strategy
    symbol: f.Symbol
    timeframe: f.Timeframe
    last_event_time: f.LastEvent


class TailRow(TypedDict):
    """One event of the tail."""

    ts_bar: Annotated[str | None, f.about("Time of the candle, as stored", f.EXAMPLE_TIME)]
    equity: f.Equity
    realized_pnl: f.Realized
    unrealized_pnl: f.Unrealized
    position_size: f.Position
    orders_count: Annotated[int, f.about("Orders filled if > 0, else generated", 1)]
    risk_allowed: Annotated[bool, f.about("What the risk check said; true if it did not", True)]
    risk_reasons: Annotated[str, f.about("Reasons of the risk check, joined by `; `", "")]


class RunAlertItem(TypedDict):
    """One alert of a run."""

    rule_id: Annotated[str, f.about("Rule that gave the alert", "risk_blocked")]
    severity: Annotated[str, f.about("info, warning, critical or another stored text", "warning")]
    message: f.Text
    run_id: f.RunId
    timestamp: Annotated[str, f.about("Time as stored, ISO 8601; empty if none", f.EXAMPLE_TIME)]


class TailParams(Params):
    """Parameters of the tail."""

    limit: int = Field(50, ge=1, le=500, description="Number of events, the last ones")


class RunAlertsParams(Params):
    """Parameters of a run's alerts."""

    limit: int = Field(20, ge=1, le=100, description="Number of alerts, the newest ones")


async def runs(context: Context, params: Params) -> list[RunItem]:
    """List at most 50 runs, newest last event first."""
    index = await context.store.index()
    return [run_item(head, context.now) for head in index.ordered[:MAX_LISTED]]


async def snapshot(context: Context, params: Params, run_id: str) -> RunSnapshot:
    """Give a run at its last event."""
    return run_snapshot(await find_run(context, run_id))


async def tail(context: Context, params: TailParams, run_id: str) -> list[TailRow]:
    """Give the last events of a run, oldest first."""
    state = await find_run(context, run_id, rows=True)
    return [tail_row(row) for row in last_rows(state, params.limit)]


async def run_alerts(context: Context, params: RunAlertsParams, run_id: str) -> list[RunAlertItem]:
    """Give the newest alerts of a run, newest first."""
    state = await find_run(context, run_id)
    return [alert_item(alert, run_id) for alert in newest_alerts(state)[: params.limit]]


async def find_run(
    context: Context, run_id: str, *, rows: bool = False, text: str = "Run not found: {}"
) -> RunState:
    """Return the current state of a run.

    Raises
    ------
    NotFoundError
        With `text` if there is no such run.
    """
    state = await context.store.run(run_id, rows=rows)
    if state is None:
        raise NotFoundError(text.format(run_id))
    return state


async def run_revision(context: Context, params: Params, run_id: str) -> int | None:
    """Return the revision of a run."""
    state = await context.store.run(run_id)
    return state.revision if state else None


def is_active(meta: RunMeta, last_event: datetime | None, now: datetime) -> bool:
    """Tell whether a run goes on: not ended, and its last event is less than 10 minutes old."""
    return meta.ended_at is None and last_event is not None and now - last_event < ACTIVE_WITHIN


def run_item(head: RunHead, now: datetime) -> RunItem:
    """Return the list entry of a run."""
    meta = head.meta
    return {
        "run_id": head.run_id,
        "mode": meta.mode,
        "strategy_name": meta.strategy_name,
        "symbol": meta.symbol,
        "timeframe": meta.timeframe,
        "started_at": times.iso(meta.started_at),
        "ended_at": times.iso(meta.ended_at),
        "is_active": is_active(meta, head.last_event, now),
        "last_event_time": times.iso(head.last_event),
    }


def run_metrics(state: RunState) -> RunMetrics:
    """Return the figures of a run at its last event."""
    figures = state.events.figures
    last = figures.last_row or {}
    return {
        "equity": finite(last.get("equity")),
        "realized_pnl": realized(last),
        "unrealized_pnl": finite(last.get("unrealized_pnl")),
        "drawdown": figures.drawdown,
        "total_steps": figures.steps,
        "total_orders": figures.orders,
        "total_blocked_orders": figures.blocked,
    }


def run_snapshot(state: RunState) -> RunSnapshot:
    """Return a run at its last event."""
    meta = state.meta
    return {
        "run_id": state.run_id,
        "mode": meta.mode,
        "strategy_name": meta.strategy_name,
        "symbol": meta.symbol,
        "timeframe": meta.timeframe,
        **run_metrics(state),
        "last_event_time": times.iso(state.events.figures.last_instant),
    }


def last_rows(state: RunState, limit: int) -> list[Row]:
    """Return the last `limit` events, oldest first."""
    table = state.events.table()
    rows: list[Row] = table.slice(max(0, table.num_rows - limit)).to_pylist()
    return rows


def realized(row: Row) -> float | None:
    """Return `realized_pnl` of an event, or `pnl` where that is missing."""
    value = finite(row.get("realized_pnl"))
    return finite(row.get("pnl")) if value is None else value


def orders_count(row: Row) -> int:
    """Return the orders of an event: filled if > 0, else generated."""
    filled = finite(row.get("orders_filled")) or 0
    return int(filled if filled > 0 else finite(row.get("orders_generated")) or 0)


def tail_row(row: Row) -> TailRow:
    """Return the tail entry of an event."""
    allowed = row.get("risk_allowed")
    return {
        "ts_bar": row.get("ts_bar"),
        "equity": finite(row.get("equity")),
        "realized_pnl": realized(row),
        "unrealized_pnl": finite(row.get("unrealized_pnl")),
        "position_size": finite(row.get("position_size")),
        "orders_count": orders_count(row),
        "risk_allowed": True if allowed is None else allowed,
        "risk_reasons": row.get("risk_reasons") or "",
    }


def newest_alerts(state: RunState) -> list[RunAlert]:
    """Return all alerts of a run, newest instant first; without a time last; ties in file order."""
    never = datetime.min.replace(tzinfo=UTC)
    return sorted(state.alerts.records, key=lambda alert: alert.instant or never, reverse=True)


def alert_item(alert: RunAlert, run_id: str) -> RunAlertItem:
    """Return the entry of an alert."""
    return {
        "rule_id": alert.rule_id,
        "severity": alert.severity,
        "message": alert.message,
        "run_id": alert.run_id or run_id,
        "timestamp": alert.timestamp,
    }
