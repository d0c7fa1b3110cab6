"""Alerts for Prometheus: how many of each severity were raised lately, by where they are stored.

Guarantees: an alert counts by its own time, so a restart changes nothing; every severity of every
source has a sample, also if it is 0; severities that are not known are `other`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from peak_trade import clock
from peak_trade.artifacts import times
from peak_trade.errors import OverloadedError
from peak_trade.store.live import LiveStore

WINDOWS: Final = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
SOURCES: Final = ("platform", "run", "telemetry")
OTHER: Final = "other"
SEVERITIES: Final = {
    "INFO": "info",
    "WARN": "warning",
    "WARNING": "warning",
    "CRITICAL": "critical",
}
"""Stored severity, without case, to label: the sources spell the same three in two ways."""

Raised = tuple[str, str, datetime]
"""Source, severity as stored, time."""


class AlertMetrics(Collector):
    """Collects what is known; `refresh` before a scrape brings it up to date."""

    def __init__(self, store: LiveStore) -> None:
        self._store = store
        self._counts = _counted([], clock.now())

    async def refresh(self) -> None:
        """Look at all alerts of the last day; if too many reads wait, what is known stays."""
        with suppress(OverloadedError):
            now = clock.now()
            since = now - max(WINDOWS.values())
            stored = await self._store.alerts(since, now)
            own = await self._store.run_alerts(since, now)
            rules = (await self._store.rule_alerts()).state.records

            def count() -> dict[str, Counter[tuple[str, str]]]:
                raised: list[Raised] = [("platform", a.severity, a.instant) for a in stored]
                raised += [("run", a.severity, a.instant) for a in own if a.instant]
                raised += [
                    ("telemetry", rule["severity"], instant)
                    for rule in rules
                    if (instant := times.parse(rule.get("timestamp_utc"))) and instant <= now
                ]
                return _counted(raised, now)

            self._counts = await self._store.compute(count)

    def collect(self) -> Iterator[Metric]:
        """Yield a family for each window."""
        for window, counts in self._counts.items():
            text = f"Alerts of the last {window}, by where they are stored and their severity"
            family = GaugeMetricFamily(
                f"peak_trade_alerts_last_{window}", text, labels=("source", "severity")
            )
            for source in SOURCES:
                for severity in (*dict.fromkeys(SEVERITIES.values()), OTHER):
                    family.add_metric((source, severity), counts[source, severity])
            yield family


def _counted(raised: list[Raised], now: datetime) -> dict[str, Counter[tuple[str, str]]]:
    return {
        window: Counter(
            (source, SEVERITIES.get(severity.upper(), OTHER))
            for source, severity, instant in raised
            if instant >= now - length
        )
        for window, length in WINDOWS.items()
    }
