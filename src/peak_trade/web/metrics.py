"""Prometheus metrics, or what is answered without them.

Guarantees: labels come from closed sets (method, route template, status); metrics that cannot be
produced, or have no client library to produce them, give the fallback text, or 503 where they are
required; everything else works without the library.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tornado.httputil import HTTPServerRequest

from peak_trade import clock
from peak_trade.contract.base.route import Context, Params, Raw
from peak_trade.contract.base.workers import Workers
from peak_trade.settings import Settings
from peak_trade.store.live import LiveStore

if TYPE_CHECKING:
    from peak_trade.web.collectors import Collectors

log = logging.getLogger(__name__)

UNKNOWN_ROUTE: Final = "__unknown__"
LAG_SECONDS: Final = 1.0
FALLBACK: Final = (
    b"# HELP peak_trade_metrics_fallback Metrics cannot be produced\n"
    b"# TYPE peak_trade_metrics_fallback gauge\n"
    b"peak_trade_metrics_fallback 1\n"
)
REQUIRED: Final = b"prometheus_client required but unavailable\n"


class Metrics:
    """The metrics of a process. `followers` counts the clients of each kind of stream.

    The process may be one of several `workers`, as they are told when a scrape asks.
    """

    def __init__(
        self,
        settings: Settings,
        store: LiveStore,
        followers: Callable[[], dict[str, int]],
        workers: Callable[[], Workers | None],
    ) -> None:
        self.open_pages: Callable[[], int] = lambda: 0
        self.lag = 0.0
        self.collectors = _collectors(self, settings, store, followers, workers)
        """None without the client library."""
        self._required = settings.require_prometheus_client
        self._task: asyncio.Task[None] | None = None

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
        if self.collectors is not None:
            self.collectors.began(request)

    def ended(self, request: HTTPServerRequest, route: str, status: int) -> None:
        """Count an answered request under its route template."""
        if self.collectors is not None:
            self.collectors.ended(request, route, status)

    async def build(self, context: Context, params: Params) -> Raw:  # noqa: ARG002  one signature
        """Give the metrics in the text format that the client accepts."""
        if self.collectors is not None:
            try:
                return Raw(*await self.collectors.text(context.headers.get("Accept", "")))
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


def _collectors(
    metrics: Metrics,
    settings: Settings,
    store: LiveStore,
    followers: Callable[[], dict[str, int]],
    workers: Callable[[], Workers | None],
) -> Collectors | None:
    try:
        from peak_trade.web.collectors import Collectors  # needs the client library
    except ImportError as error:
        log.warning("no metrics, for prometheus_client cannot be imported: %s", error)
        return None
    return Collectors(metrics, settings, store, followers, workers)
