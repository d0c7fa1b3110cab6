"""Read errors for Prometheus: a counter by kind, and the gauge that went before it.

What is known to be unreadable can become less: a file is mended, or a run is deleted. The counter
never falls: from scrape to scrape it grows by what each place has more than before. What is read
anew counts anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from peak_trade.contract.pages.quality import KINDS
from peak_trade.store.live import LiveStore
from peak_trade.web.gauges import gauges


class ReadErrorMetrics(Collector):
    """The families of read errors; every kind has a series from the start."""

    def __init__(self, store: LiveStore) -> None:
        self._store = store
        self._found: Counter[str] = Counter(dict.fromkeys(KINDS, 0))
        self._last: dict[tuple[str, str | None], Counter[str]] = {}

    @override
    def collect(self) -> Iterator[Metric]:
        """Yield what was found since the process started, and what is known now."""
        now = {
            (place.family, place.run_id): Counter(place.read_errors.counts)
            for place in self._store.local.read_error_places()
        }
        for place, counts in now.items():
            self._found.update(counts - self._last.get(place, Counter()))
        self._last = now
        found = CounterMetricFamily(
            "peak_trade_read_errors",
            "Rows, cells and files that could not be read since the process started",
            labels=("kind",),
        )
        for kind, count in self._found.items():
            found.add_metric((kind,), count)
        yield found
        yield gauges(
            "peak_trade_losses",
            "deprecated, use peak_trade_read_errors_total: what could not be read of what is known",
            "kind",
            self._store.read_errors().counts,
        )
        yield from self._coverage()

    def _coverage(self) -> Iterator[Metric]:
        known = self._store.local.coverage()
        families = {"runs": known.runs, "alerts": known.alert_files, "telemetry": known.logs}
        yield gauges(
            "peak_trade_read_errors_covered",
            "Artifacts whose read errors are counted: runs, alert files, telemetry logs",
            "family",
            {name: covered.read for name, covered in families.items()},
        )
        yield gauges(
            "peak_trade_read_errors_listed",
            "Artifacts that there are of these; the rest is read in the background",
            "family",
            {name: covered.listed for name, covered in families.items()},
        )
