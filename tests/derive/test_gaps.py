"""Gaps between candles."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from peak_trade.derive.gaps import broken, gaps


def minutes(*numbers: int) -> npt.NDArray[np.datetime64]:
    start = np.datetime64("2026-01-15T10:00", "us")
    times = [start + np.timedelta64(number, "m") for number in numbers]
    return np.array([*times, np.datetime64("NaT", "us")], dtype="datetime64[us]")


@given(st.permutations([0, 1, 2, 3, 4, 5, 20, 21, 22, 23, 26, 27, 28, 29]))
def test_a_gap_is_where_a_rhythm_stops(order: list[int]) -> None:
    found = gaps(minutes(*order))
    assert (found.first == minutes(5)[:1]).all()
    assert (found.last == minutes(20)[:1]).all()


def test_without_a_rhythm_there_is_no_gap() -> None:
    for times in ((), (0,), (0, 30), (0, 1, 5, 30, 31, 90, 200), (0, 1, 2, 3)):
        assert gaps(minutes(*times)).first.size == 0


def test_the_longest_gaps_stay_in_order() -> None:
    found = gaps(minutes(*range(10), *range(20, 30), *range(60, 70), *range(90, 100)))
    two = found.longest(2)
    assert (two.first == minutes(29, 69)[:2]).all()
    assert (two.last == minutes(60, 90)[:2]).all()
    assert found.longest(9) is found


def test_a_line_is_broken_between_the_points_beside_a_gap() -> None:
    times = minutes(0, 1, 2, 3, 4, 5, 20, 21, 22)[:-1]
    drawn = times[[0, 4, 7]]  # of several points some are drawn
    values = {"equity": np.array([1.0, 2.0, 3.0])}
    cut = broken(drawn, gaps(times), values)["equity"]
    np.testing.assert_array_equal(cut, [1.0, 2.0, np.nan, 3.0])
    beside = broken(times[6:], gaps(times), {"equity": np.array([1.0, 2.0, 3.0])})["equity"]
    np.testing.assert_array_equal(beside, [1.0, 2.0, 3.0])
