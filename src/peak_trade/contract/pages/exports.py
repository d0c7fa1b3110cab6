"""The tables and charts of the pages as JSON, CSV or Parquet: the same rows for the same view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar

from pydantic import Field

from peak_trade.artifacts.times import as_utc
from peak_trade.contract.alerts.params import AlertsView
from peak_trade.contract.base import downloads
from peak_trade.contract.base.flat import leaf_rows
from peak_trade.contract.base.life import lives
from peak_trade.contract.base.listing import Format
from peak_trade.contract.base.route import Build, Context, Params, Raw
from peak_trade.contract.execution.params import ExecutionParams
from peak_trade.contract.pages import compare, compare_drift
from peak_trade.contract.pages import console as console_page
from peak_trade.contract.pages import execution as execution_page
from peak_trade.contract.pages import run_chart as price_chart
from peak_trade.contract.pages.about import about
from peak_trade.contract.pages.alerts import alerts_page
from peak_trade.contract.pages.compare import CompareView
from peak_trade.contract.pages.moments import moment
from peak_trade.contract.pages.quality import QualityParams, quality
from peak_trade.contract.pages.run_chart import (
    ChartView,
    MomentView,
    RangeView,
    WindowView,
    placed,
)
from peak_trade.contract.pages.session import session_page
from peak_trade.contract.pages.telemetry import telemetry_page
from peak_trade.contract.runs.snapshot import find_run
from peak_trade.derive.arrays import Floats, Instants
from peak_trade.derive.curve import equity_curve
from peak_trade.errors import NotFoundError
from peak_trade.jsonio import finite

COMPARED = ("time", "bar", "hours", "value", "drawdown", "position")
"""Columns of the points of a comparison."""

Rows = Sequence[Mapping[str, Any]]
F = TypeVar("F", bound=Format)


class ActiveRunsParams(Format):
    """Which table of the runs that go on, and the form."""

    table: Literal["runs", "points"] = Field(
        "runs", description="One row a run, or the points of the sparklines"
    )


class SessionRowsParams(Format):
    """Which table of the session's page, and the form."""

    table: Literal["alerts", "limits", "config", "metrics"] = Field(
        "alerts", description="Newest alerts, risk limits, or values by their path"
    )


class TelemetryTableParams(Format):
    """Which table of the telemetry page, and the form."""

    table: Literal["checks", "periods", "points", "logs", "alerts"] = Field(
        "logs",
        description="Checks, trends by period, snapshots of 30 days, logs, or rule alerts",
    )


class AboutTableParams(Format):
    """Which table of the about page, and the form."""

    table: Literal["proofs", "versions", "settings"] = Field(
        "settings", description="What is proved, versions, or settings in force"
    )


class AlertGroupsParams(AlertsView, Format):
    """Filters of the alerts page, and the form."""


class ExecutionTableParams(ExecutionParams, Format):
    """Filters of the execution page, and the form."""


class QualityTableParams(QualityParams, Format):
    """Which table of the quality page, and the form."""

    table: Literal["kinds", "runs", "examples"] = Field(
        "kinds", description="Read errors by kind, runs at fault, or single read errors"
    )


class CompareTableParams(CompareView, Format):
    """What is compared, which table of the page, and the form."""

    table: Literal["points", "metrics", "settings", "drift", "drift_fills", "figures"] = Field(
        "metrics",
        description="What is drawn, metrics side by side, settings that differ, how far the "
        "profits went apart, or fills of both; figures is the old name of metrics",
    )


class WindowParams(WindowView, Format):
    """A window of time, and the form."""


class CurveTableParams(RangeView, Format):
    """The window that is drawn, and the form."""


class PriceTableParams(ChartView, Format):
    """The window that is drawn, what of it, and the form."""

    table: Literal["candles", "marks", "position", "indicators"] = Field(
        "candles",
        description="Candles; signals, fills and blocked orders; the position; or indicators",
    )


