"""Metrics of roots by address: how often their stores were asked, and how old the copies are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from peak_trade import clock
from peak_trade.store.roots import Root


class StorageMetrics(Collector):
    """The families of all copies; requests are those of this process.

    Where there are several roots, each sample says its root.
    """

    def __init__(self, roots: Sequence[Root]) -> None:
        self._mirrors = {root.name: root.mirror for root in roots if root.mirror is not None}
        self._labels = ("root",) if len(roots) > 1 else ()

    def collect(self) -> Iterator[Metric]:
        """Yield the families as they are now."""
        requests = CounterMetricFamily(
            "peak_trade_storage_requests",
            "Requests to the store of a root by address, by operation and outcome",
            labels=(*self._labels, "operation", "outcome"),
        )
        up = self._gauge(
            "up",
            "1: the copy of a root by address is up to date; 0: its store is not reached, or it is"
            " being copied for the first time",
        )
        left_out = self._gauge(
            "left_out",
            "Objects of the store that are not copied as they are, by their name, size or rights",
        )
        age = self._gauge(
            "listing_age_seconds",
            "Seconds since the listing after which all of it was copied last began",
        )
        for name, mirror in self._mirrors.items():
            of_root = (name,) if self._labels else ()
            for labels, count in sorted(mirror.budget.counts.items()):
                requests.add_metric((*of_root, *labels), count)
            up.add_metric(of_root, not mirror.told().fault)
            left_out.add_metric(of_root, mirror.state.refused_count)
            if listed_at := mirror.state.listed_at:
                seconds = (clock.now() - datetime.fromisoformat(listed_at)).total_seconds()
                age.add_metric(of_root, seconds)
        yield requests
        yield up
        yield left_out
        if age.samples:
            yield age

    def _gauge(self, name: str, text: str) -> GaugeMetricFamily:
        return GaugeMetricFamily(f"peak_trade_storage_{name}", text, labels=self._labels)
