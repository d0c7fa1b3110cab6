"""Payloads of telemetry health: the four checks, their history, and the latest rule alerts."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import Annotated, Any, Final, cast

from pydantic import Field
from typing_extensions import TypedDict

from peak_trade.artifacts.telemetry import HealthSnapshot
from peak_trade.artifacts.telemetry_usage import Usage
from peak_trade.contract import fields as f
from peak_trade.contract.route import Context, Params

EXIT_CODES: Final = {"ok": 0, "warn": 2, "critical": 3}
RANKS: Final = {"ok": 0, "warn": 1, "critical": 2}
DISK_MB: Final = (1500.0, 1900.0)
RETENTION_HOURS: Final = (48.0, 168.0)
COMPRESSION_PERCENT: Final = (10.0, 25.0)
PARSE_PERCENT: Final = (5.0, 15.0)
WINDOW: Final = 10
MIN_FOR_GROWTH: Final = 3
Thresholds = tuple[float, float]


class HealthCheck(TypedDict):
    """One check with its thresholds."""

    name: str
    status: Annotated[str, Field(description="ok, warn or critical")]
    message: str
    value: float | None
    threshold_warn: float | None
    threshold_critical: float | None


class TelemetryHealth(TypedDict):
    """The four checks of the telemetry directory."""

    timestamp: f.Iso
    status: Annotated[str, Field(description="The worst of the checks")]
    exit_code: Annotated[int, Field(description="0 ok, 2 warn, 3 critical")]
    checks: list[HealthCheck]


class TrendsParams(Params):
    """Parameters of the history."""

    days: int = Field(30, ge=1, le=365, description="Length of the period, days")


class LatestParams(Params):
    """Parameters of the latest rule alerts."""

    limit: int = Field(50, ge=1, le=500, description="Number of alerts, last written first")
    severity: str | None = Field(None, description="Exact: info, warn or critical")


class RuleAlert(TypedDict):
    """One telemetry rule alert; further stored keys are passed on."""

    id: str
    timestamp_utc: f.Iso
    source: Annotated[str, Field(description="`rule:` and the id of the rule")]
    severity: Annotated[str, Field(description="info, warn or critical")]
    title: str
    body: str
    labels: dict[str, str]
    dedupe_key: str | None
    sample_payload: f.Object | None


class LatestAlerts(TypedDict):
    """The latest telemetry rule alerts, last written first."""

    alerts: list[RuleAlert]
    count: int
    severity_filter: str | None


async def telemetry_health(context: Context, params: Params) -> TelemetryHealth:
    """Check the telemetry directory."""
    usage = await context.store.telemetry_usage()
    checks = health_checks(usage, context.now.timestamp())
    status = max((check["status"] for check in checks), key=RANKS.__getitem__)
    return {
        "timestamp": context.now.isoformat(),
        "status": status,
        "exit_code": EXIT_CODES[status],
        "checks": checks,
    }


def health_checks(usage: Usage, now: float) -> list[HealthCheck]:
    """Return the four checks; `now` in unix seconds."""
    return [
        _disk(usage.size_bytes / 2**20),
        _retention(usage.retention_mtime_ns, now),
        _compression(usage),
        _parse_errors(usage),
    ]


def _status(value: float, thresholds: Thresholds) -> str:
    warn, critical = thresholds
    return "critical" if value >= critical else "warn" if value >= warn else "ok"


def _check(
    name: str, status: str, message: str, value: float | None, thresholds: Thresholds | None
) -> HealthCheck:
    return {
        "name": name,
        "status": status,
        "message": message,
        "value": value,
        "threshold_warn": thresholds[0] if thresholds else None,
        "threshold_critical": thresholds[1] if thresholds else None,
    }


def _long(status: str) -> str:
    return "warning" if status == "warn" else status


def _disk(size: float) -> HealthCheck:
    status = _status(size, DISK_MB)
    outcome = "is within limits" if status == "ok" else f"exceeds {_long(status)} threshold"
    return _check("disk_usage", status, f"Disk usage {size:.1f} MB {outcome}", size, DISK_MB)


def _retention(mtime_ns: int | None, now: float) -> HealthCheck:
    name = "retention_staleness"
    if mtime_ns is None:
        message = "No retention history found (first run or no logs)"
        return _check(name, "ok", message, None, None)
    hours = (now - mtime_ns / 1e9) / 3600
    status = _status(hours, RETENTION_HOURS)
    message = (
        f"Retention last run {hours:.1f} hours ago (ok)"
        if status == "ok"
        else f"Retention hasn't run in {hours:.1f} hours ({_long(status)})"
    )
    return _check(name, status, message, hours, RETENTION_HOURS)


def _compression(usage: Usage) -> HealthCheck:
    name = "compression_failures"
    if not usage.exists:
        return _check(name, "ok", "No telemetry logs found", 0.0, None)
    rate = 100 * usage.temporary / usage.logs if usage.logs else 0.0
    status = _status(rate, COMPRESSION_PERCENT)
    message = f"Compression failure rate {rate:.1f}% ({_long(status)})"
    return _check(name, status, message, rate, COMPRESSION_PERCENT)


def _parse_errors(usage: Usage) -> HealthCheck:
    name = "parse_error_rate"
    if not usage.exists:
        return _check(name, "ok", "No telemetry logs found", 0.0, None)
    if not usage.logs:
        return _check(name, "ok", "No log files to check", 0.0, PARSE_PERCENT)
    lines, invalid = usage.sampled_lines, usage.invalid_lines
    rate = 100 * invalid / lines if lines else 0.0
    status = _status(rate, PARSE_PERCENT)
    sampled = " sampled" if status == "ok" else ""
    message = f"Parse error rate {rate:.1f}% ({invalid}/{lines} lines{sampled})"
    return _check(name, status, message, rate, PARSE_PERCENT)


async def trends(context: Context, params: TrendsParams) -> f.Object:
    """Give the history of telemetry health."""
    lines = await context.store.health_snapshots()
    since = context.now - timedelta(days=params.days)
    found = sorted(
        (snapshot for snapshot in lines.state.records if snapshot.instant >= since),
        key=lambda snapshot: snapshot.instant,
    )
    if not found:
        return {
            "period_days": params.days,
            "snapshots_found": 0,
            "message": "No health snapshots found in this period",
            "hint": "Run `peak-trade telemetry health --snapshot` regularly to build a history",
        }
    recent = {
        name: _window([s for s in found if s.instant >= context.now - timedelta(hours=hours)])
        for name, hours in (("last_24h", 24), ("last_7d", 24 * 7))
    }
    return {
        "period_days": params.days,
        "snapshots_found": len(found),
        "period_start": found[0].instant.isoformat(),
        "period_end": found[-1].instant.isoformat(),
        "overall": _overall(found),
        **recent,
        "degradation": degradation(found),
        "time_series": [
            {
                "ts": snapshot.instant.isoformat(),
                "severity": snapshot.severity,
                "disk_mb": snapshot.disk_mb,
                "parse_error_rate": snapshot.parse_error_rate,
            }
            for snapshot in found
        ],
    }


def _counts(found: list[HealthSnapshot]) -> dict[str, int]:
    return {name: sum(s.severity == name for s in found) for name in RANKS}


def _worst(found: list[HealthSnapshot]) -> str:
    # A severity that is not known may hide a failure: it counts as warn.
    return max(
        (s.severity if s.severity in RANKS else "warn" for s in found), key=RANKS.__getitem__
    )


def _overall(found: list[HealthSnapshot]) -> dict[str, Any]:
    counts = _counts(found)
    return {
        "worst_severity": _worst(found),
        "ok_count": counts["ok"],
        "warn_count": counts["warn"],
        "critical_count": counts["critical"],
        "disk_mb": _spread([s.disk_mb for s in found if s.disk_mb is not None]),
        "parse_error_rate": _spread(
            [s.parse_error_rate for s in found if s.parse_error_rate is not None]
        ),
    }


def _spread(values: list[float]) -> dict[str, float | None]:
    if not values:
        return {"min": None, "avg": None, "max": None}
    return {"min": min(values), "avg": sum(values) / len(values), "max": max(values)}


def _window(found: list[HealthSnapshot]) -> dict[str, Any] | None:
    if not found:
        return None
    counts = _counts(found)
    return {
        "snapshots": len(found),
        "worst_severity": _worst(found),
        "warn_count": counts["warn"],
        "critical_count": counts["critical"],
    }


def degradation(found: list[HealthSnapshot]) -> dict[str, Any]:
    """Return whether the last snapshots, oldest first, get worse, and why."""
    last = found[-WINDOW:]
    size = len(last)
    counts = _counts(last)
    critical, warn = counts["critical"], counts["warn"]
    reasons = []
    if critical >= 0.5 * size:
        reasons.append(f"High critical rate ({critical}/{size})")
    if critical + warn >= 0.7 * size:
        reasons.append(f"High warn+critical rate ({critical + warn}/{size})")
    growth = _disk_growth(last)
    if growth:
        reasons.append(growth)
    return {
        "degrading": bool(reasons),
        "reasons": reasons,
        "critical_count": critical,
        "warn_count": warn,
        "window_size": size,
    }


def _disk_growth(last: list[HealthSnapshot]) -> str | None:
    if len(last) < MIN_FOR_GROWTH:
        return None
    half = len(last) // 2
    first = _spread([s.disk_mb for s in last[:half] if s.disk_mb is not None])["avg"]
    second = _spread([s.disk_mb for s in last[half:] if s.disk_mb is not None])["avg"]
    if first is None or second is None or second <= 1.2 * first:
        return None
    return f"Disk usage increasing ({first:.1f} → {second:.1f} MB)"


async def latest_alerts_revision(context: Context, params: LatestParams) -> int:
    """Return the revision of the rule alerts."""
    return (await context.store.rule_alerts()).revision


async def latest_alerts(context: Context, params: LatestParams) -> LatestAlerts:
    """Give the latest telemetry rule alerts."""
    lines = await context.store.rule_alerts()
    chosen = (
        record
        for record in reversed(lines.state.records)
        if not params.severity or record["severity"] == params.severity
    )
    alerts = [rule_alert(record) for record in islice(chosen, params.limit)]
    return {"alerts": alerts, "count": len(alerts), "severity_filter": params.severity}


def rule_alert(record: f.Object) -> RuleAlert:
    """Return a stored rule alert; documented keys of a wrong type count as missing."""

    def text(key: str) -> str:
        return found if isinstance(found := record.get(key), str) else ""

    labels, payload = record.get("labels"), record.get("sample_payload")
    labels = labels if isinstance(labels, dict) else {}
    shown: RuleAlert = {
        "id": text("id"),
        "timestamp_utc": text("timestamp_utc"),
        "source": text("source"),
        "severity": text("severity"),
        "title": text("title"),
        "body": text("body"),
        "labels": {key: value for key, value in labels.items() if isinstance(value, str)},
        "dedupe_key": text("dedupe_key") or None,
        "sample_payload": payload if isinstance(payload, dict) else None,
    }
    further = {key: value for key, value in record.items() if key not in shown}
    return cast("RuleAlert", {**further, **shown})
