"""Times: ISO 8601 in all forms that producers write, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_trade.artifacts import times

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-15T12:00:00+00:00",
        "2026-01-15T12:00:00Z",
        "2026-01-15 12:00:00",
        "2026-01-15T12:00",
        "2026-01-15T13:00:00+01:00",
        "2026-01-15T12:00:00.000000000",
        " 2026-01-15T12:00:00 ",
    ],
)
def test_forms_of_one_instant(text: str) -> None:
    assert times.parse(text) == NOON


@pytest.mark.parametrize(
    "text", ["", "now", "2026-02-30T00:00:00", "20260115T120000", "2026-W03-4", None, 5, "NaT"]
)
def test_what_is_no_time(text: object) -> None:
    assert times.parse(text) is None


def test_digits_after_the_microsecond_are_cut_off() -> None:
    parsed = times.parse("2026-01-15T12:00:00.123456789Z")
    assert parsed == NOON + timedelta(microseconds=123456)


@given(st.datetimes(timezones=st.just(timezone(timedelta(hours=5, minutes=30)))))
def test_a_written_time_reads_as_the_same_instant(moment: datetime) -> None:
    parsed = times.parse(moment.isoformat())
    assert parsed is None or parsed == moment
