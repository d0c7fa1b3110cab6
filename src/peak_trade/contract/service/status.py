"""The six status panels, as `snapshot.json` gives them and `snapshot.html` prints them.

A panel whose source fails says so and leaves the others alone; a source that is not there yet is
zero and ok, and one that should be there is an error. The same artifacts and the same time give the
same bytes.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from peak_trade.artifacts.sessions import SessionRecord
from peak_trade.contract.alerts.items import alert_stats
from peak_trade.contract.base.redact import redact
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.service.schema import VERSION, Panel, StatusSnapshot
from peak_trade.contract.sessions.records import raw_limits, risk, session_stats
from peak_trade.contract.telemetry.health import telemetry_health
from peak_trade.errors import OverloadedError, UnlistedError
from peak_trade.i18n import mark
from peak_trade.jsonio import whole

log = logging.getLogger(__name__)

ALERT_HOURS: Final = 24
PORTFOLIO_FALLBACK: Final = 10
NO_ACTIVE: Final = "No active sessions"
RISK_RANKS: Final = {"ok": 0, "warning": 1, "breach": 2}
RISK_STATUS: Final = {"ok": "ok", "warning": "warning", "breach": "blocked"}

_NORMAL: Final[dict[str, frozenset[str]]] = {
    "ok": frozenset({"ok", "good", "healthy", "pass", "passed", "active"}),
    "warn": frozenset({"warn", "warning", "caution", "degraded"}),
    "error": frozenset({"error", "err", "fail", "failed", "critical", "bad", "blocked", "breach"}),
}

Details = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a panel comes from: its build function gives a status of any spelling and details.

    `family` is that of the artifacts that it needs.
    """

    id: str
    title: str
    family: str
    build: Callable[[Context], Awaitable[tuple[object, Details]]]


async def snapshot(context: Context, params: Params) -> StatusSnapshot:
    """Give all status panels."""
    await context.store.directories()
    return {
        "version": VERSION,
        "generated_at": context.now.isoformat(),
        "panels": [await _panel(source, context) for source in SOURCES],
        "meta": {"source": "webui_api"},
    }


def normal_status(value: object) -> str:
    """Return ok, warn, error or unknown for a status of any spelling."""
    if isinstance(value, bool):
        return "ok" if value else "error"
    if isinstance(value, int):
        return {0: "ok", 1: "warn"}.get(value, "error")
    text = value.strip().lower() if isinstance(value, str) else ""
    return next((status for status, words in _NORMAL.items() if text in words), "unknown")


async def _panel(source: Source, context: Context) -> Panel:
    try:
        status, details = await source.build(context)
    except UnlistedError as error:
        status, details = "error", {"message": str(error)}
    except OverloadedError:
        raise
    except Exception:
        log.exception("the %s panel failed", source.id)
        status, details = "error", {"message": "The source of this panel failed"}
    missing = context.store.local.directories.reason(source.family)
    if missing:
        status, details = "error", {**details, "message": missing}
    return {
        "id": source.id,
        "title": source.title,
        "status": normal_status(status),
        "details": sorted_keys(details),
    }


def sorted_keys(value: Any) -> Any:
    """Return data with the keys of objects sorted at every depth."""
    if isinstance(value, dict):
        return {key: sorted_keys(value[key]) for key in sorted(value)}
    return [sorted_keys(item) for item in value] if isinstance(value, list) else value


async def _alerts(context: Context) -> tuple[str, Details]:
    since = context.now - timedelta(hours=ALERT_HOURS)
    found = await context.store.alerts(since, context.now)
    stats = alert_stats(found, ALERT_HOURS)
    return ("warn" if stats["by_severity"]["CRITICAL"] else "ok"), dict(stats)


async def _sessions(context: Context) -> tuple[str, Details]:
    records = (await context.store.sessions()).ordered
    stats = await context.store.compute(lambda: session_stats(records))
    return "active", {**stats, "active_sessions": len(_started(records))}


