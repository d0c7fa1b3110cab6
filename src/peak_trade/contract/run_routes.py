"""Rows of the route table about runs, and how a row is written down."""

from __future__ import annotations

from typing import Any, Final

from peak_trade.contract import compare, run_detail, run_rows, run_tabs, runs
from peak_trade.contract.route import JSON, Build, Params, Revision, Route

CSV: Final = "text/csv"
PARQUET: Final = "application/vnd.apache.parquet"

RUN: Final = "/runs/{run_id}"
V0_RUN: Final = "/api/v0/runs/{run_id}"


def row(
    tag: str,
    path: str,
    build: Build,
    response: Any,
    summary: str,
    params: type[Params] = Params,
    errors: tuple[int, ...] = (),
    media_types: tuple[str, ...] = (JSON,),
    revision: Revision | None = None,
    is_verdict: bool = False,
) -> Route:
    """Return a row of the route table: an id in its path can be unknown, sessions hold slashes."""
    found = (404, *errors) if "{" in path else errors
    slashes = frozenset({"session_id"}) if "/live_sessions/" in path else frozenset[str]()
    return Route(
        path,
        build,
        response,
        summary,
        params,
        revision=revision,
        slash_ids=slashes,
        tags=(tag,),
        errors=found,
        media_types=media_types,
        is_verdict=is_verdict,
    )


RUN_ROUTES: Final = (
    row("runs", "/runs", runs.runs, list[runs.RunItem], "List runs"),
    row(
        "runs",
        f"{RUN}/snapshot",
        runs.snapshot,
        runs.RunSnapshot,
        "A run at its last event",
        revision=runs.run_revision,
    ),
    row(
        "runs",
        f"{RUN}/tail",
        runs.tail,
        list[runs.TailRow],
        "The last events of a run, oldest first",
        runs.TailParams,
        revision=runs.run_revision,
    ),
    row(
        "runs",
        f"{RUN}/alerts",
        runs.run_alerts,
        list[runs.RunAlertItem],
        "The newest alerts of a run",
        runs.RunAlertsParams,
        revision=runs.run_revision,
    ),
    row("runs", "/api/v0/runs", runs.runs, list[runs.RunItem], "List runs"),
    row(
        "runs",
        "/api/v0/runs_v02",
        run_detail.runs_v02,
        list[run_detail.RunSummary],
        "List runs in the second form",
        run_detail.RunsV02Params,
    ),
    row(
        "runs",
        V0_RUN,
        run_detail.detail,
        run_detail.RunDetail,
        "Meta data and snapshot",
        revision=runs.run_revision,
    ),
    row(
        "runs",
        f"{V0_RUN}/metrics",
        run_detail.metrics,
        runs.RunMetrics,
        "Figures at the last event",
        revision=runs.run_revision,
    ),
    row(
        "runs",
        f"{V0_RUN}/equity",
        run_rows.equity,
        list[run_rows.EquityPoint],
        "Equity curve of the last events",
        run_rows.EquityParams,
        revision=runs.run_revision,
    ),
    row(
        "runs",
        f"{V0_RUN}/trades",
        run_rows.trades,
        run_rows.TradeRows,
        "All trades",
        revision=run_rows.trades_revision,
    ),
    row(
        "runs",
        f"{V0_RUN}/signals",
        run_rows.signals,
        run_rows.Items[run_rows.SignalItem],
        "Signals of the last events",
        run_rows.RowsParams,
    ),
    row(
        "runs",
        f"{V0_RUN}/positions",
        run_rows.positions,
        run_rows.Items[run_rows.PositionItem],
        "Positions of the last events",
        run_rows.RowsParams,
    ),
    row(
        "runs",
        f"{V0_RUN}/orders",
        run_rows.orders,
        run_rows.Items[run_rows.OrderItem],
        "Order counts of the last events",
        run_rows.OrdersParams,
    ),
    row(
        "runs",
        "/api/v0/compare",
        compare.compare,
        compare.Comparison,
        "Compare runs: curves, figures, settings that differ",
        compare.CompareView,
    ),
    row(
        "runs",
        f"{V0_RUN}/table",
        run_tabs.table,
        run_tabs.Table,
        "The rows that a tab of the run's page shows, also as a file",
        run_tabs.TableParams,
        media_types=(JSON, CSV, PARQUET),
    ),
    row(
        "runs",
        f"{V0_RUN}/events.parquet",
        run_tabs.all_events,
        str,
        "All stored events of the run as a file",
        media_types=(PARQUET,),
    ),
    row(
        "runs",
        f"{V0_RUN}/detail_v02",
        run_detail.detail_v02,
        run_detail.RunDetailV02,
        "A run in the second form",
    ),
)
