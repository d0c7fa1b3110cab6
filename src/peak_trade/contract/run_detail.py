"""Payloads of one run as a whole, and of runs in their second form (`v02`)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, NotRequired
from urllib.parse import quote

from pydantic import Field
from typing_extensions import TypedDict

from peak_trade.artifacts import times
from peak_trade.artifacts.runs import RunMeta
from peak_trade.contract import fields as f
from peak_trade.contract import runs
from peak_trade.contract.redact import redact
from peak_trade.contract.route import Context, Params
from peak_trade.contract.run_rows import find_known

POINTERS: Final = ("metrics", "equity", "signals", "positions", "orders", "events")
POINTER_EXAMPLE: Final = {"equity": "/api/v0/runs/r1/equity"}
META_NOT_FOUND: Final = "meta_not_found: {}"


class Meta(TypedDict):
    """Meta data of a run; secrets in the configuration are hidden."""

    run_id: Annotated[str, f.about("Id as stored in meta.json", "r1")]
    mode: f.Mode
    strategy_name: f.Strategy
    symbol: f.Symbol
    timeframe: f.Timeframe
    started_at: f.Started
    ended_at: f.Ended
    config_snapshot: f.Config
    notes: Annotated[str, f.about("Free text, empty if none", "")]


class RunDetail(TypedDict):
    """Meta data and snapshot of a run."""

    meta: Annotated[Meta, f.about("Meta data of the run")]
    snapshot: Annotated[runs.RunSnapshot, f.about("The run at its last event")]


class RunSummary(TypedDict):
    """One run in the second form."""

    run_id: f.RunId
    status: Annotated[str, f.about("active, completed, inactive or unknown", "active")]
    started_at: f.Started
    last_heartbeat: f.LastEvent
    strategy_id: f.Strategy
    tags: Annotated[list[str], f.about("Tags of the configuration", ["demo"])]
    base_dir: Annotated[str, f.about("Directory of the runs, as configured", "live_runs")]


class AlertsSummary(TypedDict):
    """Alerts of a run in short."""

    count: Annotated[int, f.about("Number of alerts of the run", 3)]
    last_severity: NotRequired[Annotated[str, f.about("Severity of the newest alert", "warning")]]


class RunDetailV02(TypedDict):
    """One run in the second form, with pointers to its other routes."""

    summary: Annotated[RunSummary, f.about("The run in short")]
    pointers: Annotated[
        dict[str, str],
        f.about("Paths of the run's other routes, the id percent-encoded", POINTER_EXAMPLE),
    ]
    alerts_summary: Annotated[AlertsSummary, f.about("Its alerts in short")]
    config_snapshot: f.Config


class RunsV02Params(Params):
    """Parameters of the list of runs in the second form."""

    limit: int = Field(50, ge=1, le=200, description="Number of runs")


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
        "snapshot": runs.run_snapshot(state),
    }


async def metrics(context: Context, params: Params, run_id: str) -> runs.RunMetrics:
    """Give the figures of a run at its last event."""
    return runs.run_metrics(await runs.find_run(context, run_id))


async def runs_v02(context: Context, params: RunsV02Params) -> list[RunSummary]:
    """List runs in the second form, newest last event first."""
    index = await context.store.index()
    return [
        _summary(context, head.run_id, head.meta, head.last_event)
        for head in index.ordered[: params.limit]
    ]


async def detail_v02(context: Context, params: Params, run_id: str) -> RunDetailV02:
    """Give a run in the second form."""
    state = await find_known(context, run_id, META_NOT_FOUND)
    alerts = runs.newest_alerts(state)
    summary: AlertsSummary = {"count": len(alerts)}
    if alerts:
        summary["last_severity"] = alerts[0].severity
    encoded = quote(run_id, safe="")
    pointers = {name: f"/api/v0/runs/{encoded}/{name}" for name in POINTERS}
    last = state.events.figures.last_instant
    return {
        "summary": _summary(context, run_id, state.meta, last),
        "pointers": pointers | {"alerts": f"/runs/{encoded}/alerts"},
        "alerts_summary": summary,
        "config_snapshot": redact(state.meta.config_snapshot),
    }


def _summary(
    context: Context, run_id: str, meta: RunMeta, last_event: datetime | None
) -> RunSummary:
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
    if runs.is_active(meta, last_event, now):
        return "active"
    if meta.ended_at:
        return "completed"
    return "inactive" if last_event else "unknown"


def _tags(stored: Any) -> list[str]:
    return [str(tag) for tag in stored if tag is not None] if isinstance(stored, list) else []