async def _portfolio(context: Context) -> tuple[str, Details]:
    records = (await context.store.sessions()).ordered
    started = _started(records)
    counted = started or list(records[:PORTFOLIO_FALLBACK])
    details: Details = {
        "total_pnl": round(sum(_pnl(record) for record in counted), 2),
        "unrealized_pnl": round(sum(r.metric("unrealized_pnl") or 0.0 for r in started), 2),
        "total_exposure": round(sum(notional(record) for record in started), 2),
        "equity": _equity(started),
        "num_sessions": len(started),
    }
    return "ok", details if started else {**details, "message": NO_ACTIVE}


async def _positions(context: Context) -> tuple[str, Details]:
    started = _started((await context.store.sessions()).ordered)
    held: dict[str, list[float]] = {}
    for record in started:
        if notional(record) > 0:
            held.setdefault(record.symbol, []).append(notional(record))
    details: Details = {
        "open_positions": whole(sum(r.metric("open_positions") or 0 for r in started)) or 0,
        "symbols": sorted(held),
        "total_notional": round(sum(sum(notionals) for notionals in held.values()), 2),
        "positions": [
            {"symbol": symbol, "sessions": len(held[symbol]), "notional": sum(held[symbol])}
            for symbol in sorted(held)
        ],
        "active_sessions": len(started),
    }
    return "ok", details if started else {**details, "message": NO_ACTIVE}


async def _risk(context: Context) -> tuple[str, Details]:
    started = _started((await context.store.sessions()).ordered)
    severities = [risk(record.metrics)[1] for record in started]
    severity = max(severities, key=RISK_RANKS.__getitem__, default="ok")
    limits = [redact(limit) for record in started for limit in raw_limits(record.metrics)]
    details: Details = {
        "status": RISK_STATUS[severity],
        "severity": severity,
        "limits_enabled": bool(limits),
        "limit_details": limits,
        "violations": [reason for record in started for reason in _violations(record)],
        "active_sessions": len(started),
    }
    return severity, details if started else {**details, "message": NO_ACTIVE}


async def _telemetry(context: Context) -> tuple[str, Details]:
    usage = await context.store.telemetry_usage()
    health = await telemetry_health(context, Params())
    return health["status"], {
        "status": health["status"],
        "disk_usage_mb": round(usage.size_bytes / 2**20, 2),
        "total_sessions": len((await context.store.logs()).logs),
        "recent_errors": usage.invalid_lines,
        "health_checks": health["checks"],
        "timestamp": health["timestamp"],
    }


SOURCES: Final = (
    Source("alerts", mark("Alerts"), "alerts", _alerts),
    Source("live_sessions", mark("Live Sessions"), "sessions", _sessions),
    Source("portfolio", mark("Portfolio"), "sessions", _portfolio),
    Source("positions", mark("Positions"), "sessions", _positions),
    Source("risk", mark("Risk"), "sessions", _risk),
    Source("telemetry", mark("Telemetry"), "telemetry", _telemetry),
)
"""Sorted by id."""

FAMILIES: Final = {source.id: source.family for source in SOURCES}
"""Of the artifacts that a panel needs, by its id."""

TITLES: Final = {source.id: source.title for source in SOURCES}
"""What a panel is called, by its id."""


def _started(records: tuple[SessionRecord, ...]) -> list[SessionRecord]:
    return [record for record in records if record.status == "started"]


def _pnl(record: SessionRecord) -> float:
    realized = record.metric("realized_pnl")
    return (record.metric("pnl") or 0.0) if realized is None else realized


def notional(record: SessionRecord) -> float:
    """Return the notional of what a session holds, 0 if it tells none."""
    total = record.metric("total_notional")
    return total or max(record.metric("exposure") or 0.0, 0.0)


def _equity(started: list[SessionRecord]) -> float | None:
    known = [value for record in started if (value := record.metric("equity")) is not None]
    return round(sum(known), 2) if known else None


def _violations(record: SessionRecord) -> list[str]:
    check = record.metrics.get("risk_check")
    if not isinstance(check, dict) or check.get("allowed") is not False:
        return []
    reasons = check.get("reasons")
    return [str(reason) for reason in reasons] if isinstance(reasons, list) else []
