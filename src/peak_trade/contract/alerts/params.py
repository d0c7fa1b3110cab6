"""Query parameters of the routes of stored alerts."""

from __future__ import annotations

from pydantic import Field

from peak_trade.contract.base.route import Params


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


class AlertsView(AlertsParams):
    """Filters of the page of alerts."""

    root: str = Field(
        "", description="Name of one of several roots; empty for all", examples=["paper"]
    )
