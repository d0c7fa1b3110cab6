"""Payloads of the daily alert store: statistics."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import Field
from typing_extensions import TypedDict

from peak_trade.artifacts.alerts import Alert
from peak_trade.contract import fields as f
from peak_trade.contract.route import Context, Params

SEVERITIES: Final = ("INFO", "WARN", "CRITICAL")
CATEGORIES: Final = ("RISK", "EXECUTION", "SYSTEM")


class AlertStats(TypedDict):
    """Counts of stored alerts in a window that ends now."""

    total: int
    by_severity: Annotated[dict[str, int], Field(description="Exactly INFO, WARN, CRITICAL")]
    by_category: Annotated[dict[str, int], Field(description="Exactly RISK, EXECUTION, SYSTEM")]
    sessions_with_alerts: Annotated[int, Field(description="Distinct session ids")]
    last_critical: Annotated[
        f.Object | None, Field(description="The newest CRITICAL alert, the full stored record")
    ]
    hours: int


class HoursParams(Params):
    """Parameters of alert statistics."""

    hours: int = Field(24, ge=1, le=168, description="Length of the window, hours")


async def live_alerts_stats(context: Context, params: HoursParams) -> AlertStats:
    """Count alerts of the last hours."""
    since = context.now - timedelta(hours=params.hours)
    return alert_stats(await context.store.alerts(since, context.now), params.hours)


def alert_stats(alerts: list[Alert], hours: int) -> AlertStats:
    """Return counts over alerts, newest first; severity and category compare without case."""
    severities = Counter(alert.severity.upper() for alert in alerts)
    categories = Counter(alert.category.upper() for alert in alerts)
    critical = (alert for alert in alerts if alert.severity.upper() == "CRITICAL")
    newest = next(critical, None)
    return {
        "total": len(alerts),
        "by_severity": {name: severities[name] for name in SEVERITIES},
        "by_category": {name: categories[name] for name in CATEGORIES},
        "sessions_with_alerts": len({a.session_id for a in alerts if a.session_id}),
        "last_critical": stored_alert(newest) if newest else None,
        "hours": hours,
    }


def stored_alert(alert: Alert) -> dict[str, Any]:
    """Return the stored record of an alert."""
    return {
        "id": alert.id,
        "title": alert.title,
        "body": alert.body,
        "severity": alert.severity,
        "category": alert.category,
        "source": alert.source,
        "session_id": alert.session_id,
        "timestamp": alert.timestamp.isoformat(),
        "context": alert.context,
        "stored_at": alert.stored_at,
    }


def display_time(alert: Alert) -> str:
    """Return an alert's time as `dd.mm.YYYY HH:MM:SS` in its stored offset."""
    return f"{alert.timestamp:%d.%m.%Y %H:%M:%S}"
