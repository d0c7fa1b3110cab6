"""Prometheus metrics: HTTP requests (if switched on) and the state of the store (always).

Assumes one process. Guarantees: an own registry; labels from closed sets (method, route template,
status); a scrape reads what is known and changes nothing; metrics that cannot be produced give the
fallback text, or 503 where that is required.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Callable, Iterator
from typing import Final
from weakref import WeakSet

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from tornado.httputil import HTTPServerRequest

from peak_trade import clock
from peak_trade.artifacts.files import READ
from peak_trade.contract.route import Context, Params, Raw
from peak_trade.settings import Settings
from peak_trade.store.live import LiveStore

log = logging.getLogger(__name__)

UNKNOWN_ROUTE: Final = "__unknown__"
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD: Final = "__other__"
"""A client can make up methods; each would be a series that is never forgotten."""
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
LAG_SECONDS: Final = 1.0
FALLBACK: Final = (
    b"# HELP peak_trade_metrics_fallback Metrics cannot be produced\n"
    b"# TYPE peak_trade_metrics_fallback gauge\n"
    b"peak_trade_metrics_fallback 1\n"
)
REQUIRED: Final = b"prometheus_client required but unavailable\n"


class Metrics:
    """The metrics of a process. `followers` counts the clients of each kind of stream."""

    def __init__(
        self, settings: Settings, store: LiveStore, followers: Callable[[], dict[str, int]]
    ) -> None:
        self.registry = CollectorRegistry()
        self.open_pages: Callable[[], int] = lambda: 0
        self.lag = 0.0
        self._required = settings.require_prometheus_client
        self._in_flight: WeakSet[HTTPServerRequest] = WeakSet()
        self._task: asyncio.Task[None] | None = None
        for process in (ProcessCollector, PlatformCollector, GCCollector):
            process(registry=self.registry)
        self.registry.register(_StoreCollector(self, store, followers))
        self._requests: Counter | None = None
        self._seconds: Histogram | None = None
        if settings.prometheus_enabled:
            labels = ("method", "route", "status_code")
            self._requests = Counter(
                "peak_trade_http_requests",
                "HTTP requests answered, by route template",
                labels,
                registry=self.registry,
            )
            self._seconds = Histogram(
                "peak_trade_http_request_duration_seconds",
                "Seconds from the first byte of a request to the end of its answer",
                labels,
                buckets=BUCKETS,
                registry=self.registry,
            )
            self.registry.register(_InFlightCollector(self._in_flight))

    def start(self) -> None:
        """Begin to measure the lag of the running loop."""
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._measure_lag(), context=contextvars.Context())

    def stop(self) -> None:
        """Stop measuring."""
        if self._task is not None:
            self._task.cancel()

    def began(self, request: HTTPServerRequest) -> None:
        """Count a request as in flight until `ended`, or until it is gone."""
        if self._requests is not None:
            self._in_flight.add(request)

    def ended(self, request: HTTPServerRequest, route: str, status: int) -> None:
        """Count an answered request under its route template."""
        if self._requests is None or self._seconds is None:
            return
        self._in_flight.discard(request)
        method = request.method if request.method in METHODS else OTHER_METHOD
        labels = (method, route, str(status))
        self._requests.labels(*labels).inc()
        self._seconds.labels(*labels).observe(request.request_time())

    async def build(self, context: Context, params: Params) -> Raw:  # noqa: ARG002  one signature
        """Give the metrics in the text format that the client accepts."""
        try:
            encoder, content_type = choose_encoder(context.headers.get("Accept", ""))
            return Raw(encoder(self.registry), content_type)
        except Exception:
            log.exception("metrics cannot be produced")
        if self._required:
            return Raw(REQUIRED, "text/plain; charset=utf-8", status=503)
        return Raw(FALLBACK, "text/plain; version=0.0.4; charset=utf-8")

    async def _measure_lag(self) -> None:
        while True:
            due = clock.monotonic() + LAG_SECONDS
            await asyncio.sleep(LAG_SECONDS)
            self.lag = max(0.0, clock.monotonic() - due)


class _InFlightCollector(Collector):
    def __init__(self, requests: WeakSet[HTTPServerRequest]) -> None:
        self._requests = requests

    def collect(self) -> Iterator[Metric]:
        name = "peak_trade_http_in_flight_requests"
        yield GaugeMetricFamily(
            name, "HTTP requests that are being answered now", len(self._requests)
        )


class _StoreCollector(Collector):
    def __init__(
        self, metrics: Metrics, store: LiveStore, followers: Callable[[], dict[str, int]]
    ) -> None:
        self._metrics = metrics
        self._store = store
        self._followers = followers

    def collect(self) -> Iterator[Metric]:
        local = self._store.local
        artifacts = {
            "run": (len(local.index.heads), local.index.revision),
            "session": (len(local.sessions.documents), local.sessions.revision),
            "alert_day": (len(local.alerts.days), local.alerts.revision),
            "telemetry_log": (len(local.logs.logs), local.logs.revision),
        }
        yield _gauges(
            "peak_trade_artifacts",
            "Artifacts known, by family",
            "family",
            {family: count for family, (count, _) in artifacts.items()},
        )
        yield _gauges(
            "peak_trade_revision",
            "Number that grows when the list of a family changes",
            "family",
            {family: revision for family, (_, revision) in artifacts.items()},
        )
        yield _gauges(
            "peak_trade_losses",
            "Rows, cells and files that could not be read, of what is known now",
            "kind",
            self._store.losses().counts,
        )
        yield _gauges(
            "peak_trade_sse_followers",
            "Clients that follow event streams now",
            "stream",
            self._followers(),
        )
        yield CounterMetricFamily(
            "peak_trade_read_bytes", "Bytes read of artifacts since the process started", READ.total
        )
        rows = sum(run.events.nbytes for run in local.runs.values())
        yield GaugeMetricFamily(
            "peak_trade_rows_bytes", "Bytes of memory that rows of runs take", rows
        )
        yield GaugeMetricFamily(
            "peak_trade_reads_waiting",
            "Reads of artifacts under way or waiting for a thread",
            self._store.waiting,
        )
        yield GaugeMetricFamily(
            "peak_trade_open_pages", "Pages that are open in browsers", self._metrics.open_pages()
        )
        yield GaugeMetricFamily(
            "peak_trade_loop_lag_seconds",
            "Seconds by which the event loop was late when last measured",
            self._metrics.lag,
        )


def _gauges(name: str, text: str, label: str, values: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=(label,))
    for key, value in sorted(values.items()):
        family.add_metric((key,), value)
    return family
