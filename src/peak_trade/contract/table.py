"""THE route table: every JSON route of the product, in the order in which documents list them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any, Final

from peak_trade import jsonio
from peak_trade.contract import (
    alerts,
    change_stream,
    docs_page,
    execution,
    health,
    run_detail,
    run_rows,
    run_tabs,
    runs,
    sessions,
    status,
    status_html,
    telemetry,
    telemetry_health,
)
from peak_trade.contract.openapi import HTML, document
from peak_trade.contract.page_table import PAGES
from peak_trade.contract.route import JSON, Build, Context, Params, Raw, Revision, Route

DISTRIBUTION: Final = "peak-trade-dashboard"
CSV: Final = "text/csv"
PARQUET: Final = "application/vnd.apache.parquet"
METRICS: Final = ("text/plain", "application/openmetrics-text")
EVENT_STREAM: Final = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Services:
    """Build functions that need something running: streams and metrics of the process."""

    changes: Build
    run_events: Build
    metrics: Build


_RUN = "/runs/{run_id}"
_V0_RUN = "/api/v0/runs/{run_id}"


def _row(
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


_HEALTH = (
    _row("health", "/health", health.health, health.Health, "The service answers"),
    _row("health", "/api/health", health.alive, health.Alive, "The service answers"),
    _row("health", "/livez", health.alive, health.Alive, "The process is alive"),
    _row(
        "health",
        "/readyz",
        health.ready,
        health.Ready,
        "Requests can be served; 503 if not",
        is_verdict=True,
    ),
    _row("health", "/freshz", health.fresh, health.Fresh, "Runs that are older than they should"),
    _row(
        "health",
        "/health/detailed",
        health.detailed,
        health.HealthDetailed,
        "Status panels, losses and checks; 503 if blocked",
        is_verdict=True,
    ),
    _row(
        "health",
        "/health/metrics",
        health.metrics_info,
        health.MetricsInfo,
        "Whether metrics are produced",
    ),
    _row("health", "/api/v0/health", health.health, health.Health, "The service answers"),
    _row(
        "health",
        "/api/v0/health_v02",
        health.health_v02,
        health.HealthV02,
        "The service answers, with its parts",
    ),
)

_RUNS = (
    _row("runs", "/runs", runs.runs, list[runs.RunItem], "List runs"),
    _row(
        "runs",
        f"{_RUN}/snapshot",
        runs.snapshot,
        runs.RunSnapshot,
        "A run at its last event",
        revision=runs.run_revision,
    ),
    _row(
        "runs",
        f"{_RUN}/tail",
        runs.tail,
        list[runs.TailRow],
        "The last events of a run, oldest first",
        runs.TailParams,
        revision=runs.run_revision,
    ),
    _row(
        "runs",
        f"{_RUN}/alerts",
        runs.run_alerts,
        list[runs.RunAlertItem],
        "The newest alerts of a run",
        runs.RunAlertsParams,
        revision=runs.run_revision,
    ),
    _row("runs", "/api/v0/runs", runs.runs, list[runs.RunItem], "List runs"),
    _row(
        "runs",
        "/api/v0/runs_v02",
        run_detail.runs_v02,
        list[run_detail.RunSummary],
        "List runs in the second form",
        run_detail.RunsV02Params,
    ),
    _row(
        "runs",
        _V0_RUN,
        run_detail.detail,
        run_detail.RunDetail,
        "Meta data and snapshot",
        revision=runs.run_revision,
    ),
    _row(
        "runs",
        f"{_V0_RUN}/metrics",
        run_detail.metrics,
        runs.RunMetrics,
        "Figures at the last event",
        revision=runs.run_revision,
    ),
    _row(
        "runs",
        f"{_V0_RUN}/equity",
        run_rows.equity,
        list[run_rows.EquityPoint],
        "Equity curve of the last events",
        run_rows.EquityParams,
        revision=runs.run_revision,
    ),
    _row(
        "runs",
        f"{_V0_RUN}/trades",
        run_rows.trades,
        run_rows.TradeRows,
        "All trades",
        revision=run_rows.trades_revision,
    ),
    _row(
        "runs",
        f"{_V0_RUN}/signals",
        run_rows.signals,
        run_rows.Items[run_rows.SignalItem],
        "Signals of the last events",
        run_rows.RowsParams,
    ),
    _row(
        "runs",
        f"{_V0_RUN}/positions",
        run_rows.positions,
        run_rows.Items[run_rows.PositionItem],
        "Positions of the last events",
        run_rows.RowsParams,
    ),
    _row(
        "runs",
        f"{_V0_RUN}/orders",
        run_rows.orders,
        run_rows.Items[run_rows.OrderItem],
        "Order counts of the last events",
        run_rows.OrdersParams,
    ),
    _row(
        "runs",
        f"{_V0_RUN}/table",
        run_tabs.table,
        run_tabs.Table,
        "The rows that a tab of the run's page shows, also as a file",
        run_tabs.TableParams,
        media_types=(JSON, CSV, PARQUET),
    ),
    _row(
        "runs",
        f"{_V0_RUN}/detail_v02",
        run_detail.detail_v02,
        run_detail.RunDetailV02,
        "A run in the second form",
    ),
)

_SESSIONS = (
    _row(
        "sessions",
        "/api/live_sessions",
        sessions.live_sessions,
        list[sessions.SessionItem],
        "List sessions, newest first",
        sessions.SessionsParams,
        revision=sessions.revision,
    ),
    _row(
        "sessions",
        "/api/live_sessions/stats",
        sessions.live_sessions_stats,
        sessions.SessionStats,
        "Count sessions and sum their results",
        revision=sessions.revision,
    ),
    _row(
        "sessions",
        "/api/live_sessions/{session_id}",
        sessions.live_session,
        sessions.SessionDetail,
        "All of one session",
        revision=sessions.revision,
    ),
)

_LIVE = (
    _row(
        "alerts",
        "/api/live/alerts",
        alerts.live_alerts,
        alerts.AlertList,
        "List alerts, newest first",
        alerts.AlertsParams,
    ),
    _row(
        "alerts",
        "/api/live/alerts/stats",
        alerts.live_alerts_stats,
        alerts.AlertStats,
        "Count alerts",
        alerts.HoursParams,
    ),
    _row(
        "execution",
        "/api/live/execution/{session_id}",
        execution.execution,
        execution.ExecutionTimeline,
        "Execution timeline of a session",
        execution.ExecutionParams,
        revision=execution.revision,
    ),
    _row(
        "status",
        "/api/live/status/snapshot.json",
        status.snapshot,
        status.StatusSnapshot,
        "The six status panels",
    ),
)

_TELEMETRY = (
    _row(
        "telemetry",
        "/api/telemetry",
        telemetry.telemetry,
        telemetry.TelemetryEvents,
        "Telemetry events as JSON or CSV",
        telemetry.TelemetryParams,
        (404,),
        (JSON, CSV),
        revision=telemetry.revision,
    ),
    _row(
        "telemetry",
        "/api/telemetry/health",
        telemetry_health.telemetry_health,
        telemetry_health.TelemetryHealth,
        "Checks of the telemetry directory",
    ),
    _row(
        "telemetry",
        "/api/telemetry/health/trends",
        telemetry_health.trends,
        dict[str, Any],
        "History of telemetry health",
        telemetry_health.TrendsParams,
    ),
    _row(
        "telemetry",
        "/api/telemetry/alerts/latest",
        telemetry_health.latest_alerts,
        telemetry_health.LatestAlerts,
        "Latest telemetry rule alerts",
        telemetry_health.LatestParams,
        revision=telemetry_health.latest_alerts_revision,
    ),
)


async def _status_page(context: Context, params: Params) -> Raw:
    snapshot = await status.snapshot(context, params)
    return Raw(status_html.page(snapshot), f"{HTML}; charset=utf-8")


def _service_rows(services: Services) -> tuple[Route, ...]:
    return (
        _row(
            "runs",
            f"{_V0_RUN}/events",
            services.run_events,
            run_rows.EventItems,
            "Events as log lines: a page of them, or a stream",
            run_rows.EventsParams,
            media_types=(JSON, EVENT_STREAM),
        ),
        _row(
            "changes",
            "/api/v0/stream",
            services.changes,
            str,
            "Follow all changes as server-sent events",
            change_stream.StreamParams,
            media_types=(EVENT_STREAM,),
        ),
        _row(
            "status",
            "/api/live/status/snapshot.html",
            _status_page,
            str,
            "The six status panels as a plain page",
            media_types=(HTML,),
        ),
        _row(
            "health",
            "/health/prometheus",
            services.metrics,
            str,
            "Metrics in the Prometheus text format",
            media_types=METRICS,
        ),
    )


def route_table(services: Services) -> tuple[Route, ...]:
    """Return every route. The first row that matches a path answers.

    Fixed paths stand before templates. `/metrics`, `/openapi.json`, `/docs` and `/redoc` answer,
    but are not listed in the OpenAPI document.
    """
    listed = (*_HEALTH, *_RUNS, *_service_rows(services), *_SESSIONS, *_LIVE, *_TELEMETRY)

    @cache
    def openapi() -> bytes:
        return jsonio.dumps(document(listed, PAGES, version(DISTRIBUTION)))

    async def describe(context: Context, params: Params) -> Raw:
        return Raw(openapi(), JSON)

    return (
        *listed,
        Route("/metrics", services.metrics, str, "Metrics", media_types=METRICS),
        Route("/openapi.json", describe, dict[str, Any], "This product's OpenAPI document"),
        *(
            Route(path, docs_page.build, str, "The OpenAPI document to browse", media_types=(HTML,))
            for path in ("/docs", "/redoc")
        ),
    )
