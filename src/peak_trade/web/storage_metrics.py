"""Metrics of a root by address: how often its store was asked, and how old the copy is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from peak_trade import clock
from peak_trade.storage.mirror import Mirror


class StorageMetrics(Collector):
    """The families of one copy; requests are those of this process."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror

    def collect(self) -> Iterator[Metric]:
        """Yield the families as they are now."""
        requests = CounterMetricFamily(
            "peak_trade_storage_requests",
            "Requests to the store of a root by address, by operation and outcome",
            labels=("operation", "outcome"),
        )
        for labels, count in sorted(self._mirror.budget.counts.items()):
            requests.add_metric(labels, count)
        yield requests
        yield GaugeMetricFamily(
            "peak_trade_storage_up",
            "1: the copy of a root by address is up to date; 0: its store is not reached, or it is"
            " being copied for the first time",
            not self._mirror.told().fault,
        )
        yield GaugeMetricFamily(
            "peak_trade_storage_left_out",
            "Objects of the store that are not copied as they are, by their name, size or rights",
            self._mirror.state.refused_count,
        )
        if listed_at := self._mirror.state.listed_at:
            yield GaugeMetricFamily(
                "peak_trade_storage_listing_age_seconds",
                "Seconds since the listing after which all of it was copied last began",
                (clock.now() - datetime.fromisoformat(listed_at)).total_seconds(),
            )
