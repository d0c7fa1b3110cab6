"""Payloads of runs: list, snapshot, tail, alerts.

Values follow the order of the run (by step if every row has one). Null in the last row is null:
nothing looks back to earlier rows.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from peak_trade.artifacts import times
from peak_trade.artifacts.run_alerts import RunAlert
from peak_trade.artifacts.runs import RunMeta
from peak_trade.contract.base.freshness import freshness
from peak_trade.contract.base.life import Lives
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.runs.params import RunAlertsParams, TailParams
from peak_trade.contract.runs.schema import (
    Row,
    RunAlertItem,
    RunEntry,
    RunItem,
    RunMetrics,
    RunSnapshot,
    TailRow,
)
from peak_trade.derive.metrics import RunningMetrics
from peak_trade.derive.symbols import quote_currency
from peak_trade.errors import NotFoundError
from peak_trade.jsonio import finite
from peak_trade.store.runs_state import RunState, RunSummary

ACTIVE_WITHIN: Final = timedelta(minutes=10)
MAX_LISTED: Final = 50


async def runs(context: Context, params: Params) -> list[RunItem]:
    """List at most 50 runs, newest last event first."""
    index = await context.store.index()
    return [run_item(summary, context.now) for summary in index.ordered[:MAX_LISTED]]


async def runs_revision(context: Context, params: Params) -> tuple[int, int]:
    """Return the revision of the list, and which of those it names are active just now."""
    index = await context.store.index()
    active = (
        is_active(summary.meta, summary.last_event, context.now) << place
        for place, summary in enumerate(index.ordered[:MAX_LISTED])
    )
    return index.revision, sum(active)


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
        await context.store.check_reachable(run_id)
    return found_run(state, run_id, text)


def found_run(state: RunState | None, run_id: str, text: str = "Run not found: {}") -> RunState:
    """Return the state of a run that there is.

    Raises
    ------
    NotFoundError
        With `text` if there is none.
    """
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


def run_item(summary: RunSummary, now: datetime) -> RunItem:
    """Return the list entry of a run."""
    meta = summary.meta
    item: RunItem = {
        "run_id": summary.run_id,
        "mode": meta.mode,
        "strategy_name": meta.strategy_name,
        "symbol": meta.symbol,
        "timeframe": meta.timeframe,
        "started_at": times.iso(meta.started_at),
        "ended_at": times.iso(meta.ended_at),
        "is_active": is_active(meta, summary.last_event, now),
        "last_event_time": times.iso(summary.last_event),
    }
    return {**item, "root": summary.root} if summary.root else item


def run_metrics(state: RunState) -> RunMetrics:
    """Return the metrics of a run at its last event."""
    metrics = state.events.metrics
    last = metrics.last_row or {}
    return {
        "equity": finite(last.get("equity")),
        "realized_pnl": realized(last),
        "unrealized_pnl": finite(last.get("unrealized_pnl")),
        "drawdown": metrics.drawdown,
        "total_steps": metrics.steps,
        "total_orders": metrics.orders,
        "total_blocked_orders": metrics.blocked,
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
        "last_event_time": times.iso(state.events.metrics.last_instant),
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


def run_entry(summary: RunSummary, lives: Lives) -> RunEntry:
    """Return the list entry of a run."""
    metrics = lives.metrics.get(summary.run_id) or RunningMetrics()
    return {
        **run_item(summary, lives.now),
        "realized_pnl": realized(metrics.last_row or {}),
        "drawdown": metrics.drawdown,
        "max_drawdown": metrics.max_drawdown,
        "gain": metrics.gain,
        "currency": quote_currency(summary.meta.symbol),
        "freshness": freshness(lives.summary(summary)),
    }
