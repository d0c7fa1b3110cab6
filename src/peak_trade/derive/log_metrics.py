"""Running metrics of a telemetry log: counts, times and symbols, kept per new event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


class Event(Protocol):
    """What the metrics need of an event; `instant` is None without a usable time."""

    @property
    def instant(self) -> datetime | None:
        """When it happened."""

    @property
    def kind(self) -> str:
        """What happened; may be empty."""

    @property
    def symbol(self) -> str:
        """What was traded; may be empty."""


@dataclass(frozen=True, slots=True)
class LogMetrics:
    """Metrics over the events that have a time.

    `in_order` tells that all events have one, and that none is earlier than the one before.
    """

    count: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    symbols: frozenset[str] = frozenset()
    first: datetime | None = None
    last: datetime | None = None
    in_order: bool = True

    def plus(self, events: Iterable[Event]) -> LogMetrics:
        """Return the metrics with these events after the known ones."""
        kinds, symbols = Counter(self.kinds), set(self.symbols)
        first, last, in_order = self.first, self.last, self.in_order
        for event in events:
            instant = event.instant
            if instant is None:
                in_order = False
                continue
            kinds[event.kind or "unknown"] += 1
            symbols.add(event.symbol)
            first = instant if first is None or instant < first else first
            if last is None or instant >= last:
                last = instant
            else:
                in_order = False
        named = frozenset(symbol for symbol in symbols if symbol)
        return LogMetrics(kinds.total(), dict(kinds), named, first, last, in_order)
