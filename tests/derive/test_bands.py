"""Bands and clusters: nothing that is true lies outside, and nothing is left uncounted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from peak_trade.derive.bands import band, clusters

EPOCH = np.datetime64("2026-01-15T00:00:00", "us")
LONGEST = 400 * 86_400 * 1_000_000
MICROSECOND = np.timedelta64(1, "us")

offsets = st.lists(st.integers(0, LONGEST), min_size=1, max_size=120).map(sorted)
sizes = st.floats(-1e6, 1e6, allow_subnormal=False)


def at(microseconds: list[int]) -> npt.NDArray[np.datetime64]:
    return EPOCH + np.array(microseconds, dtype="timedelta64[us]")


@given(offsets, st.data(), st.integers(2, 20))
def test_a_band_holds_every_true_value_of_its_bucket(
    found: list[int], data: st.DataObject, most: int
) -> None:
    values = np.array(data.draw(st.lists(sizes, min_size=len(found), max_size=len(found))))
    times = at(found)
    drawn = band(times, values, most)
    assert (drawn.times[1:] >= drawn.times[:-1]).all()
    assert drawn.times.size <= max(most, 2 * drawn.buckets + 2)
    assert drawn.buckets <= most
    assert (drawn.low <= drawn.last).all()
    assert (drawn.last <= drawn.high).all()
    # What is true at any time lies in the stretch that is drawn there.
    for time in np.concatenate((times, times + MICROSECOND, times[:-1] + np.diff(times) // 2)):
        true = values[np.searchsorted(times, time, "right") - 1]
        stretch = np.searchsorted(drawn.times, time, "right") - 1
        assert drawn.low[stretch] <= true <= drawn.high[stretch]
    # And the band is no wider than what is true somewhere.
    assert set(drawn.low) | set(drawn.high) <= set(values)
    assert (drawn.times[0], drawn.times[-1]) == (times[0], times[-1])


@given(offsets, st.data(), st.integers(2, 20))
def test_clusters_count_every_mark_once(found: list[int], data: st.DataObject, most: int) -> None:
    def some(values: st.SearchStrategy[float]) -> npt.NDArray[np.float64]:
        return np.array(data.draw(st.lists(values, min_size=len(found), max_size=len(found))))

    times, price, side = at(found), some(sizes), some(st.sampled_from([1.0, -1.0]))
    weight = some(st.sampled_from([0.5, 2.0, 0.0, float("nan"), 1e-300, 1e300]))
    drawn = clusters(times, price, side, weight, most)
    assert drawn.times.size <= 2 * most
    assert (drawn.times[1:] >= drawn.times[:-1]).all()
    for value in (1.0, -1.0):
        assert drawn.count[drawn.value == value].sum() == (side == value).sum()
    for place in range(drawn.times.size):
        inside = (times >= drawn.first[place]) & (times <= drawn.last[place])
        inside &= side == drawn.value[place]
        assert drawn.count[place] <= inside.sum()
        lowest, highest = price[inside].min(), price[inside].max()
        assert lowest - 1e-6 <= drawn.price[place] <= highest + 1e-6
        assert drawn.first[place] <= drawn.times[place] <= drawn.last[place]


def test_a_mean_price_is_weighted_by_quantity_where_all_have_one() -> None:
    times = at([0, 1, 2, 3, 4 * 10**6, 5 * 10**6])
    price = np.array([10.0, 20.0, 30.0, 50.0, 1.0, 3.0])
    side = np.array([1.0, 1.0, -1.0, 1.0, 1.0, 1.0])
    weight = np.array([1.0, 2.0, 9.0, 1.0, np.nan, 7.0])
    drawn = clusters(times, price, side, weight, 2)
    assert list(drawn.count) == [3, 1, 2]
    assert list(drawn.price) == [25.0, 30.0, 2.0]


def test_few_points_are_drawn_as_they_are() -> None:
    times, values = at([0, 5, 9]), np.array([0.0, 0.5, 0.5])
    drawn = band(times, values, 3)
    assert drawn.buckets == 0
    assert list(drawn.low) == list(drawn.high) == [0.0, 0.5, 0.5]
    marks = clusters(times, values, values, values, 3)
    assert list(marks.count) == [1, 1, 1]


def test_a_new_point_changes_the_end_alone() -> None:
    times = at([minute * 60_000_000 for minute in range(1000)])
    values = np.array([minute % 2 for minute in range(1000)], dtype=float)
    before, after = (band(times[:size], values[:size], 300) for size in (999, 1000))
    same = before.times.size - 3
    assert (before.low[:same] == after.low[:same]).all()
    assert (before.times[:same] == after.times[:same]).all()
    assert (before.high[5:same].min(), before.low[5:same].max()) == (1.0, 0.0)
