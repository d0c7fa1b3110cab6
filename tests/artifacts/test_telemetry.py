"""Events of a telemetry log: what they share is kept once, and nothing of them for ever."""

from __future__ import annotations

import tracemalloc

from peak_trade.artifacts.record import Record
from peak_trade.artifacts.telemetry import TelemetryEvent, make_event

NAMES = ("kind", "symbol", "session_id", "mode")


def event_of(text: str) -> TelemetryEvent:
    """Return an event all of whose names are this text, as a parser made it: each time anew."""
    return make_event(Record({name: text.encode().decode() for name in NAMES}))


def test_events_share_their_texts() -> None:
    one, other = event_of("session_1"), event_of("session_1")
    assert all(getattr(one, name) is getattr(other, name) for name in NAMES)


def test_nothing_of_a_log_that_was_dropped_is_kept() -> None:
    """Short texts of a hostile log are many, its long ones are long."""
    tracemalloc.start()
    try:
        for number in range(20_000):
            event_of(f"{number}")
        before, _ = tracemalloc.get_traced_memory()
        for number in range(20_000):
            event_of(f"other {number:>100}")
        for number in range(100):
            event_of(f"{number}" + "x" * 100_000)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 1_000_000
