"""The judgement: states by silence and cadence, and the reason of each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_trade.derive.freshness import (
    Cadence,
    CadenceSource,
    Evidence,
    Freshness,
    Grace,
    Judgement,
    Reason,
    Sign,
    judge,
    limits,
)

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
GRACE = Grace()
MINUTE = timedelta(minutes=1)
CANDLES = Cadence(MINUTE, CadenceSource.TIMEFRAME)
HOLDS = Cadence(MINUTE, CadenceSource.FLUSH, held=49 * MINUTE)
BEFORE = Sign(Evidence.ROW, NOW - 25 * MINUTE)
OTHERS = [evidence for evidence in Evidence if evidence is not Evidence.ROW]


def at(age: timedelta, cadence: Cadence = CANDLES) -> Judgement:
    return judge([Sign(Evidence.ROW, NOW - age)], cadence, GRACE, NOW)


@pytest.mark.parametrize("minutes", [1, 15, 60])
def test_states_change_just_beyond_the_limits(minutes: int) -> None:
    cadence = Cadence(minutes * MINUTE, CadenceSource.TIMEFRAME)
    late, stale, crashed = limits(cadence, GRACE)
    assert stale is not None
    assert crashed is not None
    moment = timedelta(microseconds=1)
    assert at(late, cadence).state is Freshness.LIVE
    assert at(late + moment, cadence).state is Freshness.LATE
    assert at(stale + moment, cadence).state is Freshness.STALE
    assert at(crashed, cadence).state is Freshness.STALE
    assert at(crashed + moment, cadence).state is Freshness.CRASHED


@pytest.mark.parametrize("evidence", OTHERS)
def test_any_sign_of_life_makes_a_quiet_market_no_crash(evidence: Evidence) -> None:
    found = judge([BEFORE, Sign(evidence, NOW - 2 * timedelta(seconds=1))], CANDLES, GRACE, NOW)
    assert (found.state, found.reason) == (Freshness.LIVE, Reason.QUIET)
    assert (found.evidence, found.row, found.silence) == (
        evidence,
        BEFORE.at,
        timedelta(seconds=2),
    )


def test_a_crash_is_silence_of_everything() -> None:
    last = Sign(Evidence.RECORD, NOW - 11 * MINUTE)
    found = judge([BEFORE, last], CANDLES, GRACE, NOW)
    assert (found.state, found.reason, found.as_of) == (Freshness.CRASHED, Reason.CRASHED, last.at)
    assert not found.goes_on


def test_a_writer_that_holds_rows_back_is_not_stuck_until_they_are_overdue() -> None:
    assert at(25 * MINUTE, CANDLES).state is Freshness.CRASHED
    held = at(25 * MINUTE, HOLDS)
    assert (held.state, held.reason) == (Freshness.LIVE, Reason.HELD)
    assert at(51 * MINUTE, HOLDS).state is Freshness.LATE
    assert at(60 * MINUTE, HOLDS).state is Freshness.CRASHED
    alive = Sign(Evidence.RECORD, NOW)
    overdue = Sign(Evidence.ROW, NOW - 60 * MINUTE)
    assert judge([overdue, alive], HOLDS, GRACE, NOW).reason is Reason.QUIET


def test_without_a_cadence_only_a_moment_ago_is_a_verdict() -> None:
    assert at(timedelta(seconds=59), Cadence()).state is Freshness.LIVE
    unknown = at(25 * MINUTE, Cadence())
    assert (unknown.state, unknown.reason) == (Freshness.UNKNOWN, Reason.NO_CADENCE)


def test_what_cannot_crash_is_stale_for_good() -> None:
    observed = Cadence(MINUTE, CadenceSource.OBSERVED, can_crash=False)
    assert at(timedelta(days=400), observed).state is Freshness.STALE


def test_ended_and_never_begun() -> None:
    ended = judge([BEFORE], CANDLES, GRACE, NOW, ended=True)
    assert (ended.state, ended.ended_at) == (Freshness.ENDED, BEFORE.at)
    told = judge([BEFORE], CANDLES, GRACE, NOW, ended=True, ended_at=NOW)
    assert (told.as_of, told.ended_at) == (NOW, NOW)
    none = judge([], CANDLES, GRACE, NOW)
    assert (none.state, none.reason, none.as_of) == (Freshness.UNKNOWN, Reason.NO_DATA, None)


def test_times_ahead_are_no_signs_of_life() -> None:
    ahead = Sign(Evidence.FILE, NOW + timedelta(hours=5))
    assert judge([ahead], CANDLES, GRACE, NOW).reason is Reason.NO_DATA
    row = Sign(Evidence.ROW, ahead.at)
    assert judge([row, ahead], CANDLES, GRACE, NOW).reason is Reason.AHEAD
    assert judge([BEFORE, ahead], CANDLES, GRACE, NOW).state is Freshness.CRASHED
    assert at(-30 * timedelta(seconds=1)).state is Freshness.LIVE


@given(
    st.lists(st.tuples(st.sampled_from(list(Evidence)), st.integers(-90, 90_000)), max_size=6),
    st.sampled_from([CANDLES, HOLDS, Cadence()]),
    st.integers(0, 90_000),
)
def test_one_more_sign_never_makes_it_worse(
    signs: list[tuple[Evidence, int]], cadence: Cadence, seconds: int
) -> None:
    known = [Sign(kind, NOW - timedelta(seconds=age)) for kind, age in signs]
    more = [*known, Sign(Evidence.FILE, NOW - timedelta(seconds=seconds))]
    order = list(Freshness)
    worse = {Freshness.LATE, Freshness.STALE, Freshness.CRASHED}
    before, after = (judge(given, cadence, GRACE, NOW).state for given in (known, more))
    if before in worse | {Freshness.LIVE}:
        assert order.index(after) <= order.index(before)
