"""Payload of the telemetry page: checks, disk, policy, logs, trends and the latest rule alerts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from pydantic import Field
from typing_extensions import TypedDict

from peak_trade.artifacts import times
from peak_trade.artifacts.telemetry import HealthSnapshot, LogFile
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.telemetry import health
from peak_trade.contract.telemetry import params as health_params
from peak_trade.contract.telemetry import schema as health_schema

MAX_LOGS: Final = 50
MAX_ALERTS: Final = 20
DAYS: Final = 30
MB: Final = 2**20


class Policy(TypedDict):
    """What the tool that clears logs up keeps to; it is a program of its own, as the logs are."""

    max_age_days: int
    max_sessions: int
    max_total_mb: int
    compress_after_days: int


POLICY: Final[Policy] = {
    "max_age_days": 30,
    "max_sessions": 200,
    "max_total_mb": 2048,
    "compress_after_days": 7,
}


class LogRow(TypedDict):
    """One telemetry log."""

    log_id: str
    size_mb: float
    modified: datetime
    age_days: float
    is_compressed: bool


class Period(TypedDict):
    """Health snapshots of a length of time that ends now."""

    name: str
    snapshots: int
    worst: Annotated[str | None, Field(description="ok, warn or critical; null without any")]
    ok: int
    warn: int
    critical: int
    disk_mb: Annotated[float | None, Field(description="Mean")]
    parse_error_rate: Annotated[float | None, Field(description="Mean, percent")]


class Point(TypedDict):
    """One health snapshot, for drawing."""

    time: datetime
    disk_mb: float | None
    parse_error_rate: float | None


class RuleAlertRow(TypedDict):
    """One telemetry rule alert."""

    severity: str
    title: str
    body: str
    source: str
    time: datetime | None


class TelemetryPayload(TypedDict):
    """What the telemetry page shows."""

    health: health_schema.TelemetryHealth
    exists: Annotated[bool, Field(description="There is a telemetry directory")]
    policy: Policy
    total_mb: Annotated[float, Field(description="All files below the directory")]
    sampled_lines: Annotated[int, Field(description="Lines of the newest logs that were looked at")]
    invalid_lines: int
    logs_total: int
    compressed: Annotated[int, Field(description="Compressed logs among them")]
    logs: Annotated[list[LogRow], Field(description="The 50 last modified, newest first")]
    newest: Annotated[datetime | None, Field(description="When a log was written to last")]
    periods: Annotated[list[Period], Field(description="24 h, 7 d, 30 d")]
    points: Annotated[list[Point], Field(description="Snapshots of 30 days, oldest first")]
    degradation: health_schema.Degradation | None
    alerts: Annotated[list[RuleAlertRow], Field(description="The latest 20, last written first")]


async def telemetry_page(context: Context, params: Params) -> TelemetryPayload:
    """Give the state of the telemetry directory."""
    usage = await context.store.telemetry_usage()
    logs = (await context.store.logs()).logs.values()
    found = snapshots((await context.store.health_snapshots()).state.records, context.now, DAYS)
    latest = await health.latest_alerts(context, health_params.LatestParams(limit=MAX_ALERTS))
    ordered = sorted(logs, key=lambda log: (log.mtime_ns, log.log_id), reverse=True)
    return {
        "health": health.health_of(usage, context.now),
        "exists": usage.exists,
        "policy": POLICY,
        "total_mb": usage.size_bytes / MB,
        "sampled_lines": usage.sampled_lines,
        "invalid_lines": usage.invalid_lines,
        "logs_total": len(ordered),
        "compressed": sum(log.compressed for log in ordered),
        "logs": [log_row(log, context.now) for log in ordered[:MAX_LOGS]],
        "newest": _modified(ordered[0]) if ordered else None,
        "periods": [
            period(name, snapshots(found, context.now, days))
            for name, days in (("24 h", 1), ("7 d", 7), ("30 d", DAYS))
        ],
        "points": [
            {"time": s.instant, "disk_mb": s.disk_mb, "parse_error_rate": s.parse_error_rate}
            for s in found
        ],
        "degradation": health.degradation(found) if found else None,
        "alerts": [rule_alert(alert) for alert in latest["alerts"]],
    }


def snapshots(records: Iterable[HealthSnapshot], now: datetime, days: int) -> list[HealthSnapshot]:
    """Return the health snapshots of the last days, oldest first."""
    since = now - timedelta(days=days)
    found = (snapshot for snapshot in records if snapshot.instant >= since)
    return sorted(found, key=lambda snapshot: snapshot.instant)


def _modified(log: LogFile) -> datetime:
    return datetime.fromtimestamp(log.mtime_ns / 1e9, UTC)


def log_row(log: LogFile, now: datetime) -> LogRow:
    """Return the row of one log."""
    modified = _modified(log)
    return {
        "log_id": log.log_id,
        "size_mb": log.size / MB,
        "modified": modified,
        "age_days": (now - modified) / timedelta(days=1),
        "is_compressed": log.compressed,
    }


def period(name: str, found: list[HealthSnapshot]) -> Period:
    """Return metrics over the health snapshots of a length of time."""
    metrics = health.overall(found) if found else None
    return {
        "name": name,
        "snapshots": len(found),
        "worst": metrics["worst_severity"] if metrics else None,
        "ok": metrics["ok_count"] if metrics else 0,
        "warn": metrics["warn_count"] if metrics else 0,
        "critical": metrics["critical_count"] if metrics else 0,
        "disk_mb": metrics["disk_mb"]["avg"] if metrics else None,
        "parse_error_rate": metrics["parse_error_rate"]["avg"] if metrics else None,
    }


def rule_alert(stored: Mapping[str, object]) -> RuleAlertRow:
    """Return the row of a stored rule alert; what is no text is empty."""

    def text(key: str) -> str:
        value = stored.get(key)
        return value if isinstance(value, str) else ""

    return {
        "severity": text("severity"),
        "title": text("title"),
        "body": text("body"),
        "source": text("source"),
        "time": times.parse(stored.get("timestamp_utc")),
    }
