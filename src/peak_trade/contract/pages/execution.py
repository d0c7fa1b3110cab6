"""Payload of the execution page: the newest events, latencies, and what is drawn over time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count, islice
from typing import Annotated, Final

import numpy as np
from typing_extensions import TypedDict

from peak_trade.artifacts.telemetry import TelemetryEvent
from peak_trade.contract.base import fields as f
from peak_trade.contract.base.freshness import Freshness, freshness
from peak_trade.contract.base.life import lives
from peak_trade.contract.base.route import Context
from peak_trade.contract.base.steps import steps
from peak_trade.contract.execution import timeline as execution
from peak_trade.contract.execution.lines import line
from peak_trade.contract.execution.params import ExecutionParams
from peak_trade.contract.execution.schema import ExecutionSummary, TimelineItem
from peak_trade.contract.pages import session as session_page
from peak_trade.contract.pages.run_chart import CurveParams, WindowView
from peak_trade.derive.arrays import Instant, Instants
from peak_trade.derive.downsample import apart
from peak_trade.derive.latency import latencies, spread
from peak_trade.store.families import Log

LANES: Final = ("intent", "order", "fill", "gate", "error", "other")
"""Kinds that have a lane of their own; any other kind is on the last one."""

MAX_PER_LANE: Final = 150
MAX_TEXT: Final = 120
"""Characters of a description that a mark of the chart has."""


class ExecutionRow(TimelineItem):
    """One event of the page's table."""

    seq: Annotated[int, f.about("Position in the log, from 0, of events with a time", 41)]
    time: Annotated[datetime, f.about("Time of the event", f.EXAMPLE_TIME)]
    blocked: Annotated[bool, f.about("A gate that let nothing pass", False)]


class StageLatency(TypedDict):
    """Latencies of one stage, milliseconds; null where there are too few values."""

    stage: Annotated[str, f.about("From which step to which", "intent to order")]
    n: Annotated[int, f.about("Number of values", 120)]
    p50: Annotated[float | None, f.about("Median", 12.5, unit="ms")]
    p95: Annotated[float | None, f.about("95th percentile", 80.0, unit="ms")]
    p99: Annotated[float | None, f.about("99th percentile", 140.0, unit="ms")]


class Lane(TypedDict):
    """Marks of one lane; lists of the same length."""

    times: Annotated[Instants, f.about("Times of the marks")]
    kinds: Annotated[list[str], f.about("Kinds of the events", ["fill"])]
    symbols: Annotated[list[str], f.about("Their symbols", ["BTC/EUR"])]
    descriptions: Annotated[
        list[str],
        f.about("The events in one line, at most 120 characters", ["Order: BUY 0.01 (market)"]),
    ]


class Lanes(TypedDict):
    """What is drawn over time."""

    lanes: Annotated[dict[str, Lane], f.about("Kind to its marks")]
    points: Annotated[int, f.about("Events in the window", 640)]
    drawn: Annotated[int, f.about("Marks that are drawn", 640)]
    begin: Annotated[Instant | None, f.about("Time of the first event of the log", f.EXAMPLE_TIME)]
    end: Annotated[Instant | None, f.about("Time of the last event of the log", f.EXAMPLE_TIME)]


class ExecutionPayload(TypedDict):
    """What the execution page shows besides its chart."""

    session_id: f.SessionId
    is_session: Annotated[bool, f.about("The registry has a session of this id", True)]
    has_log: Annotated[bool, f.about("There is a telemetry log of this id", True)]
    summary: Annotated[ExecutionSummary, f.about("Figures over all events of the log")]
    rows: Annotated[list[ExecutionRow], f.about("The last `limit`, newest first")]
    matching: Annotated[int, f.about("Events of the chosen kind", 640)]
    latencies: Annotated[list[StageLatency], f.about("One for each stage")]
    read_errors: Annotated[int, f.about("Lines of the log that could not be read", 0)]
    newest: Annotated[datetime | None, f.about("Time of the newest event", f.EXAMPLE_TIME)]
    freshness: Annotated[
        Freshness | None, f.about("Of the session, else of the log; null without either")
    ]


class ExecutionView(ExecutionParams, WindowView):
    """Filters of the table, and the window of the chart."""


class ExecutionWithLanes(ExecutionPayload):
    """What the execution page shows, with its chart."""

    lanes: Annotated[Lanes, f.about("What is drawn over time")]


