"""Freshness: the state of a run from the age of its last event and its time frame."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from peak_trade.derive.freshness import Freshness, candle_length, freshness, limits

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


def state(age: timedelta, timeframe: str) -> Freshness:
    return freshness(ended=False, last_event=NOW - age, timeframe=timeframe, now=NOW)


@pytest.mark.parametrize(
    ("timeframe", "minutes"), [("1m", 1), (" 5M", 5), ("1h", 60), ("1d", 24 * 60)]
)
def test_the_length_of_a_candle(timeframe: str, minutes: int) -> None:
    assert candle_length(timeframe) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "0m", "m", "1y", "99999m", "1 m", "<b>"])
def test_a_time_frame_that_is_not_understood_is_a_minute(text: str) -> None:
    assert candle_length(text) == timedelta(minutes=1)


@pytest.mark.parametrize("timeframe", ["1m", "15m", "1h"])
def test_states_change_just_beyond_the_limits(timeframe: str) -> None:
    late, stale, crashed = limits(timeframe)
    assert late < stale < crashed
    moment = timedelta(microseconds=1)
    assert state(late, timeframe) is Freshness.LIVE
    assert state(late + moment, timeframe) is Freshness.LATE
    assert state(stale + moment, timeframe) is Freshness.STALE
    assert state(crashed + moment, timeframe) is Freshness.CRASHED


def test_a_run_that_ended_or_never_began_has_no_age() -> None:
    assert freshness(ended=True, last_event=None, timeframe="1m", now=NOW) is Freshness.ENDED
    assert freshness(ended=False, last_event=None, timeframe="1m", now=NOW) is Freshness.UNKNOWN


def test_an_event_in_the_future_is_live() -> None:
    assert state(timedelta(hours=-5), "1m") is Freshness.LIVE
