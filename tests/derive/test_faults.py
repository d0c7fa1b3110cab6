"""Faults of rows, counted as they come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn import lists
from peak_trade.artifacts import cells
from peak_trade.derive.faults import MAX_INTERVALS, RowFaults
from peak_trade.schemas import BAR_COLUMN, INSTANT_COLUMN

START = datetime(2026, 1, 15, tzinfo=UTC)

ROWS = lists(
    st.tuples(
        st.none() | st.integers(-3, 12),
        st.none() | st.integers(0, 9).map(lambda minutes: START + timedelta(minutes=minutes)),
    ),
    12,
)


def rows(*pairs: tuple[int | None, datetime | None]) -> pa.Table:
    steps = pa.array([step for step, _ in pairs], pa.int64())
    times = pa.array([time for _, time in pairs], cells.INSTANT)
    return pa.table({"step": steps, INSTANT_COLUMN: times, BAR_COLUMN: times})


def test_every_fault_is_counted_as_what_it_is() -> None:
    minutes = [0, 1, 2, 1, None, 3]
    steps = [5, 6, 9, 9, None, 11]
    times = [None if m is None else START + timedelta(minutes=m) for m in minutes]
    faults = RowFaults().plus(rows(*zip(steps, times, strict=True)))
    assert (faults.gaps, faults.missing, faults.repeated) == (2, 3, 1)
    assert (faults.backwards, faults.untimed) == (1, 1)
    assert faults.latest == START + timedelta(minutes=3)


def test_rows_without_steps_and_times_have_no_faults_of_them() -> None:
    faults = RowFaults().plus(rows((None, None), (None, None)))
    assert (faults.gaps, faults.repeated, faults.backwards, faults.untimed) == (0, 0, 0, 2)
    assert faults.latest is None


@given(ROWS, st.integers(0, 12))
def test_counts_do_not_depend_on_how_rows_come(
    pairs: list[tuple[int | None, datetime | None]], cut: int
) -> None:
    whole = RowFaults().plus(rows(*pairs))
    parts = RowFaults().plus(rows(*pairs[:cut])).plus(rows(*pairs[cut:]))
    assert parts == whole
    steps = [step for step, _ in pairs if step is not None]
    assert whole.missing == sum(max(int(jump) - 1, 0) for jump in np.diff(steps))


def candles(*minutes: float) -> RowFaults:
    times = [START + timedelta(minutes=minute) for minute in minutes]
    return RowFaults().plus(rows(*((None, time) for time in times)))


@pytest.mark.parametrize(
    ("minutes", "holes", "missing"),
    [
        ((0, 1, 2, 3), 0, 0),
        ((0, 1, 482, 483), 1, 480),
        ((0, 5, 6, 8), 2, 5),
        ((0, 1.02, 1.98, 3.01), 0, 0),  # events a moment after their candles
        ((0, 1, 1, 2), 0, 0),
        ((0, 3, 1, 2, 4), 1, 2),  # back in time, which is another fault, fills no hole
        ((), 0, 0),
    ],
)
def test_holes_are_candles_that_the_time_leaves_out(
    minutes: tuple[float, ...], holes: int, missing: int
) -> None:
    assert candles(*minutes).holes(timedelta(minutes=1)) == (holes, missing)


def test_holes_depend_on_the_time_frame() -> None:
    faults = candles(0, 5, 10, 25)
    assert faults.holes(timedelta(minutes=5)) == (1, 2)
    assert faults.holes(None) == (0, 0)


def test_lengths_that_are_told_apart_are_bounded_and_no_hole_is_lost() -> None:
    faults, minute = RowFaults(), 0
    for length in range(1, 2 * MAX_INTERVALS):
        minute += length
        faults = faults.plus(rows((None, START + timedelta(minutes=minute))))
    assert len(faults.intervals) == MAX_INTERVALS
    assert faults.holes(timedelta(minutes=1)).places == 2 * MAX_INTERVALS - 2
