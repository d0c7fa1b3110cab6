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


Hours = Annotated[int, f.about("Length of the window that ends now", 24, unit="h")]


class AlertStats(TypedDict):
    """Counts of stored alerts in a window that ends now."""

    total: Annotated[int, f.about("Alerts of the window", 12)]
    by_severity: Annotated[
        dict[str, int],
        f.about("Exactly INFO, WARN, CRITICAL", {"INFO": 9, "WARN": 2, "CRITICAL": 1}),
    ]
    by_category: Annotated[
        dict[str, int],
        f.about("Exactly RISK, EXECUTION, SYSTEM", {"RISK": 9, "EXECUTION": 2, "SYSTEM": 1}),
    ]
    sessions_with_alerts: Annotated[int, f.about("Distinct session ids", 2)]
    last_critical: Annotated[
        f.Object | None, f.about("The newest CRITICAL alert, the full stored record", None)
    ]
    hours: Hours


class Runbook(TypedDict):
    """A document that says what to do."""

    id: Annotated[str, f.about("Id of the document", "live_risk_limits")]
    title: f.Text
    url: Annotated[
        str, f.about("As stored; a link only if http or https", "https://example.org/runbook")
    ]


class AlertItem(TypedDict):
    """One alert of the list."""

    id: Annotated[str, f.about("Id as stored; not unique", "alert_0123456789ab")]
    title: f.Text
    body: Annotated[str, f.about("Longer than 200 characters: cut at a blank", "Loss is 5 %")]
    severity: Annotated[str, f.about("INFO, WARN, CRITICAL or another stored text", "WARN")]
    category: Annotated[str, f.about("RISK, EXECUTION, SYSTEM or another stored text", "RISK")]
    source: Annotated[str, f.about("Part that gave the alert", "live_risk_limits")]
    session_id: Annotated[str | None, f.about("Session it is about", None)]
    timestamp: f.Iso
    timestamp_display: Annotated[
        str, f.about("dd.mm.YYYY HH:MM:SS in the stored offset", "15.01.2026 18:30:00")
    ]
    runbooks: Annotated[list[Runbook], f.about("Documents that say what to do")]


class AlertFilters(TypedDict):
    """Filters as received."""

    hours: Hours
    severity: Annotated[list[str] | None, f.about("As received", ["WARN"])]
    category: Annotated[list[str] | None, f.about("As received", None)]
    session_id: Annotated[str | None, f.about("As received", None)]


class AlertList(TypedDict):
    """Alerts of a window."""

    alerts: Annotated[list[AlertItem], f.about("Newest first")]
    total: Annotated[int, f.about("Alerts of the window without the other filters", 12)]
    filtered: f.Count
    limit: f.Limit
    filters: Annotated[AlertFilters, f.about("Filters as received")]


class HoursParams(Params):
    """Parameters of alert statistics."""

    hours: int = Field(24, ge=1, le=168, description="Length of the window, hours")


class AlertsParams(HoursParams):
    """Parameters of the list of alerts."""

    limit: int = Field(100, ge=1, le=500, description="Number of alerts, the newest ones")
    severity: list[str] | None = Field(
        None, description="Any of these, without case; repeatable", examples=[["WARN", "CRITICAL"]]
    )
    category: list[str] | None = Field(
        None, description="Any of these, without case; repeatable", examples=[["RISK"]]
    )
    session_id: str | None = Field(
        None, description="Exact session id; empty for all", examples=["s1"]
    )


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
