"""Rows of the route table about runs, and how a row is written down."""

from __future__ import annotations

from typing import Any, Final, TypedDict, overload

from typing_extensions import Unpack

from peak_trade.contract.base.route import JSON, Build, P, Params, Revision, Route
from peak_trade.contract.pages import compare, run_tabs
from peak_trade.contract.runs import books, drift, funnel, judged
from peak_trade.contract.runs import snapshot as runs
from peak_trade.contract.runs.detail import detail, detail_v02, metrics, runs_v02
from peak_trade.contract.runs.params import (
    EquityParams,
    OrdersParams,
    RowsParams,
    RunAlertsParams,
    RunsV02Params,
    TailParams,
)
from peak_trade.contract.runs.rows import (
    equity,
    orders,
    positions,
    signals,
    trades,
    trades_revision,
)
from peak_trade.contract.runs.schema import (
    EquityPoint,
    Items,
    OrderItem,
    PositionItem,
    RunAlertItem,
    RunDetail,
    RunDetailV02,
    RunItem,
    RunMetrics,
    RunSnapshot,
    RunSummaryV02,
    SignalItem,
    TailRow,
    TradeRows,
)

CSV: Final = "text/csv"
PARQUET: Final = "application/vnd.apache.parquet"

RUN: Final = "/runs/{run_id}"
V0_RUN: Final = "/api/v0/runs/{run_id}"


class Options(TypedDict, total=False):
    """What few rows say of themselves."""

    errors: tuple[int, ...]
    media_types: tuple[str, ...]
    is_verdict: bool
    revision_but_asof: Revision[Any]


@overload
def row(
    tag: str,
    path: str,
    build: Build[Params, Any],
    response: Any,
    summary: str,
    *,
    revision: Revision[Params] | None = None,
    **options: Unpack[Options],
) -> Route: ...


@overload
def row(
    tag: str,
    path: str,
    build: Build[P, Any],
    response: Any,
    summary: str,
    params: type[P],
    *,
    revision: Revision[P] | None = None,
    **options: Unpack[Options],
) -> Route: ...


def row(
    tag: str,
    path: str,
    build: Build[Any, Any],
    response: Any,
    summary: str,
    params: type[Params] = Params,
    *,
    errors: tuple[int, ...] = (),
    media_types: tuple[str, ...] = (JSON,),
    revision: Revision[Any] | None = None,
    is_verdict: bool = False,
    revision_but_asof: Revision[Any] | None = None,
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
        revision_but_asof=revision_but_asof,
        slash_ids=slashes,
        tags=(tag,),
        errors=found,
        media_types=media_types,
        is_verdict=is_verdict,
    )


RUN_ROUTES: Final = (
    row(
        "runs",
        "/runs",
        runs.runs,
        list[RunItem],
        "List runs",
        revision=runs.runs_revision,
    ),
    row(
        "runs",
        f"{RUN}/snapshot",
        runs.snapshot,
        RunSnapshot,
        "A run at its last event",
        revision=runs.run_revision,
    ),
    row(
        "runs",
        f"{RUN}/tail",
        runs.tail,
        list[TailRow],
        "The last events of a run, oldest first",
        TailParams,
        revision=runs.run_revision,
    ),
    row(
        "runs",
        f"{RUN}/alerts",
        runs.run_alerts,
        list[RunAlertItem],
        "The newest alerts of a run",
        RunAlertsParams,
        revision=runs.run_revision,
    ),
    row(
        "runs",
        "/api/v0/runs",
        runs.runs,
        list[RunItem],
        "List runs",
        revision=runs.runs_revision,
    ),
    row(
        "runs",
        "/api/v0/runs_v02",
        runs_v02,
        list[RunSummaryV02],
        "List runs in the second form",
        RunsV02Params,
    ),
    row(
        "runs",
        V0_RUN,
        detail,
        RunDetail,
        "Meta data and snapshot",
        revision=runs.run_revision,
    ),
    row(
        "runs",
        f"{V0_RUN}/metrics",
        metrics,
        RunMetrics,
        "Metrics at the last event",
        revision=runs.run_revision,
    ),
    row(
        "runs",
        f"{V0_RUN}/equity",
        equity,
        list[EquityPoint],
        "Equity curve of the last events",
        EquityParams,
        revision=runs.run_revision,
    ),
    row(
        "runs",
        f"{V0_RUN}/trades",
        trades,
        TradeRows,
        "All trades",
        revision=trades_revision,
    ),
    row(
        "runs",
        f"{V0_RUN}/signals",
        signals,
        Items[SignalItem],
        "Signals of the last events",
        RowsParams,
        revision_but_asof=runs.run_revision,
    ),
    row(
        "runs",
        f"{V0_RUN}/positions",
        positions,
        Items[PositionItem],
        "Positions of the last events",
        RowsParams,
        revision_but_asof=runs.run_revision,
    ),
    row(
        "runs",
        f"{V0_RUN}/orders",
        orders,
        Items[OrderItem],
        "Order counts of the last events",
        OrdersParams,
        revision_but_asof=runs.run_revision,
    ),
    row(
        "runs",
        f"{V0_RUN}/statistics",
        judged.statistics,
        judged.Statistics,
        "Return, risk, drawdown, trades and costs, each with what it rests on",
        revision=judged.revision,
    ),
    row(
        "runs",
        f"{V0_RUN}/closed_trades",
        judged.closed_trades,
        judged.ClosedTrades,
        "Entries with their exits, first in, first out",
        revision=judged.revision,
    ),
    row(
        "runs",
        f"{V0_RUN}/books",
        books.books,
        books.Books,
        "Checks of the run's books",
        revision=books.revision,
    ),
    row(
        "runs",
        f"{V0_RUN}/funnel",
        funnel.decision_funnel,
        funnel.FunnelPayload,
        "From a signal to a fill, and why not",
        revision=books.revision,
    ),
    row(
        "runs",
        "/api/v0/drift",
        drift.run_drift,
        drift.DriftPayload,
        "How far two runs of one strategy went apart, bar by bar",
        drift.DriftView,
        errors=(404,),
    ),
    row(
        "runs",
        "/api/v0/compare",
        compare.compare,
        compare.ComparePayload,
        "Compare runs: curves, metrics, settings that differ",
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
        detail_v02,
        RunDetailV02,
        "A run in the second form",
    ),
)
