"""What latencies are computed from: the events of a telemetry log that have a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from peak_trade.artifacts.telemetry import TelemetryEvent
from peak_trade.derive.latency import Step


def steps(events: Iterable[TelemetryEvent]) -> list[Step]:
    """Return what the latencies are computed from: the events that have a time."""
    return [
        Step(event.kind, event.symbol, _client_id(event.payload), event.instant)
        for event in events
        if event.instant is not None
    ]


def _client_id(payload: Mapping[str, Any]) -> str:
    value = payload.get("client_id")
    return value if isinstance(value, str) else ""
