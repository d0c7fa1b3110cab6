"""Payloads of the daily alert store: list and statistics of a window that ends now."""

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


BODY_LENGTH: Final = 200


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


class Runbook(TypedDict):
    """A document that says what to do."""

    id: str
    title: str
    url: Annotated[str, Field(description="As stored; a link only if http or https")]


class AlertItem(TypedDict):
    """One alert of the list."""

    id: str
    title: str
    body: Annotated[str, Field(description="Longer than 200 characters: cut at a blank")]
    severity: str
    category: str
    source: str
    session_id: str | None
    timestamp: f.Iso
    timestamp_display: Annotated[str, Field(description="dd.mm.YYYY HH:MM:SS, stored offset")]
    runbooks: list[Runbook]


class AlertFilters(TypedDict):
    """Filters as received."""

    hours: int
    severity: list[str] | None
    category: list[str] | None
    session_id: str | None


class AlertList(TypedDict):
    """Alerts of a window."""

    alerts: list[AlertItem]
    total: Annotated[int, Field(description="Alerts of the window without the other filters")]
    filtered: Annotated[int, Field(description="Number of alerts in this answer")]
    limit: int
    filters: AlertFilters


class HoursParams(Params):
    """Parameters of alert statistics."""

    hours: int = Field(24, ge=1, le=168, description="Length of the window, hours")


class AlertsParams(HoursParams):
    """Parameters of the list of alerts."""

    limit: int = Field(100, ge=1, le=500, description="Number of alerts, the newest ones")
    severity: list[str] | None = Field(None, description="Any of these, without case; repeatable")
    category: list[str] | None = Field(None, description="Any of these, without case; repeatable")
    session_id: str | None = Field(None, description="Exact session id; empty for all")


async def live_alerts(context: Context, params: AlertsParams) -> AlertList:
    """List alerts of the last hours, newest first: filtered, then cut to `limit`."""
    since = context.now - timedelta(hours=params.hours)
    found = await context.store.alerts(since, context.now)
    chosen = select(found, params)[: params.limit]
    return {
        "alerts": [alert_item(alert) for alert in chosen],
        "total": len(found),
        "filtered": len(chosen),
        "limit": params.limit,
        "filters": {
            "hours": params.hours,
            "severity": params.severity,
            "category": params.category,
            "session_id": params.session_id,
        },
    }


def select(alerts: list[Alert], params: AlertsParams) -> list[Alert]:
    """Return the alerts that pass all filters but the window and the limit."""
    severities = {name.upper() for name in params.severity or ()}
    categories = {name.upper() for name in params.category or ()}
    return [
        alert
        for alert in alerts
        if (not severities or alert.severity.upper() in severities)
        and (not categories or alert.category.upper() in categories)
        and (not params.session_id or alert.session_id == params.session_id)
    ]


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


def alert_item(alert: Alert) -> AlertItem:
    """Return the list entry of an alert."""
    return {
        "id": alert.id,
        "title": alert.title,
        "body": shortened(alert.body),
        "severity": alert.severity,
        "category": alert.category,
        "source": alert.source,
        "session_id": alert.session_id,
        "timestamp": alert.timestamp.isoformat(),
        "timestamp_display": display_time(alert),
        "runbooks": runbooks(alert),
    }


def shortened(body: str) -> str:
    """Return up to 200 characters; a longer text is cut at its last blank and ends with `...`."""
    if len(body) <= BODY_LENGTH:
        return body
    cut = body[:BODY_LENGTH]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut) + "..."


def runbooks(alert: Alert) -> list[Runbook]:
    """Return the runbooks of an alert; entries that are no objects are left out."""
    stored = alert.context.get("runbooks")
    return [
        {"id": _text(item, "id"), "title": _text(item, "title"), "url": _text(item, "url")}
        for item in (stored if isinstance(stored, list) else [])
        if isinstance(item, dict)
    ]


def _text(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""


def display_time(alert: Alert) -> str:
    """Return an alert's time as `dd.mm.YYYY HH:MM:SS` in its stored offset."""
    return f"{alert.timestamp:%d.%m.%Y %H:%M:%S}"
