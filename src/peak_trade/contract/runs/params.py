"""Query parameters of the routes of runs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from peak_trade.contract.base.route import Params


class TailParams(Params):
    """Parameters of the tail."""

    limit: int = Field(50, ge=1, le=500, description="Number of events, the last ones")


class RunAlertsParams(Params):
    """Parameters of a run's alerts."""

    limit: int = Field(20, ge=1, le=100, description="Number of alerts, the newest ones")


class EquityParams(Params):
    """Parameters of the equity curve."""

    limit: int = Field(500, ge=1, le=5000, description="Number of events, the last ones")


class RowsParams(Params):
    """Parameters of signals and positions."""

    limit: int = Field(200, ge=1, le=5000, description="Number of events, the last ones")


class OrdersParams(Params):
    """Parameters of orders."""

    limit: int = Field(500, ge=1, le=5000, description="Number of events, the last ones")
    only_nonzero: bool = Field(True, description="Leave out events whose counts are all 0 or null")


class EventsParams(Params):
    """Parameters of the event log."""

    since_seq: int = Field(0, ge=0, le=2**63 - 1, description="Position of the first event")
    limit: int = Field(200, ge=1, le=2000, description="Number of events at most")
    follow: bool = Field(False, description="Stream: go on with new events")
    max_seconds: int = Field(30, ge=1, le=600, description="Stream: end after this many seconds")
    sse: bool = Field(False, description="Answer as a stream of server-sent events")


class RunsV02Params(Params):
    """Parameters of the list of runs in the second form."""

    limit: int = Field(50, ge=1, le=200, description="Number of runs")


class ReportParams(Params):
    """Form and language of a report."""

    format: Literal["html", "json", "parquet"] = Field(
        "html", description="A document, what it says as JSON, or its statistics as a file"
    )
    language: Literal["en", "de"] = Field("en", description="Language of the document")


class RunReportParams(ReportParams):
    """Parameters of the report of a run."""

    other: str = Field("", description="Id of a run to show beside it", examples=["r2"])