def table(rows: Build[F, Rows], name: str) -> Build[F, Rows | Raw]:
    """Return the build function of a table; `name` is what a file is called."""

    async def build(context: Context, params: F, /, **ids: str) -> Rows | Raw:
        found = await rows(context, params, **ids)
        part = getattr(params, "table", "")
        called = downloads.called(name, part, *ids.values(), at=context.now)
        if params.format == "json":
            return found
        return await context.store.compute(lambda: downloads.as_file(params.format, found, called))

    return build


async def alert_groups(context: Context, params: AlertGroupsParams) -> Rows:
    """Give the groups that the alerts page lists."""
    page = await alerts_page(context, params)
    texts = ("severity", "title", "body", "category", "source", "session_id")
    times = ("count", "first", "last", "is_flapping")
    return [
        {name: group["newest"][name] for name in texts}  # type: ignore[literal-required]
        | {name: group[name] for name in times}  # type: ignore[literal-required]
        | ({"root": group["root"]} if "root" in group else {})
        for group in page["groups"]
    ]


async def alert_counts(context: Context, params: AlertGroupsParams) -> Rows:
    """Give the bars of the alerts page."""
    page = await alerts_page(context, params)
    return [{"start": bar["start"], "end": bar["end"], **bar["counts"]} for bar in page["bins"]]


async def execution_rows(context: Context, params: ExecutionTableParams, session_id: str) -> Rows:
    """Give the events that the execution page lists."""
    page = await execution_page.execution_page(context, params, session_id)
    if not page["has_log"]:
        raise NotFoundError(f"Session log not found: {session_id}")
    names = ("ts", "kind", "symbol", "description", "details")
    return [{name: row[name] for name in names} for row in page["rows"]]  # type: ignore[literal-required]


async def telemetry_rows(context: Context, params: TelemetryTableParams) -> Rows:
    """Give one of the tables of the telemetry page."""
    page = await telemetry_page(context, Params())
    if params.table == "logs":
        return [
            {name: value for name, value in log.items() if name != "freshness"}
            for log in page["logs"]
        ]
    return page["health"]["checks"] if params.table == "checks" else page[params.table]


async def about_rows(context: Context, params: AboutTableParams) -> Rows:
    """Give one of the tables of the about page."""
    page = await about(context, Params())
    if params.table == "versions":
        return [{"name": name, "version": value} for name, value in page["versions"].items()]
    return page[params.table]


async def active_runs(context: Context, params: ActiveRunsParams) -> Rows:
    """Give the cards of the runs that have not ended, or what their sparklines draw."""
    _found, shown = await console_page.active_runs(context, await lives(context))
    if params.table == "points":
        return [
            {"run_id": run["run_id"], "point": place, "equity": equity}
            for run in shown
            for place, equity in enumerate(map(finite, run["spark"]))
        ]
    what = ("run_id", "mode", "strategy_name", "symbol", "timeframe", "last_event_time")
    metrics = ("equity", "currency", "drawdown", "last_alert")
    return [
        {name: run[name] for name in what + metrics}  # type: ignore[literal-required]
        for run in shown
    ]


async def session_rows(context: Context, params: SessionRowsParams, session_id: str) -> Rows:
    """Give one of the tables of a session's page."""
    page = await session_page(context, MomentView(), session_id)
    detail = page["detail"]
    if params.table == "alerts":
        return page["alerts"]
    if params.table == "limits":
        return detail["risk_limit_details"]
    return leaf_rows(detail[params.table])


async def quality_rows(context: Context, params: QualityTableParams) -> Rows:
    """Give one of the tables of the quality page."""
    return (await quality(context, params))[params.table]


async def run_curve(context: Context, params: CurveTableParams, run_id: str) -> Rows:
    """Give the points of a run's curve that are drawn in a window."""
    state = await find_run(context, run_id, rows=True)

    def build() -> Rows:
        drawn = params.drawn
        window = placed(state, drawn, moment(state, drawn.at) if drawn.at else None)
        curve = equity_curve(state.events.table(), window.since, window.until)
        return _rows(curve["times"], equity=curve["equity"], drawdown=curve["drawdown"])

    return await context.store.compute(build)


