"""Payloads of telemetry health: the four checks, their history, and the latest rule alerts."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import Annotated, Final, NotRequired, cast

from pydantic import Field
from typing_extensions import TypedDict

from peak_trade.artifacts.telemetry import HealthSnapshot
from peak_trade.contract import fields as f
from peak_trade.contract.route import Context, Params
from peak_trade.derive.telemetry_health import (
    EXIT_CODES,
    RANKS,
    HealthCheck,
    Usage,
    health_checks,
    worst,
)

WINDOW: Final = 10
MIN_FOR_GROWTH: Final = 3


WarnCount = Annotated[int, f.about("Snapshots that warn", 2)]
CriticalCount = Annotated[int, f.about("Snapshots that are critical", 0)]


class TelemetryHealth(TypedDict):
    """The four checks of the telemetry directory."""

    timestamp: f.AsOf
    status: Annotated[str, f.about("The worst of the checks: ok, warn or critical", "ok")]
    exit_code: Annotated[int, f.about("0 ok, 2 warn, 3 critical", 0)]
    checks: Annotated[list[HealthCheck], f.about("Disk, retention, compression, parse errors")]


class Spread(TypedDict):
    """Figures over the snapshots that have the value; null without any."""

    min: Annotated[float | None, f.about("Smallest", 10.0)]
    avg: Annotated[float | None, f.about("Mean", 12.5)]
    max: Annotated[float | None, f.about("Greatest", 15.0)]


class TrendWindow(TypedDict):
    """Snapshots of the last hours or days in short."""

    snapshots: f.Total
    worst_severity: f.Severity
    warn_count: WarnCount
    critical_count: CriticalCount


class Overall(TypedDict):
    """Figures over all snapshots of the period."""

    worst_severity: f.Severity
    ok_count: Annotated[int, f.about("Snapshots that are ok", 20)]
    warn_count: WarnCount
    critical_count: CriticalCount
    disk_mb: Annotated[Spread, f.about("Size of the directory", unit="MiB")]
    parse_error_rate: Annotated[Spread, f.about("Lines that could not be read", unit="%")]


class Degradation(TypedDict):
    """Whether the last snapshots get worse."""

    degrading: Annotated[bool, f.about("There is at least one reason", False)]
    reasons: Annotated[list[str], f.about("Why", ["High critical rate (5/10)"])]
    critical_count: CriticalCount
    warn_count: WarnCount
    window_size: Annotated[int, f.about("Snapshots looked at, at most 10", 10)]


class TrendPoint(TypedDict):
    """One snapshot."""

    ts: f.Iso
    severity: Annotated[str, f.about("As stored", "ok")]
    disk_mb: Annotated[float | None, f.about("Size of the directory", 12.5, unit="MiB")]
    parse_error_rate: Annotated[
        float | None, f.about("Lines that could not be read", 0.5, unit="%")
    ]


class Trends(TypedDict):
    """History of telemetry health; without snapshots a message and a hint instead of figures."""

    period_days: Annotated[int, f.about("Length of the period", 30, unit="d")]
    snapshots_found: f.Total
    message: NotRequired[f.Text]
    hint: NotRequired[f.Text]
    period_start: NotRequired[Annotated[str, f.about("First snapshot", f.EXAMPLE_TIME)]]
    period_end: NotRequired[Annotated[str, f.about("Last snapshot", f.EXAMPLE_TIME)]]
    overall: NotRequired[Annotated[Overall, f.about("Figures over the whole period")]]
    last_24h: NotRequired[Annotated[TrendWindow | None, f.about("Null without snapshots")]]
    last_7d: NotRequired[Annotated[TrendWindow | None, f.about("Null without snapshots")]]
    degradation: NotRequired[Annotated[Degradation, f.about("Whether it gets worse")]]
    time_series: NotRequired[Annotated[list[TrendPoint], f.about("Oldest first")]]


class TrendsParams(Params):
    """Parameters of the history."""

    days: int = Field(30, ge=1, le=365, description="Length of the period, days")


class LatestParams(Params):
    """Parameters of the latest rule alerts."""

    limit: int = Field(50, ge=1, le=500, description="Number of alerts, last written first")
    severity: str | None = Field(
        None, description="Exact: info, warn or critical", examples=["warn"]
    )


class RuleAlert(TypedDict):
    """One telemetry rule alert; further stored keys are passed on."""

    id: Annotated[str, f.about("Id as stored", "5e1f")]
    timestamp_utc: f.Iso
    source: Annotated[str, f.about("`rule:` and the id of the rule", "rule:health_critical")]
    severity: Annotated[str, f.about("info, warn or critical", "warn")]
    title: f.Text
    body: f.Text
    labels: Annotated[dict[str, str], f.about("As stored", {"rule_id": "health_critical"})]
    dedupe_key: Annotated[str | None, f.about("Equal for repeated alerts", "health_critical:t")]
    sample_payload: Annotated[f.Object | None, f.about("Evidence, as stored", None)]


class LatestAlerts(TypedDict):
    """The latest telemetry rule alerts, last written first."""

    alerts: Annotated[list[RuleAlert], f.about("Last written first")]
    count: f.Count
    severity_filter: Annotated[str | None, f.about("As received", None)]


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
    """Return figures over health snapshots; there is at least one."""
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
