"""Payload of the telemetry page: checks, disk, policy, logs, trends and the latest rule alerts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, NotRequired

from typing_extensions import TypedDict

from peak_trade.artifacts import times
from peak_trade.artifacts.telemetry import HealthSnapshot, LogFile
from peak_trade.contract.base import fields as f
from peak_trade.contract.base.freshness import Freshness, freshness
from peak_trade.contract.base.life import Lives, lives
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.telemetry import health
from peak_trade.contract.telemetry import params as health_params
from peak_trade.contract.telemetry import schema as health_schema
from peak_trade.store.families import Log

MAX_LOGS: Final = 50
MAX_ALERTS: Final = 20
DAYS: Final = 30
MB: Final = 2**20


class Policy(TypedDict):
    """What the tool that clears logs up keeps to; it is a program of its own, as the logs are."""

    max_age_days: Annotated[int, f.about("Older logs are removed", 30, unit="d")]
    max_sessions: Annotated[int, f.about("More logs are removed, the oldest first", 200)]
    max_total_mb: Annotated[
        int, f.about("Of a larger directory the oldest logs are removed", 2048, unit="MB")
    ]
    compress_after_days: Annotated[int, f.about("Older logs are compressed", 7, unit="d")]


POLICY: Final[Policy] = {
    "max_age_days": 30,
    "max_sessions": 200,
    "max_total_mb": 2048,
    "compress_after_days": 7,
}


class LogRow(TypedDict):
    """One telemetry log."""

    log_id: Annotated[str, f.about("Name of the log", "session_20260115_shadow_a1b2c3")]
    size_mb: Annotated[float, f.about("Size of the file", 1.5, unit="MB")]
    modified: Annotated[datetime, f.about("When it was written to last", f.EXAMPLE_TIME)]
    age_days: Annotated[float, f.about("Time since then", 2.5, unit="d")]
    is_compressed: Annotated[bool, f.about("It is a `.jsonl.gz`", False)]
    freshness: Annotated[Freshness, f.about("Whether its session, else the log itself, lives")]
    root: NotRequired[f.Root]


class Period(TypedDict):
    """Health snapshots of a length of time that ends now."""

    name: Annotated[str, f.about("24 h, 7 d or 30 d", "7 d")]
    snapshots: Annotated[int, f.about("Number of health snapshots", 7)]
    worst: Annotated[str | None, f.about("ok, warn or critical; null without any", "ok")]
    ok: Annotated[int, f.about("Those that are ok", 7)]
    warn: Annotated[int, f.about("Those that warn", 0)]
    critical: Annotated[int, f.about("Those that are critical", 0)]
    disk_mb: Annotated[float | None, f.about("Mean", 120.5, unit="MB")]
    parse_error_rate: Annotated[float | None, f.about("Mean, percent", 0.1, unit="percent")]


class Point(TypedDict):
    """One health snapshot, for drawing."""

    time: Annotated[datetime, f.about("Time of the snapshot", f.EXAMPLE_TIME)]
    disk_mb: Annotated[float | None, f.about("Size of the directory", 120.5, unit="MB")]
    parse_error_rate: Annotated[
        float | None, f.about("Lines that could not be read", 0.1, unit="percent")
    ]


class RuleAlertRow(TypedDict):
    """One telemetry rule alert."""

    severity: Annotated[str, f.about("As stored", "warn")]
    title: Annotated[str, f.about("As stored", "Disk")]
    body: Annotated[str, f.about("As stored", "Disk usage is high")]
    source: Annotated[str, f.about("Rule that gave it", "rule:disk")]
    time: Annotated[datetime | None, f.about("When it was given", f.EXAMPLE_TIME)]


class TelemetryPayload(TypedDict):
    """What the telemetry page shows."""

    health: Annotated[health_schema.TelemetryHealth, f.about("Checks of the directory")]
    exists: Annotated[bool, f.about("There is a telemetry directory", True)]
    policy: Annotated[Policy, f.about("When logs are compressed and removed")]
    total_mb: Annotated[float, f.about("All files below the directory", 120.5, unit="MB")]
    sampled_lines: Annotated[int, f.about("Lines of the newest logs that were looked at", 1000)]
    invalid_lines: Annotated[int, f.about("Those of them that are no event", 0)]
    logs_total: Annotated[int, f.about("Number of logs", 12)]
    compressed: Annotated[int, f.about("Compressed logs among them", 3)]
    logs: Annotated[list[LogRow], f.about("The 50 last modified, newest first")]
    newest: Annotated[datetime | None, f.about("When a log was written to last", f.EXAMPLE_TIME)]
    freshness: Annotated[Freshness | None, f.about("Of that log; null without logs")]
    periods: Annotated[list[Period], f.about("24 h, 7 d, 30 d")]
    points: Annotated[list[Point], f.about("Snapshots of 30 days, oldest first")]
    degradation: Annotated[
        health_schema.Degradation | None, f.about("Whether it gets worse; null without snapshots")
    ]
    alerts: Annotated[list[RuleAlertRow], f.about("The latest 20, last written first")]


async def telemetry_page(context: Context, params: Params) -> TelemetryPayload:
    """Give the state of the telemetry directory."""
    usage = await context.store.telemetry_usage()
    logs = (await context.store.logs()).logs.values()
    found = snapshots((await context.store.health_snapshots()).state.records, context.now, DAYS)
    latest = await health.latest_alerts(context, health_params.LatestParams(limit=MAX_ALERTS))
    alive = await lives(context)
    ordered = sorted(logs, key=lambda log: (log.mtime_ns, log.log_id), reverse=True)
    rows = [log_row(log, context, alive) for log in ordered[:MAX_LOGS]]
    return {
        "health": health.health_of(usage, context.now),
        "exists": usage.exists,
        "policy": POLICY,
        "total_mb": usage.size_bytes / MB,
        "sampled_lines": usage.sampled_lines,
        "invalid_lines": usage.invalid_lines,
        "logs_total": len(ordered),
        "compressed": sum(log.compressed for log in ordered),
        "logs": rows,
        "newest": rows[0]["modified"] if rows else None,
        "freshness": rows[0]["freshness"] if rows else None,
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


def log_row(log: LogFile, context: Context, alive: Lives) -> LogRow:
    """Return the row of one log."""
    modified, local = _modified(log), context.store.local
    record, lines = local.sessions.by_id.get(log.log_id), local.log_lines.get(log.log_id)
    judged = alive.session(record) if record else alive.log(log.log_id, (lines or Log()).totals)
    row: LogRow = {
        "log_id": log.log_id,
        "size_mb": log.size / MB,
        "modified": modified,
        "age_days": (context.now - modified) / timedelta(days=1),
        "is_compressed": log.compressed,
        "freshness": freshness(judged),
    }
    return {**row, "root": log.root} if log.root else row


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
