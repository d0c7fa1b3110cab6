"""THE route table: every JSON route of the product, in the order in which documents list them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any, Final

from peak_trade import jsonio
from peak_trade.contract.alerts.items import live_alerts, live_alerts_stats
from peak_trade.contract.alerts.params import AlertsParams, HoursParams
from peak_trade.contract.alerts.schema import AlertList, AlertStats
from peak_trade.contract.base.route import (
    JSON,
    Context,
    OfAll,
    OfRun,
    OfSession,
    Params,
    Raw,
    Route,
)
from peak_trade.contract.execution import timeline as execution
from peak_trade.contract.execution.params import ExecutionParams
from peak_trade.contract.execution.schema import ExecutionTimeline
from peak_trade.contract.pages import quality
from peak_trade.contract.pages.about import DISTRIBUTION
from peak_trade.contract.registry.docs import build
from peak_trade.contract.registry.export_routes import TABLE_ROUTES
from peak_trade.contract.registry.openapi import HTML, document
from peak_trade.contract.registry.page_routes import PAYLOAD_ROUTES
from peak_trade.contract.registry.pages import PAGES
from peak_trade.contract.registry.run_routes import CSV, PARQUET, RUN_ROUTES, V0_RUN, row
from peak_trade.contract.runs.params import EventsParams, ReportParams, RunReportParams
from peak_trade.contract.runs.schema import EventItems
from peak_trade.contract.service import health, status, status_html, verdict
from peak_trade.contract.service import schema as health_schema
from peak_trade.contract.service.schema import StatusSnapshot, Verdict
from peak_trade.contract.sessions.params import SessionsParams
from peak_trade.contract.sessions.records import (
    live_session,
    live_sessions,
    live_sessions_stats,
    revision,
)
from peak_trade.contract.sessions.schema import SessionDetail, SessionItem, SessionStats
from peak_trade.contract.streams.changes import StreamParams
from peak_trade.contract.streams.run_events import page_revision
from peak_trade.contract.telemetry import events as telemetry
from peak_trade.contract.telemetry import health as telemetry_health
from peak_trade.contract.telemetry.params import LatestParams, TelemetryParams, TrendsParams
from peak_trade.contract.telemetry.schema import (
    LatestAlerts,
    TelemetryEvents,
    TelemetryHealth,
    Trends,
)

METRICS: Final = ("text/plain", "application/openmetrics-text")
EVENT_STREAM: Final = "text/event-stream"
REPORT: Final = (HTML, JSON, PARQUET)


@dataclass(frozen=True, slots=True)
class Services:
    """Build functions that need something running: streams and metrics of the process."""

    changes: OfAll[StreamParams, Any]
    run_events: OfRun[EventsParams, Any]
    metrics: OfAll[Params, Any]
    run_report: OfRun[RunReportParams, Any]
    session_report: OfSession[ReportParams, Any]


_HEALTH = (
    row("health", "/health", health.health, health_schema.Health, "The service answers"),
    row("health", "/api/health", health.alive, health_schema.Alive, "The service answers"),
    row("health", "/livez", health.alive, health_schema.Alive, "The process is alive"),
    row(
        "health",
        "/readyz",
        health.ready,
        health_schema.Ready,
        "Requests can be served; 503 if not",
        is_verdict=True,
    ),
    row(
        "health",
        "/freshz",
        health.fresh,
        health_schema.Fresh,
        "Runs that are older than they should",
    ),
    row(
        "health",
        "/health/detailed",
        health.detailed,
        health_schema.HealthDetailed,
        "Status panels, read errors and checks; 503 if blocked",
        is_verdict=True,
    ),
    row(
        "health",
        "/health/metrics",
        health.metrics_info,
        health_schema.MetricsInfo,
        "Whether metrics are produced",
    ),
    row("health", "/api/v0/health", health.health, health_schema.Health, "The service answers"),
    row(
        "health",
        "/api/v0/health_v02",
        health.health_v02,
        health_schema.HealthV02,
        "The service answers, with its parts",
    ),
)

_SESSIONS = (
    row(
        "sessions",
        "/api/live_sessions",
        live_sessions,
        list[SessionItem],
        "List sessions, newest first",
        SessionsParams,
        revision=revision,
    ),
    row(
        "sessions",
        "/api/live_sessions/stats",
        live_sessions_stats,
        SessionStats,
        "Count sessions and sum their results",
        revision=revision,
    ),
    row(
        "sessions",
        "/api/live_sessions/{session_id}",
        live_session,
        SessionDetail,
        "All of one session",
        revision=revision,
    ),
)

_LIVE = (
    row(
        "status",
        "/api/v0/attention",
        verdict.verdict,
        Verdict,
        "What needs attention now",
    ),
    row(
        "quality",
        "/api/v0/quality",
        quality.quality,
        quality.QualityPayload,
        "What could not be read, and faults of what was",
        quality.QualityParams,
    ),
    row(
        "alerts",
        "/api/live/alerts",
        live_alerts,
        AlertList,
        "List alerts, newest first",
        AlertsParams,
    ),
    row(
        "alerts",
        "/api/live/alerts/stats",
        live_alerts_stats,
        AlertStats,
        "Count alerts",
        HoursParams,
    ),
    row(
        "execution",
        "/api/live/execution/{session_id}",
        execution.execution,
        ExecutionTimeline,
        "Execution timeline of a session",
        ExecutionParams,
        revision=execution.revision,
    ),
    row(
        "status",
        "/api/live/status/snapshot.json",
        status.snapshot,
        StatusSnapshot,
        "The six status panels",
    ),
)

_TELEMETRY = (
    row(
        "telemetry",
        "/api/telemetry",
        telemetry.telemetry,
        TelemetryEvents,
        "Telemetry events as JSON or CSV",
        TelemetryParams,
        errors=(404,),
        media_types=(JSON, CSV),
        revision=telemetry.revision,
    ),
    row(
        "telemetry",
        "/api/telemetry/health",
        telemetry_health.telemetry_health,
        TelemetryHealth,
        "Checks of the telemetry directory",
    ),
    row(
        "telemetry",
        "/api/telemetry/health/trends",
        telemetry_health.trends,
        Trends,
        "History of telemetry health",
        TrendsParams,
    ),
    row(
        "telemetry",
        "/api/telemetry/alerts/latest",
        telemetry_health.latest_alerts,
        LatestAlerts,
        "Latest telemetry rule alerts",
        LatestParams,
        revision=telemetry_health.latest_alerts_revision,
    ),
)


async def _status_page(context: Context, params: Params) -> Raw:
    snapshot = await status.snapshot(context, params)
    told = await verdict.verdict(context)
    return Raw(status_html.page(snapshot, told), f"{HTML}; charset=utf-8")


def _service_rows(services: Services) -> tuple[Route, ...]:
    return (
        row(
            "runs",
            f"{V0_RUN}/events",
            services.run_events,
            EventItems,
            "Events as log lines: a page of them, or a stream",
            EventsParams,
            media_types=(JSON, EVENT_STREAM),
            revision_but_asof=page_revision,
        ),
        row(
            "runs",
            f"{V0_RUN}/report",
            services.run_report,
            str,
            "A run, or two side by side, as a document to keep; 501 if it cannot be drawn here",
            RunReportParams,
            errors=(501,),
            media_types=REPORT,
        ),
        row(
            "sessions",
            "/api/v0/live_sessions/{session_id}/report",
            services.session_report,
            str,
            "A session with its run as a document to keep; 501 if it cannot be drawn here",
            ReportParams,
            errors=(501,),
            media_types=REPORT,
        ),
        row(
            "changes",
            "/api/v0/stream",
            services.changes,
            str,
            "Follow all changes as server-sent events",
            StreamParams,
            media_types=(EVENT_STREAM,),
        ),
        row(
            "status",
            "/api/live/status/snapshot.html",
            _status_page,
            str,
            "The six status panels as a plain page",
            media_types=(HTML,),
        ),
        row(
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
    listed = (
        *_HEALTH,
        *RUN_ROUTES,
        *_service_rows(services),
        *_SESSIONS,
        *TABLE_ROUTES,
        *PAYLOAD_ROUTES,
        *_LIVE,
        *_TELEMETRY,
    )

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
            Route(path, build, str, "The OpenAPI document to browse", media_types=(HTML,))
            for path in ("/docs", "/redoc")
        ),
    )
