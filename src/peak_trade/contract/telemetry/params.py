"""Query parameters of the routes of telemetry."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from peak_trade.artifacts import times
from peak_trade.contract.base import fields as f
from peak_trade.contract.base.route import Params


def _time_bound(text: str) -> str:
    if text and times.parse(text) is None:
        raise PydanticCustomError(
            "datetime_parsing", "Input should be a valid time, such as 2026-01-15T18:30:00Z"
        )
    return text


TimeBound = Annotated[str, AfterValidator(_time_bound)]


class TelemetryParams(Params):
    """Parameters of the telemetry query."""

    session_id: str | None = Field(
        None, description="Only this log; empty for all logs", examples=["default"]
    )
    type: str | None = Field(None, description="Exact kind; empty for all", examples=["order"])
    symbol: str | None = Field(
        None, description="Exact symbol; empty for all", examples=["BTC/EUR"]
    )
    from_: TimeBound | None = Field(
        None, alias="from", description="Earliest time, ISO 8601", examples=[f.EXAMPLE_TIME]
    )
    to: TimeBound | None = Field(
        None, description="Latest time, ISO 8601", examples=[f.EXAMPLE_TIME]
    )
    limit: int = Field(200, ge=1, le=2000, description="Number of events, the newest ones")
    format: str = Field("json", pattern="^(json|csv)$", description="json or csv")


class TrendsParams(Params):
    """Parameters of the history."""

    days: int = Field(30, ge=1, le=365, description="Length of the period, days")


class LatestParams(Params):
    """Parameters of the latest rule alerts."""

    limit: int = Field(50, ge=1, le=500, description="Number of alerts, last written first")
    severity: str | None = Field(
        None, description="Exact: info, warn or critical", examples=["warn"]
    )
