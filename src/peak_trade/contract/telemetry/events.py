"""Payload of the telemetry query: events of one log or of all, as JSON or CSV."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import attrgetter
from typing import Any, Final

from peak_trade.artifacts import times
from peak_trade.artifacts.json_lines import LineCounts
from peak_trade.artifacts.telemetry import TelemetryEvent
from peak_trade.contract.base.downloads import harmless
from peak_trade.contract.base.route import Context, Raw
from peak_trade.contract.execution.timeline import describe
from peak_trade.contract.telemetry.params import TelemetryParams
from peak_trade.contract.telemetry.schema import Latency, TelemetryEvents, TelemetrySummary
from peak_trade.derive.latency import INTENT_TO_ORDER, Step, latencies, spread
from peak_trade.errors import NotFoundError
from peak_trade.store.families import Log

CSV_COLUMNS: Final = ("ts", "kind", "symbol", "session_id", "description", "details")

_SHOWN: Final[dict[str, tuple[tuple[str, str, Any], ...]]] = {
    "intent": (("side", "side", ""), ("quantity", "quantity", 0), ("price", "current_price", 0)),
    "order": (
        ("order_id", "client_id", ""),
        ("side", "side", ""),
        ("quantity", "quantity", 0),
        ("order_type", "order_type", ""),
    ),
    "fill": (
        ("order_id", "client_id", ""),
        ("filled_quantity", "filled_quantity", 0),
        ("fill_price", "fill_price", 0),
        ("fill_fee", "fill_fee", 0),
    ),
    "gate": (("gate_name", "gate_name", ""), ("passed", "passed", False), ("reason", "reason", "")),
    "error": (("error_message", "error", ""),),
}
"""By kind: name in the answer, key of the payload, value where the key is missing."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Matching events, oldest first, and the lines of the logs looked at."""

    events: list[TelemetryEvent]
    counts: LineCounts


async def telemetry(context: Context, params: TelemetryParams) -> TelemetryEvents | Raw:
    """Give telemetry events, filtered, the newest ones."""
    index = await context.store.logs()
    if params.session_id and params.session_id not in index.logs:
        raise NotFoundError(f"Session log not found: {params.session_id}")
    if not index.logs:
        raise NotFoundError("No telemetry logs found")
    found = await _wanted(context, params)
    counts = LineCounts(
        total=sum(log.state.total_lines for log in found),
        valid=sum(log.state.valid_lines for log in found),
        invalid=sum(log.state.invalid_lines for log in found),
    )
    events = await context.store.compute(lambda: select(found, params))
    chosen = Selection(events, counts)
    return as_csv(chosen, params) if params.format == "csv" else as_json(chosen, params)


async def revision(context: Context, params: TelemetryParams) -> int | None:
    """Return the greatest revision of the logs looked at, and of their list."""
    found = await _wanted(context, params)
    index = context.store.local.logs
    return max(index.revision, *(lines.revision for lines in found)) if found else None


async def _wanted(context: Context, params: TelemetryParams) -> list[Log]:
    """Return the log that is asked for, or all."""
    store = context.store
    wanted = [params.session_id] if params.session_id else sorted((await store.logs()).logs)
    return [lines for log_id in wanted if (lines := await store.log(log_id))]


def select(logs: list[Log], params: TelemetryParams) -> list[TelemetryEvent]:
    """Return the newest matching events: of one log in file order, of all in order of time.

    A log in order of time is read from its end, and only as far as its share can reach.
    """
    since, until = times.parse(params.from_), times.parse(params.to)

    def matches(event: TelemetryEvent) -> bool:
        if params.session_id and event.session_id != params.session_id:
            return False
        if params.type and event.kind != params.type:
            return False
        if params.symbol and event.symbol != params.symbol:
            return False
        return _within(event.instant, since, until)

    chosen: list[TelemetryEvent] = []
    for log in logs:
        whole = not params.session_id and not log.totals.in_order
        newest = islice(filter(matches, log.newest_first()), None if whole else params.limit)
        chosen += list(newest)[::-1]
    if not params.session_id:
        untimed = [event for event in chosen if event.instant is None]
        timed = [event for event in chosen if event.instant is not None]
        chosen = [*untimed, *sorted(timed, key=attrgetter("instant"))]
    return chosen[-params.limit :]


def _within(instant: datetime | None, since: datetime | None, until: datetime | None) -> bool:
    if since is None and until is None:
        return True
    return instant is not None and not (
        (since is not None and instant < since) or (until is not None and instant > until)
    )


def as_json(chosen: Selection, params: TelemetryParams) -> TelemetryEvents:
    """Return the JSON answer."""
    counts = chosen.counts
    return {
        "summary": summarize(chosen.events),
        "timeline": [timeline_item(event) for event in chosen.events],
        "query": {
            "session_id": params.session_id or None,
            "type": params.type or None,
            "symbol": params.symbol or None,
            "from": params.from_ or None,
            "to": params.to or None,
            "limit": params.limit,
        },
        "stats": {
            "total_lines": counts.total,
            "valid_events": counts.valid,
            "invalid_lines": counts.invalid,
            "error_rate": counts.invalid / counts.total if counts.total else 0.0,
        },
    }


def summarize(events: list[TelemetryEvent]) -> TelemetrySummary:
    """Return metrics over events."""
    summary: TelemetrySummary = {
        "total_events": len(events),
        "counts_by_type": dict(Counter(event.kind or "unknown" for event in events)),
    }
    if not events:
        return summary
    summary["unique_symbols"] = sorted({event.symbol for event in events if event.symbol})
    summary["unique_sessions"] = sorted({e.session_id for e in events if e.session_id})
    timed = [event for event in events if event.instant is not None]
    if timed:
        summary["first_ts"] = min(timed, key=attrgetter("instant")).ts
        summary["last_ts"] = max(timed, key=attrgetter("instant")).ts
    latency = order_latency(events)
    if latency:
        summary["latency_ms"] = latency
    return summary


def order_latency(events: list[TelemetryEvent]) -> Latency | None:
    """Return the time from intent to order in milliseconds, as `derive.latency` says."""
    steps = (Step(e.kind, e.symbol, "", e.instant) for e in events if e.instant is not None)
    values = latencies(steps)[INTENT_TO_ORDER]
    told = spread(values)
    if told.p50 is None:
        return None
    return {"min": min(values), "max": max(values), "median": told.p50, "p95": told.p95}


def timeline_item(event: TelemetryEvent) -> dict[str, Any]:
    """Return the timeline entry of an event; stored nulls stay null."""
    item: dict[str, Any] = {
        "ts": event.ts,
        "type": event.kind or "unknown",
        "symbol": event.symbol,
        "session_id": event.session_id,
        "mode": event.mode,
    }
    for name, key, default in _SHOWN.get(event.kind, ()):
        item[name] = event.payload.get(key, default)
    return item


def as_csv(chosen: Selection, params: TelemetryParams) -> Raw:
    """Return the CSV answer; text cells cannot start a spreadsheet formula."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(CSV_COLUMNS)
    for event in chosen.events:
        details = "; ".join(f"{key}={value}" for key, value in event.payload.items())
        cells = (event.ts, event.kind, event.symbol, event.session_id, describe(event), details)
        writer.writerow([harmless(cell) for cell in cells])
    name = f"telemetry_{params.session_id or 'all'}_{params.type or 'all'}.csv"
    return Raw(
        stream.getvalue().encode(),
        "text/csv; charset=utf-8",
        filename=re.sub(r"[^A-Za-z0-9._-]", "", name),
    )
