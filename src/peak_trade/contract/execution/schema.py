"""What routes and pages say of a session's execution telemetry."""

from __future__ import annotations

from typing import Annotated, NotRequired

from typing_extensions import TypedDict

from peak_trade.contract.base import fields as f


class TimelineItem(TypedDict):
    """One telemetry event."""

    ts: f.Iso
    kind: Annotated[str, f.about("intent, order, fill, gate, error or another text", "fill")]
    symbol: f.Symbol
    description: Annotated[
        str, f.about("The event in one line", "Fill: 0.010000 @ $42,121.05 (fee: $1.0951)")
    ]
    details: Annotated[f.Object, f.about("Payload of the event, verbatim", {"side": "buy"})]


class ExecutionSummary(TypedDict):
    """Metrics over all usable events of a session."""

    session_id: f.SessionId
    event_count: Annotated[int, f.about("All usable events, without filter and limit", 640)]
    found: Annotated[bool, f.about("There is at least one event", True)]
    kind_counts: NotRequired[f.ByName]
    start_time: NotRequired[Annotated[str, f.about("Earliest event, ISO 8601", f.EXAMPLE_TIME)]]
    end_time: NotRequired[Annotated[str, f.about("Latest event, ISO 8601", f.EXAMPLE_TIME)]]
    symbols: NotRequired[Annotated[list[str], f.about("Distinct, sorted", ["BTC/EUR"])]]


class ExecutionFilters(TypedDict):
    """Filters as received."""

    kind: Annotated[str | None, f.about("As received", None)]
    limit: f.Limit


class ExecutionTimeline(TypedDict):
    """A session's newest events, newest first."""

    session_id: f.SessionId
    timeline: Annotated[list[TimelineItem], f.about("Newest first")]
    summary: Annotated[ExecutionSummary, f.about("Metrics over all events of the session")]
    filters: Annotated[ExecutionFilters, f.about("Filters as received")]
    count: f.Count
