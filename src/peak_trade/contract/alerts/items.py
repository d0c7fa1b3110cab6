"""Payloads of the daily alert store: list and statistics of a window that ends now."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any, Final

from peak_trade.artifacts.alerts import Alert
from peak_trade.contract.alerts.params import AlertsParams, HoursParams
from peak_trade.contract.alerts.schema import AlertItem, AlertList, AlertStats, Runbook
from peak_trade.contract.base.route import Context

SEVERITIES: Final = ("INFO", "WARN", "CRITICAL")
CATEGORIES: Final = ("RISK", "EXECUTION", "SYSTEM")


BODY_LENGTH: Final = 200


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
