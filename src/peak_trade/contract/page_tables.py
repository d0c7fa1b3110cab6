"""The tables and charts of the pages as JSON, CSV or Parquet: the same rows for the same view."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field, field_validator

from peak_trade.contract import downloads, pages, runs
from peak_trade.contract.alerts import AlertsParams
from peak_trade.contract.alerts_page import alerts_page
from peak_trade.contract.execution import ExecutionParams
from peak_trade.contract.execution_page import execution_page
from peak_trade.contract.listing import Format
from peak_trade.contract.quality import QualityParams, quality
from peak_trade.contract.route import Build, Context, Params, Raw
from peak_trade.contract.telemetry_page import telemetry_page
from peak_trade.errors import NotFoundError
from peak_trade.jsonio import finite

Rows = Sequence[Mapping[str, Any]]

SINCE, UNTIL = "2026-01-15T17:30:00Z", "2026-01-15T18:30:00Z"


class AlertGroupsParams(AlertsParams, Format):
    """Filters of the alerts page, and the form."""


class ExecutionTableParams(ExecutionParams, Format):
    """Filters of the execution page, and the form."""


class QualityTableParams(QualityParams, Format):
    """Which table of the quality page, and the form."""

    table: Literal["kinds", "runs", "examples"] = Field(
        "kinds", description="Losses by kind, runs at fault, or single losses"
    )


class CurveTableParams(Format):
    """The window that is drawn, and the form. Times without offset are UTC."""

    since: datetime | None = Field(None, description="Begin of the window", examples=[SINCE])
    until: datetime | None = Field(None, description="End of the window", examples=[UNTIL])

    @field_validator("since", "until")
    @classmethod
    def _in_utc(cls, value: datetime | None) -> datetime | None:
        return value and pages.as_utc(value)


def table(rows: Callable[..., Awaitable[Rows]], name: str) -> Build:
    """Return the build function of a table; `name` is what a file is called."""

    async def build(context: Context, params: Format, **ids: str) -> Rows | Raw:
        found = await rows(context, params, **ids)
        called = "_".join([name, *ids.values()])
        if params.format == "json":
            return found
        make = downloads.as_csv if params.format == "csv" else downloads.rows_as_parquet
        return await context.store.compute(lambda: make(found, called))

    return build


async def alert_groups(context: Context, params: AlertGroupsParams) -> Rows:
    """Give the groups that the alerts page lists."""
    page = await alerts_page(context, params)
    texts = ("severity", "title", "body", "category", "source", "session_id")
    times = ("count", "first", "last", "is_flapping")
    return [
        {name: group["newest"][name] for name in texts}  # type: ignore[literal-required]
        | {name: group[name] for name in times}  # type: ignore[literal-required]
        for group in page["groups"]
    ]


async def alert_counts(context: Context, params: AlertGroupsParams) -> Rows:
    """Give the bars of the alerts page."""
    page = await alerts_page(context, params)
    return [{"start": bar["start"], "end": bar["end"], **bar["counts"]} for bar in page["bins"]]


async def execution_rows(context: Context, params: ExecutionTableParams, session_id: str) -> Rows:
    """Give the events that the execution page lists."""
    page = await execution_page(context, params, session_id)
    if not page["has_log"]:
        raise NotFoundError(f"Session log not found: {session_id}")
    names = ("ts", "kind", "symbol", "description", "details")
    return [{name: row[name] for name in names} for row in page["rows"]]  # type: ignore[literal-required]


async def telemetry_logs(context: Context, params: Format) -> Rows:
    """Give the logs that the telemetry page lists."""
    return (await telemetry_page(context, Params()))["logs"]


async def telemetry_points(context: Context, params: Format) -> Rows:
    """Give the points of the telemetry page's chart."""
    return (await telemetry_page(context, Params()))["points"]


async def quality_rows(context: Context, params: QualityTableParams) -> Rows:
    """Give one of the tables of the quality page."""
    return (await quality(context, params))[params.table]


async def run_curve(context: Context, params: CurveTableParams, run_id: str) -> Rows:
    """Give the points of a run's curve that are drawn in a window."""
    state = await runs.find_run(context, run_id, rows=True)

    def build() -> Rows:
        curve = pages.equity_curve(state, params.since, params.until)
        moments = curve["times"].astype("datetime64[us]").tolist()
        points = zip(moments, curve["equity"], curve["drawdown"], strict=True)
        return [
            {"time": pages.as_utc(time), "equity": finite(equity), "drawdown": finite(drawdown)}
            for time, equity, drawdown in points
        ]

    return await context.store.compute(build)