async def execution_page(
    context: Context, params: ExecutionParams, session_id: str
) -> ExecutionPayload:
    """Give the execution telemetry of a session; an unknown one has none."""
    lines = await context.store.log(session_id)
    record = (await context.store.sessions()).by_id.get(session_id)
    page = await context.store.compute(lambda: _page(session_id, lines, params))
    if record is None and lines is None:
        return page
    alive, totals = await lives(context), (lines or Log()).totals
    if record is None:
        return {**page, "freshness": freshness(alive.log(session_id, totals))}
    judgement = alive.session(record, session_page.newest_signs(totals.last))
    return {**page, "is_session": True, "freshness": freshness(judgement)}


def _page(session_id: str, log: Log | None, params: ExecutionParams) -> ExecutionPayload:
    lines = log or Log()
    totals = lines.totals
    places = count(totals.count - 1, -1)
    usable = ((next(places), event) for event in lines.newest_first() if event.instant)
    chosen = (
        (seq, event)
        for seq, event in usable
        if not params.kind or (event.kind or "unknown") == params.kind
    )
    return {
        "session_id": session_id,
        "is_session": False,
        "has_log": log is not None,
        "summary": execution.summarize(session_id, totals),
        "rows": [_row(seq, event) for seq, event in islice(chosen, params.limit)],
        "matching": totals.kinds.get(params.kind, 0) if params.kind else totals.count,
        "latencies": stage_latencies(execution.usable(lines.state.records)),
        "read_errors": lines.state.read_errors.total,
        "newest": totals.last,
        "freshness": None,
    }


def _row(seq: int, event: TelemetryEvent) -> ExecutionRow:
    return {
        **execution.timeline_item(event),
        "description": line(event),
        "seq": seq,
        "time": _instant(event),
        "blocked": execution.is_blocked(event),
    }


def _instant(event: TelemetryEvent) -> datetime:
    assert event.instant is not None, "usable events have one"
    return event.instant


def stage_latencies(events: Sequence[TelemetryEvent]) -> list[StageLatency]:
    """Return the latencies of events with a time."""
    found = latencies(steps(events))
    told = {stage: spread(values) for stage, values in found.items()}
    return [
        {"stage": stage, "n": s.n, "p50": s.p50, "p95": s.p95, "p99": s.p99}
        for stage, s in told.items()
    ]


async def execution_with_lanes(
    context: Context, params: ExecutionView, session_id: str
) -> ExecutionWithLanes:
    """Give all of the execution page."""
    page = await execution_page(context, params, session_id)
    return {**page, "lanes": await lanes(context, params.drawn, session_id)}


async def lanes(context: Context, params: CurveParams, session_id: str) -> Lanes:
    """Give the events in a window of time, as marks on lanes by kind."""
    lines = await context.store.log(session_id)
    events = execution.usable(lines.state.records) if lines else []
    return await context.store.compute(lambda: event_lanes(events, params.since, params.until))


def event_lanes(
    events: Sequence[TelemetryEvent],
    since: datetime | None = None,
    until: datetime | None = None,
) -> Lanes:
    """Return marks for events with a time; of many on one lane, some that lie apart."""
    times = np.array([_naive(_instant(event)) for event in events], dtype="datetime64[us]")
    inside = np.ones(times.size, dtype=np.bool_)
    inside &= True if since is None else times >= np.datetime64(_naive(since))
    inside &= True if until is None else times <= np.datetime64(_naive(until))
    names = np.array([e.kind if e.kind in LANES else LANES[-1] for e in events], dtype="U6")
    markers: dict[str, Lane] = {}
    for name in LANES:
        found = np.flatnonzero(inside & (names == name))
        shown = found[apart(times[found].astype(np.float64), MAX_PER_LANE)]
        markers[name] = _lane([events[place] for place in shown], times[shown])
    return {
        "lanes": markers,
        "points": int(inside.sum()),
        "drawn": sum(lane["times"].size for lane in markers.values()),
        "begin": times.min() if times.size else None,
        "end": times.max() if times.size else None,
    }


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _lane(events: Sequence[TelemetryEvent], times: Instants) -> Lane:
    return {
        "times": times,
        "kinds": [event.kind or "unknown" for event in events],
        "symbols": [event.symbol for event in events],
        "descriptions": [line(event)[:MAX_TEXT] for event in events],
    }
