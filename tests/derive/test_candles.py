"""Merged candles."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from drawn import lists
from peak_trade.derive.candles import Candles, merge

PRICES = st.floats(1, 1e6)
ROWS = lists(st.tuples(PRICES, PRICES, PRICES, PRICES), 100, min_size=1)


def candles(rows: list[tuple[float, float, float, float]]) -> Candles:
    times = np.datetime64("2026-01-01", "us") + np.arange(len(rows)) * np.timedelta64(1, "m")
    columns = np.array(rows, dtype=np.float64).T
    highs, lows = columns.max(axis=0), columns.min(axis=0)
    volume = np.where(columns[0] > columns[3], np.nan, columns[0])
    return Candles(times, columns[0], highs, lows, columns[3], volume)


@given(ROWS, st.integers(2, 40), st.data())
def test_a_merged_candle_stands_for_its_candles(
    rows: list[tuple[float, float, float, float]], most: int, data: st.DataObject
) -> None:
    whole = candles(rows)
    first = data.draw(st.integers(0, whole.size - 1))
    stop = data.draw(st.integers(first, whole.size))
    drawn, size = merge(whole, first, stop, most)
    assert drawn.size <= most
    assert size > 1 or drawn.size == stop - first
    begin = first if size == 1 else first // size * size
    for place in range(drawn.size):
        group = whole.part(slice(begin + place * size, min(begin + (place + 1) * size, stop)))
        assert drawn.times[place] == group.times[0]
        assert drawn.open[place] == group.open[0]
        assert drawn.high[place] == group.high.max()
        assert drawn.low[place] == group.low.min()
        assert drawn.close[place] == group.close[-1]
        known = group.volume[~np.isnan(group.volume)]
        expected = known.sum() if known.size else np.nan
        np.testing.assert_allclose(drawn.volume[place], expected)


@given(ROWS.filter(lambda rows: len(rows) > 1), st.integers(2, 40))
def test_a_new_candle_changes_the_last_group_alone(
    rows: list[tuple[float, float, float, float]], most: int
) -> None:
    before, size = merge(candles(rows[:-1]), 0, len(rows) - 1, most)
    after, size_after = merge(candles(rows), 0, len(rows), most)
    if size == size_after:
        np.testing.assert_array_equal(before.close[:-1], after.close[: before.size - 1])
        np.testing.assert_array_equal(before.times, after.times[: before.size])


def test_candles_without_a_price_or_time_are_left_out() -> None:
    whole = candles([(1, 2, 1, 2)] * 3)
    whole.high[1] = np.nan
    whole.times[2] = np.datetime64("NaT", "us")
    assert list(whole.known()) == [True, False, False]
