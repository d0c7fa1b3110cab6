"""Running figures of a telemetry log: any split of the events gives the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from drawn import lists
from peak_trade.derive.log_metrics import LogMetrics


@dataclass(frozen=True)
class Happened:
    instant: datetime | None
    kind: str
    symbol: str


START = datetime(2026, 1, 1, tzinfo=UTC)
EVENTS = st.builds(
    Happened,
    st.none() | st.integers(0, 5).map(lambda minutes: START + timedelta(minutes=minutes)),
    st.sampled_from(["", "fill", "order"]),
    st.sampled_from(["", "BTC/EUR", "ETH/EUR"]),
)


@given(lists(EVENTS, 40), st.integers(0, 30))
def test_metrics_do_not_depend_on_how_the_events_came(events: list[Happened], cut: int) -> None:
    metrics = LogMetrics().plus(events[:cut]).plus(events[cut:])
    timed = [event for event in events if event.instant is not None]
    instants = [event.instant for event in timed if event.instant]
    assert metrics == LogMetrics().plus(events)
    assert metrics.count == len(timed)
    assert (metrics.first, metrics.last) == (
        min(instants, default=None),
        max(instants, default=None),
    )
    assert metrics.symbols == {event.symbol for event in timed if event.symbol}
    assert sum(metrics.kinds.values()) == len(timed)
    assert set(metrics.kinds) == {event.kind or "unknown" for event in timed}
    assert metrics.in_order == (len(timed) == len(events) and instants == sorted(instants))
