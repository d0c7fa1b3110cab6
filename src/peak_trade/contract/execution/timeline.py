"""Payload of one session's execution timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, Final

from peak_trade.artifacts import times
from peak_trade.artifacts.telemetry import TelemetryEvent
from peak_trade.contract.base.route import Context
from peak_trade.contract.execution.params import ExecutionParams
from peak_trade.contract.execution.schema import ExecutionSummary, ExecutionTimeline, TimelineItem
from peak_trade.derive.log_metrics import LogMetrics
from peak_trade.jsonio import number
from peak_trade.store.families import Log

Payload = dict[str, Any]


async def execution(
    context: Context, params: ExecutionParams, session_id: str
) -> ExecutionTimeline:
    """Give the execution timeline of a session; an unknown session is empty."""
    log = await context.store.log(session_id) or Log()
    return await context.store.compute(lambda: execution_timeline(session_id, log, params))


async def revision(context: Context, params: ExecutionParams, session_id: str) -> int | None:
    """Return the revision of a session's log."""
    lines = await context.store.log(session_id)
    return lines.revision if lines else None


def execution_timeline(session_id: str, log: Log, params: ExecutionParams) -> ExecutionTimeline:
    """Return the newest events of a log and metrics over all of them."""
    chosen = (
        event
        for event in log.newest_first()
        if event.instant is not None and (not params.kind or event.kind == params.kind)
    )
    timeline = [timeline_item(event) for event in islice(chosen, params.limit)]
    return {
        "session_id": session_id,
        "timeline": timeline,
        "summary": summarize(session_id, log.totals),
        "filters": {"kind": params.kind, "limit": params.limit},
        "count": len(timeline),
    }


def usable(events: Iterable[TelemetryEvent]) -> list[TelemetryEvent]:
    """Return the events that have a time, in file order."""
    return [event for event in events if event.instant is not None]


def timeline_item(event: TelemetryEvent) -> TimelineItem:
    """Return the timeline entry of an event."""
    return {
        "ts": times.iso(event.instant) or event.ts,
        "kind": event.kind or "unknown",
        "symbol": event.symbol,
        "description": describe(event),
        "details": event.payload,
    }


def summarize(session_id: str, metrics: LogMetrics) -> ExecutionSummary:
    """Return the metrics of a session's log."""
    result: ExecutionSummary = {
        "session_id": session_id,
        "event_count": metrics.count,
        "found": metrics.count > 0,
    }
    if metrics.first is not None and metrics.last is not None:
        result["kind_counts"] = dict(metrics.kinds)
        result["start_time"] = metrics.first.isoformat()
        result["end_time"] = metrics.last.isoformat()
        result["symbols"] = sorted(metrics.symbols)
    return result


def describe(event: TelemetryEvent) -> str:
    """Return an event in one line of text."""
    form = _FORMS.get(event.kind)
    if form is None:
        return f"{(event.kind or 'unknown').upper()}: {event.payload}"
    return form(event.payload)


def _number(payload: Payload, key: str) -> float:
    return number(payload.get(key)) or 0.0


def _text(payload: Payload, key: str, default: str = "") -> str:
    value = payload.get(key)
    return value if isinstance(value, str) else default


def _intent(payload: Payload) -> str:
    side, quantity = _text(payload, "side").upper(), _number(payload, "quantity")
    return f"Intent: {side} {quantity:.6f} @ ${_number(payload, 'current_price'):,.2f}"


def _order(payload: Payload) -> str:
    side, quantity = _text(payload, "side").upper(), _number(payload, "quantity")
    return f"Order: {side} {quantity:.6f} ({_text(payload, 'order_type', 'market')})"


def _fill(payload: Payload) -> str:
    price, fee = _number(payload, "fill_price"), _number(payload, "fill_fee")
    return f"Fill: {_number(payload, 'filled_quantity'):.6f} @ ${price:,.2f} (fee: ${fee:.4f})"


def is_blocked(event: TelemetryEvent) -> bool:
    """Tell whether an event is a gate that let nothing pass."""
    return event.kind == "gate" and not event.payload.get("passed")


def _gate(payload: Payload) -> str:
    outcome = "✅ PASS" if payload.get("passed") else "❌ BLOCK"
    return f"Gate [{_text(payload, 'gate_name')}]: {outcome}"


def _error(payload: Payload) -> str:
    return f"Error: {_text(payload, 'error', 'Unknown error')}"


_FORMS: Final[dict[str, Callable[[Payload], str]]] = {
    "intent": _intent,
    "order": _order,
    "fill": _fill,
    "gate": _gate,
    "error": _error,
}
