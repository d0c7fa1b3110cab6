"""What routes and pages say of stored alerts."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from peak_trade.contract.base import fields as f

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
