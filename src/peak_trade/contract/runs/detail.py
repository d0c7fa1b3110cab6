"""Payloads of one run as a whole, and of runs in their second form (`v02`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from peak_trade.artifacts import times
from peak_trade.artifacts.runs import RunMeta
from peak_trade.contract.base.redact import redact
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.runs.params import RunsV02Params
from peak_trade.contract.runs.rows import find_known
from peak_trade.contract.runs.schema import (
    AlertsSummary,
    RunDetail,
    RunDetailV02,
    RunMetrics,
    RunSummaryV02,
)
from peak_trade.contract.runs.snapshot import (
    find_run,
    is_active,
    newest_alerts,
    run_metrics,
    run_snapshot,
)

POINTERS: Final = ("metrics", "equity", "signals", "positions", "orders", "events")
META_NOT_FOUND: Final = "meta_not_found: {}"


async def detail(context: Context, params: Params, run_id: str) -> RunDetail:
    """Give meta data and snapshot of a run."""
    state = await find_known(context, run_id, META_NOT_FOUND)
    meta = state.meta
    return {
        "meta": {
            "run_id": meta.run_id,
            "mode": meta.mode,
            "strategy_name": meta.strategy_name,
            "symbol": meta.symbol,
            "timeframe": meta.timeframe,
            "started_at": times.iso(meta.started_at),
            "ended_at": times.iso(meta.ended_at),
            "config_snapshot": redact(meta.config_snapshot),
            "notes": meta.notes,
        },
        "snapshot": run_snapshot(state),
    }


async def metrics(context: Context, params: Params, run_id: str) -> RunMetrics:
    """Give the metrics of a run at its last event."""
    return run_metrics(await find_run(context, run_id))


async def runs_v02(context: Context, params: RunsV02Params) -> list[RunSummaryV02]:
    """List runs in the second form, newest last event first."""
    index = await context.store.index()
    return [
        _summary(context, summary.run_id, summary.meta, summary.last_event)
        for summary in index.ordered[: params.limit]
    ]


async def detail_v02(context: Context, params: Params, run_id: str) -> RunDetailV02:
    """Give a run in the second form."""
    state = await find_known(context, run_id, META_NOT_FOUND)
    alerts = newest_alerts(state)
    summary: AlertsSummary = {"count": len(alerts)}
    if alerts:
        summary["last_severity"] = alerts[0].severity
    encoded = quote(run_id, safe="")
    pointers = {name: f"/api/v0/runs/{encoded}/{name}" for name in POINTERS}
    last = state.events.metrics.last_instant
    return {
        "summary": _summary(context, run_id, state.meta, last),
        "pointers": pointers | {"alerts": f"/runs/{encoded}/alerts"},
        "alerts_summary": summary,
        "config_snapshot": redact(state.meta.config_snapshot),
    }


def _summary(
    context: Context, run_id: str, meta: RunMeta, last_event: datetime | None
) -> RunSummaryV02:
    return {
        "run_id": run_id,
        "status": status(meta, last_event, context.now),
        "started_at": times.iso(meta.started_at),
        "last_heartbeat": times.iso(last_event),
        "strategy_id": meta.strategy_name,
        "tags": _tags(meta.config_snapshot.get("tags")),
        "base_dir": context.settings.shadow_paper_logging.base_dir,
    }


def status(meta: RunMeta, last_event: datetime | None, now: datetime) -> str:
    """Return active, completed, inactive or unknown."""
    if is_active(meta, last_event, now):
        return "active"
    if meta.ended_at:
        return "completed"
    return "inactive" if last_event else "unknown"


def _tags(stored: Any) -> list[str]:
    return [str(tag) for tag in stored if tag is not None] if isinstance(stored, list) else []
