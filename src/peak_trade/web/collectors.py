"""What is counted and collected for Prometheus: requests, the state of the store, trading metrics.

Only this module and those it uses import the client library; `metrics` can do without them.
Of several workers each tells of itself, with its number as a label, and the one that speaks for all
of the artifacts, of which all would say the same: so sums over the workers are right. Guarantees:
registries of its own; a scrape changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final
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

from peak_trade.artifacts.files import READ
from peak_trade.contract.base.workers import Workers
from peak_trade.settings import Settings
from peak_trade.store.directories import FAMILIES
from peak_trade.store.live import LiveStore
from peak_trade.web.alert_metrics import AlertMetrics
from peak_trade.web.gauges import gauges
from peak_trade.web.read_error_metrics import ReadErrorMetrics
from peak_trade.web.storage_metrics import StorageMetrics
from peak_trade.web.trading_metrics import TradingMetrics

if TYPE_CHECKING:
    from peak_trade.web.metrics import Metrics

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD: Final = "__other__"
"""A client can make up methods; each would be a series that is never forgotten."""
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Collectors:
    """All collectors of a process: those of itself, and those of the artifacts."""

    def __init__(
        self,
        metrics: Metrics,
        settings: Settings,
        store: LiveStore,
        followers: Callable[[], dict[str, int]],
        workers: Callable[[], Workers | None],
    ) -> None:
        self._of_process, self._of_artifacts = CollectorRegistry(), CollectorRegistry()
        self._store, self._workers = store, workers
        for process in (ProcessCollector, PlatformCollector, GCCollector):
            process(registry=self._of_process)
        self._of_process.register(_ProcessCollector(metrics, store, followers))
        if any(root.mirror for root in store.local.roots):
            self._of_process.register(StorageMetrics(store.local.roots))
        self._requests = _Requests(self._of_process) if settings.prometheus_enabled else None
        self._refreshed = (TradingMetrics(store, settings), AlertMetrics(store))
        for collector in (_StoreCollector(store), ReadErrorMetrics(store), *self._refreshed):
            self._of_artifacts.register(collector)

    def began(self, request: HTTPServerRequest) -> None:
        """Count a request as in flight until `ended`, or until it is gone."""
        if self._requests is not None:
            self._requests.in_flight.add(request)

    def ended(self, request: HTTPServerRequest, route: str, status: int) -> None:
        """Count an answered request under its route template."""
        if self._requests is not None:
            self._requests.ended(request, route, status)

    async def text(self, accept: str) -> tuple[bytes, str]:
        """Return the metrics in the format that a client accepts, and its content type."""
        workers, told = self._workers(), [self._of_process]
        await self._store.directories()
        if workers is None or workers.speaks:
            told.append(self._of_artifacts)
            for collector in self._refreshed:
                await collector.refresh()
        encoder, content_type = choose_encoder(accept)
        return encoder(_Told(told, workers)), content_type


class _Told:
    """The families of some registries; of a worker, with its number on each sample."""

    def __init__(self, registries: Sequence[CollectorRegistry], workers: Workers | None) -> None:
        self._registries = registries
        self._labels = {} if workers is None else {"worker": str(workers.own)}

    def collect(self) -> Iterator[Metric]:
        for family in chain.from_iterable(one.collect() for one in self._registries):
            for at, sample in enumerate(family.samples if self._labels else ()):
                labels = {**sample.labels, **self._labels}
                family.samples[at] = sample._replace(labels=labels)
            yield family


class _Requests(Collector):
    """The three families of HTTP requests."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.in_flight: WeakSet[HTTPServerRequest] = WeakSet()
        labels = ("method", "route", "status_code")
        self._answered = Counter(
            "peak_trade_http_requests",
            "HTTP requests answered, by route template",
            labels,
            registry=registry,
        )
        self._seconds = Histogram(
            "peak_trade_http_request_duration_seconds",
            "Seconds from the first byte of a request to the end of its answer",
            labels,
            buckets=BUCKETS,
            registry=registry,
        )
        registry.register(self)

    def ended(self, request: HTTPServerRequest, route: str, status: int) -> None:
        self.in_flight.discard(request)
        method = request.method if request.method in METHODS else OTHER_METHOD
        labels = (method, route, str(status))
        self._answered.labels(*labels).inc()
        self._seconds.labels(*labels).observe(request.request_time())

    def collect(self) -> Iterator[Metric]:
        name = "peak_trade_http_in_flight_requests"
        text = "HTTP requests that are being answered now"
        yield GaugeMetricFamily(name, text, len(self.in_flight))


class _StoreCollector(Collector):
    """What is known of the artifacts."""

    def __init__(self, store: LiveStore) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        local = self._store.local
        artifacts = {
            "run": (len(local.index.summaries), local.index.revision),
            "session": (len(local.sessions.documents), local.sessions.revision),
            "alert_day": (len(local.alerts.days), local.alerts.revision),
            "telemetry_log": (len(local.logs.logs), local.logs.revision),
        }
        yield gauges(
            "peak_trade_directory_up",
            "1: the directory of a family can be listed, or has yet to be made; 0: it cannot",
            "family",
            {family: family not in local.directories.faults for family in FAMILIES},
        )
        if len(local.roots) > 1:
            yield gauges(
                "peak_trade_root_up",
                "1: one of several roots can be reached; 0: it cannot, and what was known is shown",
                "root",
                {root.name: root.name not in local.directories.away for root in local.roots},
            )
        yield gauges(
            "peak_trade_artifacts",
            "Artifacts known, by family",
            "family",
            {family: count for family, (count, _) in artifacts.items()},
        )
        yield gauges(
            "peak_trade_revision",
            "Number that grows when the list of a family changes",
            "family",
            {family: revision for family, (_, revision) in artifacts.items()},
        )


class _ProcessCollector(Collector):
    """What this process does, and for whom."""

    def __init__(
        self, metrics: Metrics, store: LiveStore, followers: Callable[[], dict[str, int]]
    ) -> None:
        self._metrics = metrics
        self._store = store
        self._followers = followers

    def collect(self) -> Iterator[Metric]:
        yield gauges(
            "peak_trade_sse_followers",
            "Clients that follow event streams now",
            "stream",
            self._followers(),
        )
        yield CounterMetricFamily(
            "peak_trade_read_bytes", "Bytes read of artifacts since the process started", READ.total
        )
        rows = sum(run.events.nbytes for run in self._store.local.runs.values())
        yield GaugeMetricFamily(
            "peak_trade_rows_bytes", "Bytes of memory that rows of runs take", rows
        )
        yield GaugeMetricFamily(
            "peak_trade_reads_waiting",
            "Reads of artifacts under way or waiting for a thread",
            self._store.reading.waiting,
        )
        yield GaugeMetricFamily(
            "peak_trade_open_pages", "Pages that are open in browsers", self._metrics.open_pages()
        )
        yield GaugeMetricFamily(
            "peak_trade_loop_lag_seconds",
            "Seconds by which the event loop was late when last measured",
            self._metrics.lag,
        )
