"""Payloads of telemetry health: the four checks, their history, and the latest rule alerts."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import Final, cast

from peak_trade.artifacts.telemetry import HealthSnapshot
from peak_trade.contract.base import fields as f
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.telemetry.params import LatestParams, TrendsParams
from peak_trade.contract.telemetry.schema import (
    Degradation,
    LatestAlerts,
    Overall,
    RuleAlert,
    Spread,
    TelemetryHealth,
    Trends,
    TrendWindow,
)
from peak_trade.derive.telemetry_health import (
    EXIT_CODES,
    RANKS,
    Usage,
    health_checks,
    worst,
)

WINDOW: Final = 10
MIN_FOR_GROWTH: Final = 3


async def telemetry_health(context: Context, params: Params) -> TelemetryHealth:
    """Check the telemetry directory."""
    return health_of(await context.store.telemetry_usage(), context.now)


def health_of(usage: Usage, now: datetime) -> TelemetryHealth:
    """Return the four checks and what they come to."""
    checks = health_checks(usage, now.timestamp())
    status = worst(checks)
    return {
        "timestamp": now.isoformat(),
        "status": status,
        "exit_code": EXIT_CODES[status],
        "checks": checks,
    }


async def trends(context: Context, params: TrendsParams) -> Trends:
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

    def last(hours: int) -> TrendWindow | None:
        return _window([s for s in found if s.instant >= context.now - timedelta(hours=hours)])

    return {
        "period_days": params.days,
        "snapshots_found": len(found),
        "period_start": found[0].instant.isoformat(),
        "period_end": found[-1].instant.isoformat(),
        "overall": overall(found),
        "last_24h": last(24),
        "last_7d": last(24 * 7),
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


def overall(found: list[HealthSnapshot]) -> Overall:
    """Return metrics over health snapshots; there is at least one."""
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


def _spread(values: list[float]) -> Spread:
    if not values:
        return {"min": None, "avg": None, "max": None}
    return {"min": min(values), "avg": sum(values) / len(values), "max": max(values)}


def _window(found: list[HealthSnapshot]) -> TrendWindow | None:
    if not found:
        return None
    counts = _counts(found)
    return {
        "snapshots": len(found),
        "worst_severity": _worst(found),
        "warn_count": counts["warn"],
        "critical_count": counts["critical"],
    }


def degradation(found: list[HealthSnapshot]) -> Degradation:
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
