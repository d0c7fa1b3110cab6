"""Rows of the route table about tables and charts of the pages: as JSON, CSV or Parquet."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from peak_trade.contract.base.listing import Format, Listed
from peak_trade.contract.base.route import JSON, Build, Route
from peak_trade.contract.fleet import search as fleet_table
from peak_trade.contract.pages import exports as tables
from peak_trade.contract.pages import fleet as fleet_page
from peak_trade.contract.registry.run_routes import CSV, PARQUET, V0_RUN, row
from peak_trade.contract.runs import search as run_table
from peak_trade.contract.sessions import search as session_table

ROWS: Final = list[dict[str, Any]]
F = TypeVar("F", bound=Format)
FORMS: Final = (JSON, CSV, PARQUET)


def rows(
    tag: str, path: str, name: str, build: Build[F, tables.Rows], params: type[F], summary: str
) -> Route:
    """Return a row of the route table for a table; `name` is what its files are called."""
    return row(tag, path, tables.table(build, name), ROWS, summary, params, media_types=FORMS)


TABLE_ROUTES: Final = (
    row(
        "sessions",
        "/api/v0/sessions_table",
        session_table.session_table,
        Listed,
        "Search and sort sessions, as JSON or as a file",
        session_table.SessionFileParams,
        media_types=FORMS,
    ),
    row(
        "runs",
        "/api/v0/runs_table",
        run_table.run_table,
        Listed,
        "Search and sort runs, as JSON or as a file",
        run_table.RunFileParams,
        media_types=FORMS,
    ),
    row(
        "runs",
        "/api/v0/fleet_table",
        fleet_table.fleet_table,
        Listed,
        "Search and sort the fleet of all runs, as JSON or as a file",
        fleet_table.FleetFileParams,
        errors=(404,),
        media_types=FORMS,
    ),
    row(
        "runs",
        "/api/v0/fleet_summary",
        tables.table(fleet_page.fleet_summary_rows, "fleet_summary"),
        ROWS,
        "One of the charts or tables of groups of the fleet's page",
        fleet_page.FleetSummaryParams,
        errors=(404,),
        media_types=FORMS,
    ),
    rows(
        "runs",
        "/api/v0/active_runs",
        "active_runs",
        tables.active_runs,
        tables.ActiveRunsParams,
        "Runs that go on, or the points of their sparklines, as the console shows them",
    ),
    rows(
        "sessions",
        "/api/v0/live_sessions/{session_id}/table",
        "session",
        tables.session_rows,
        tables.SessionRowsParams,
        "One of the tables of a session's page",
    ),
    rows(
        "alerts",
        "/api/v0/alert_groups",
        "alert_groups",
        tables.alert_groups,
        tables.AlertGroupsParams,
        "Equal alerts as one row, as the alerts page shows them",
    ),
    rows(
        "alerts",
        "/api/v0/alert_counts",
        "alert_counts",
        tables.alert_counts,
        tables.AlertGroupsParams,
        "Alerts over time by severity",
    ),
    rows(
        "execution",
        "/api/v0/execution_table/{session_id}",
        "execution",
        tables.execution_rows,
        tables.ExecutionTableParams,
        "Newest events of a session's telemetry",
    ),
    rows(
        "telemetry",
        "/api/v0/telemetry_table",
        "telemetry",
        tables.telemetry_rows,
        tables.TelemetryTableParams,
        "One of the tables of the telemetry page",
    ),
    rows(
        "quality",
        "/api/v0/quality_table",
        "quality",
        tables.quality_rows,
        tables.QualityTableParams,
        "One of the tables of the quality page",
    ),
    rows(
        "runs",
        f"{V0_RUN}/curve",
        "curve",
        tables.run_curve,
        tables.CurveTableParams,
        "Points of the equity curve that are drawn in a window",
    ),
    rows(
        "runs",
        f"{V0_RUN}/price",
        "price",
        tables.run_price,
        tables.PriceTableParams,
        "Candles, marks, position or indicators that are drawn in a window",
    ),
    rows(
        "runs",
        "/api/v0/compare_table",
        "compare",
        tables.compare_rows,
        tables.CompareTableParams,
        "Points, metrics or settings of runs side by side",
    ),
    rows(
        "execution",
        "/api/v0/execution_marks/{session_id}",
        "execution_marks",
        tables.execution_marks,
        tables.WindowParams,
        "Marks that are drawn of a session's telemetry in a window",
    ),
    rows(
        "status",
        "/api/v0/about_table",
        "about",
        tables.about_rows,
        tables.AboutTableParams,
        "One of the tables of the about page",
    ),
)
