"""What routes and pages say of telemetry and its health."""

from __future__ import annotations

from typing import Annotated, Final, NotRequired

from typing_extensions import TypedDict

from peak_trade.contract.base import fields as f
from peak_trade.derive.telemetry_health import (
    HealthCheck,
)

MS: Final = "ms"


Received = Annotated[str | None, f.about("As received, null if empty", None)]


TelemetryQuery = TypedDict(
    "TelemetryQuery",
    {
        "session_id": Received,
        "type": Received,
        "symbol": Received,
        "from": Received,
        "to": Received,
        "limit": f.Limit,
    },
)
"""Filters as received."""


WarnCount = Annotated[int, f.about("Snapshots that warn", 2)]


CriticalCount = Annotated[int, f.about("Snapshots that are critical", 0)]


class Latency(TypedDict):
    """Time from the last intent of the symbol to an order, milliseconds."""

    min: Annotated[float, f.about("Shortest", 12.0, unit=MS)]
    max: Annotated[float, f.about("Longest", 250.0, unit=MS)]
    median: Annotated[float, f.about("Upper median", 40.0, unit=MS)]
    p95: Annotated[float | None, f.about("95th percentile; null up to 20 values", 180.0, unit=MS)]


class TelemetrySummary(TypedDict):
    """Metrics over the events of the answer."""

    total_events: Annotated[int, f.about("Events of this answer", 5)]
    counts_by_type: f.ByName
    unique_symbols: NotRequired[Annotated[list[str], f.about("Sorted", ["BTC/EUR"])]]
    unique_sessions: NotRequired[Annotated[list[str], f.about("Sorted", ["default"])]]
    first_ts: NotRequired[Annotated[str, f.about("Earliest time, as stored", f.EXAMPLE_TIME)]]
    last_ts: NotRequired[Annotated[str, f.about("Latest time, as stored", f.EXAMPLE_TIME)]]
    latency_ms: NotRequired[
        Annotated[Latency, f.about("From the last intent of a symbol to each of its orders")]
    ]


class TelemetryStats(TypedDict):
    """Lines of the logs looked at, whatever the filters."""

    total_lines: Annotated[int, f.about("All lines, blank ones too", 1000)]
    valid_events: Annotated[int, f.about("Lines that gave an event", 995)]
    invalid_lines: Annotated[int, f.about("Lines that gave none", 5)]
    error_rate: Annotated[float, f.about("invalid / total, 0.0 if none", 0.005, unit=f.FRACTION)]


class TelemetryEvents(TypedDict):
    """Telemetry events that match, oldest first."""

    summary: Annotated[TelemetrySummary, f.about("Metrics over the events of this answer")]
    timeline: Annotated[
        list[f.Object],
        f.about(
            "`ts`, `type`, `symbol`, `session_id`, `mode` and fields by type, oldest first",
            [{"ts": f.EXAMPLE_TIME, "type": "order", "symbol": "BTC/EUR", "side": "buy"}],
        ),
    ]
    query: Annotated[TelemetryQuery, f.about("Filters as received")]
    stats: Annotated[TelemetryStats, f.about("Lines of the logs looked at, unfiltered")]


class TelemetryHealth(TypedDict):
    """The four checks of the telemetry directory."""

    timestamp: f.AsOf
    status: Annotated[str, f.about("The worst of the checks: ok, warn or critical", "ok")]
    exit_code: Annotated[int, f.about("0 ok, 2 warn, 3 critical", 0)]
    checks: Annotated[list[HealthCheck], f.about("Disk, retention, compression, parse errors")]


class Spread(TypedDict):
    """Metrics over the snapshots that have the value; null without any."""

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
    """Metrics over all snapshots of the period."""

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
    """History of telemetry health; without snapshots a message and a hint instead of metrics."""

    period_days: Annotated[int, f.about("Length of the period", 30, unit="d")]
    snapshots_found: f.Total
    message: NotRequired[f.Text]
    hint: NotRequired[f.Text]
    period_start: NotRequired[Annotated[str, f.about("First snapshot", f.EXAMPLE_TIME)]]
    period_end: NotRequired[Annotated[str, f.about("Last snapshot", f.EXAMPLE_TIME)]]
    overall: NotRequired[Annotated[Overall, f.about("Metrics over the whole period")]]
    last_24h: NotRequired[Annotated[TrendWindow | None, f.about("Null without snapshots")]]
    last_7d: NotRequired[Annotated[TrendWindow | None, f.about("Null without snapshots")]]
    degradation: NotRequired[Annotated[Degradation, f.about("Whether it gets worse")]]
    time_series: NotRequired[Annotated[list[TrendPoint], f.about("Oldest first")]]


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