async def run_price(context: Context, params: PriceTableParams, run_id: str) -> Rows:
    """Give what is drawn of a run's price in a window."""
    drawn = await price_chart.run_chart(context, params.drawn, run_id)
    chart = drawn["price"]
    if params.table == "indicators":
        return [
            {"name": one["name"], **row}
            for one in drawn["indicators"]["drawn"]
            for row in _rows(one["times"], value=one["values"])
            if row["value"] is not None
        ]
    if params.table == "position":
        names = ("position", "position_low", "position_high")
        return _rows(chart["position_times"], **{name: chart[name] for name in names})  # type: ignore[literal-required]
    if params.table == "candles":
        candles = chart["candles"]
        columns = ("open", "high", "low", "close", "volume")
        return _rows(candles.times, **{name: getattr(candles, name) for name in columns})
    plain = {"signal": chart["signals"], "fill": chart["fills"]}
    blocked = zip(_marks(chart["blocked"]), chart["reasons"], strict=True)
    return [
        *(
            {"kind": kind, **row, "reason": None}
            for kind, found in plain.items()
            for row in _marks(found)
        ),
        *({"kind": "blocked", **row, "reason": reason} for row, reason in blocked),
    ]


def _marks(found: price_chart.Markers) -> Rows:
    """Return rows of marks: of several that are one, how many, and from when to when."""
    spans = zip(
        found["marks"].tolist(), _moments(found["first"]), _moments(found["last"]), strict=True
    )
    rows = _rows(found["times"], price=found["price"], value=found["value"])
    return [
        {**row, "marks": marks, "first": first, "last": last}
        for row, (marks, first, last) in zip(rows, spans, strict=True)
    ]


async def execution_marks(context: Context, params: WindowParams, session_id: str) -> Rows:
    """Give the marks of the execution page's chart in a window."""
    if await context.store.log(session_id) is None:
        raise NotFoundError(f"Session log not found: {session_id}")
    window = params.drawn
    lanes = (await execution_page.lanes(context, window, session_id))["lanes"]
    return [
        {"lane": name, "time": time, "kind": kind, "symbol": symbol, "description": description}
        for name, lane in lanes.items()
        for time, kind, symbol, description in zip(
            _moments(lane["times"]),
            lane["kinds"],
            lane["symbols"],
            lane["descriptions"],
            strict=True,
        )
    ]


async def compare_rows(context: Context, params: CompareTableParams) -> Rows:
    """Give one of the tables of the comparison, or the points that are drawn."""
    found = await compare.compare(context, params)
    if params.table in {"metrics", "figures"}:
        return [compare.metrics(run) for run in found["runs"]]
    if params.table == "settings":
        names = [run["run_id"] for run in found["runs"]]
        return [
            {"key": row["key"], **dict(zip(names, row["values"], strict=True))}
            for row in found["differences"]
        ]
    if params.table in {"drift", "drift_fills"}:
        return await drift_rows(context, params, found)
    return [
        {"run_id": curve["run_id"], **dict(zip(COMPARED, point, strict=True))}
        for curve in found["curves"]
        for point in zip(
            *(
                curve[name]
                for name in ("times", "bars", "hours", "values", "drawdown", "positions")
            ),
            strict=True,
        )
    ]


async def drift_rows(
    context: Context, params: CompareTableParams, found: compare.ComparePayload
) -> Rows:
    """Give one of the tables of the drift of two runs; no rows if it is not told of them."""
    if compare_drift.why_no_drift(found["runs"]):
        return []
    drift = await compare_drift.drift_of(context, found["runs"])
    if params.table == "drift_fills":
        return compare_drift.fill_rows(drift)
    return _rows(drift["times"], difference=drift["difference"])


def _rows(times: Instants, **columns: Floats) -> Rows:
    """Return rows of a time and numbers; what is no number is null."""
    return [
        {"time": time, **dict(zip(columns, map(finite, values), strict=True))}
        for time, *values in zip(_moments(times), *columns.values(), strict=True)
    ]


def _moments(times: Instants) -> list[datetime]:
    return [as_utc(time) for time in times.astype("datetime64[us]").tolist()]
